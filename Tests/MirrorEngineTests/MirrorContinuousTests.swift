import ContentLibraryAPI
import ContentLibraryClient
import Foundation
import Glibc
import MirrorCore
import MirrorTesting
import Synchronization
import Testing

@testable import MirrorEngine

/// A running mirror with the kernel's own events and the machine's own clock.
@Suite("Mirror: continuous", .timeLimit(.minutes(5)))
struct MirrorContinuousTests {
    private static let quiet = Duration.milliseconds(50)

    private func with(
        _ change: @escaping (inout MirrorRules) -> Void = { _ in }, _ body: (Site, LiveMirror) async throws -> Void
    ) async throws {
        try await Site.with { site in
            let rules = site.rules {
                ($0.quiet, $0.maxWait) = (Self.quiet, .seconds(2))
                change(&$0)
            }
            let live = try await LiveMirror(site, rules, clock: SystemClock())
            do { try await body(site, live) } catch {
                try? await live.stop()
                throw error
            }
            try await live.stop()
        }
    }
    /// An empty directory makes no item, and an item may be left empty.
    private func isInSync(_ site: Site) async throws -> Bool {
        try await site.remote.contents().filter { !$0.value.isEmpty } == site.source.contents().filter { !$0.value.isEmpty }
    }

    @Test("what is made, changed, renamed and deleted appears at the server, each file sent once, and the mirror comes to rest")
    func changes() async throws {
        try await with { site, live in
            try site.source.write("a/f", "1")
            try site.source.write("b/f", "2")
            try await until { try await isInSync(site) }
            let id = try await site.remote.id("a")
            try site.source.write("a/f", "changed")
            try site.source.write("a/g", "added")
            try await until { try await isInSync(site) }
            try site.source.move("a", "renamed")
            try await until { try await isInSync(site) }
            #expect(try await site.remote.id("renamed") == id)
            try site.source.remove("b")
            try site.source.remove("renamed/g")
            try await until { try await isInSync(site) }
            try await until { await live.mirror.status().state == .inSync }
            #expect(site.network.calls.compactMap { $0.name == "PUT" ? $0.file : nil }.sorted() == ["f", "f", "f", "g"])
            try await until { try await site.leftovers() == [] }
        }
    }

    @Test("a file is sent when it is closed, not before; meanwhile the status says that it is being written")
    func halfWritten() async throws {
        try await with { site, live in
            try site.source.write("a/other", "o")
            try await until { try await isInSync(site) }
            let file = open(site.source("a/slow"), O_WRONLY | O_CREAT, 0o644)
            #expect(file >= 0 && Glibc.write(file, "half", 4) == 4)
            try await until { await live.mirror.status().items.first { $0.item == "a" }?.reason?.contains("slow: being written since") == true }
            try site.source.write("a/other", "changed meanwhile")
            try await until { try await site.remote.contents()["a"] == ["other": "changed meanwhile"] }
            #expect(Glibc.write(file, " and half", 9) == 9)
            close(file)
            try await until { try await isInSync(site) }
            #expect(site.network.calls.count { $0.name == "PUT" && $0.file == "slow" } == 1)
        }
    }

    @Test("a file whose writing began before anybody watched is not sent before it is closed, however long its writer pauses")
    func begunBefore() async throws {
        try await Site.with { site in
            try site.source.write("a/slow", "half")
            let file = open(site.source("a/slow"), O_WRONLY | O_APPEND)
            let rules = site.rules { ($0.quiet, $0.maxWait) = (Self.quiet, .milliseconds(200)) }
            let live = try await LiveMirror(site, rules, clock: SystemClock())
            try await until { await live.mirror.status().items.first { $0.item == "a" }?.reason?.contains("slow: being written since") == true }
            try await until { site.network.calls.isEmpty == false }
            #expect(try await site.remote.contents() == [:])
            #expect(write(file, "whole", 5) == 5)
            close(file)
            try await until { try await isInSync(site) }
            #expect(site.network.calls.count { $0.name == "PUT" } == 1)
            try await live.stop()
        }
    }

    @Test("deletions wait for `quiet` after the last of them, and go together")
    func deletionsWait() async throws {
        let quiet = Duration.milliseconds(300)
        try await with({ ($0.quiet, $0.maxDelete) = (quiet, .count(2)) }) { site, live in
            for item in ["a", "b", "c", "d"] { try site.source.write("\(item)/f", item) }
            try await until { try await isInSync(site) }
            try site.source.remove("a")
            try await until { await live.mirror.status().items.first { $0.item == "a" }?.reason == "its deletions wait for more of them" }
            for item in ["b", "c"] { try site.source.remove(item) }
            // Three together are more than two: had the first not waited, it would be gone.
            try await until { await live.mirror.status().holds.map(\.kind) == [.maxDelete] }
            #expect(try await site.remote.names() == ["a", "b", "c", "d"])
            #expect(try await live.mirror.approve(digest: nil).count == 1)
            try await until { try await site.remote.names() == ["d"] }
        }
    }

    @Test("the server is away for a while: nothing is lost, and it is not asked in a loop")
    func outage() async throws {
        try await with { site, live in
            try site.source.write("a/f", "1")
            try await until { try await isInSync(site) }
            site.network.setRule { _, moment in moment == .before ? .unreachable : nil }
            site.network.forget()
            try site.source.write("a/f", "changed")
            try site.source.write("b/f", "new")
            try await until { await live.mirror.status().problem != nil }
            // Half a second of events while it is away.
            let looks = await live.mirror.looks.begun
            for edit in 0..<10 {
                try site.source.write("b/f", "new \(edit)")
                try await Task.sleep(for: .milliseconds(50))
            }
            let busy = await live.mirror.looks.begun - looks
            #expect(busy <= 40, "\(busy) looks")
            #expect(site.network.calls.count <= 10, "\(site.network.calls.map(\.name))")
            site.network.setRule { _, _ in nil }
            _ = await live.mirror.rescan()
            try await until { try await isInSync(site) }
            try await until { await live.mirror.status().state == .inSync }
            try await until { try await site.leftovers() == [] }
        }
    }

    @Test("a mirror with nothing to do does nothing")
    func idle() async throws {
        try await with { site, live in
            for item in 0..<5 { try site.source.write("item\(item)/f", "\(item)") }
            try await until { try await isInSync(site) }
            try await until { await live.mirror.status().state == .inSync }
            let (looks, calls) = (await live.mirror.looks.begun, site.network.calls.count)
            try await Task.sleep(for: .milliseconds(500))
            #expect(await live.mirror.looks.begun - looks <= 1)
            #expect(site.network.calls.count == calls)
        }
    }

    @Test("stopped in the middle of an upload, the session stays; the next run sends what it has not, and nothing else")
    func stopAndResume() async throws {
        try await Site.with { site in
            let rules = site.rules { ($0.quiet, $0.maxWait) = (Self.quiet, .seconds(2)) }
            let live = try await LiveMirror(site, rules, clock: SystemClock())
            let (blocked, gate) = AsyncStream<Void>.makeStream()
            site.network.setRule { call, moment in
                if call.name == "PUT", call.file == "g", moment == .before { for await _ in blocked {} }
                return nil
            }
            try site.source.write("../staged/f", "1")
            try site.source.write("../staged/g", "2")
            try site.source.move("../staged", "a")
            try await until { site.network.calls.contains { $0.file == "g" } && site.network.calls.contains { $0.name == "file.get" } }
            try await live.stop()
            gate.finish()
            let session = try #require(try await site.remote.sessions().first)
            #expect(try await site.remote.client.call(UpdateSession.get(session)).state == .active)
            #expect(try await site.remote.contents() == ["a": [:]])
            site.network.setRule { _, _ in nil }
            site.network.forget()
            let next = try await LiveMirror(site, rules, clock: SystemClock())
            try await until { try await isInSync(site) }
            #expect(site.network.calls.compactMap { $0.name == "PUT" ? $0.file : nil } == ["g"])
            #expect(site.network.calls.count { $0.name == "update_session.create" } == 0)
            try await until { try await site.leftovers() == [] }
            try await next.stop()
        }
    }

    @Test("a write while the file is sent ends the transfer at once; what is published is the file as it then is")
    func writtenDuringTransfer() async throws {
        try await with { site, live in
            try site.source.write("a/f", "old")
            try await until { try await isInSync(site) }
            let once = Once()
            let (blocked, gate) = AsyncStream<Void>.makeStream()
            site.network.setRule { call, moment in
                // Without an end, but for the cancellation.
                if call.name == "PUT", moment == .before, once() { for await _ in blocked {} }
                return nil
            }
            site.network.forget()
            try site.source.write("a/f", "first")
            try await until { site.network.calls.contains { $0.name == "PUT" } }
            try site.source.write("a/f", "second")
            try await until { try await isInSync(site) }
            gate.finish()
            #expect(site.network.calls.count { $0.name == "update_session.fail" } == 1)
            try await until { try await site.leftovers() == [] }
        }
    }

    @Test("a burst of edits ends in the same on both sides, with no session left")
    func burst() async throws {
        try await with { site, live in
            var random = SplitMix64(seed: 5)
            for _ in 0..<300 {
                let (item, file) = ("item\(Int.random(in: 0..<6, using: &random))", "f\(Int.random(in: 0..<5, using: &random))")
                switch Int.random(in: 0..<6, using: &random) {
                case 0: try? site.source.remove("\(item)/\(file)")
                case 1: try? site.source.move("\(item)/\(file)", "\(item)/f\(Int.random(in: 0..<5, using: &random))")
                case 2: try? site.source.remove(item)
                default: try? site.source.write("\(item)/\(file)", String(random.next()))
                }
            }
            try site.source.write("last/f", "last")
            try await until { try await isInSync(site) }
            try await until { await live.mirror.status().state == .inSync }
            try await until { try await site.leftovers() == [] }
        }
    }

    @Test("the root goes and comes back: held, and then as before, without an upload")
    func rootGone() async throws {
        try await with { site, live in
            try site.source.write("a/f", "1")
            try await until { try await isInSync(site) }
            site.network.forget()
            try FileManager.default.moveItem(atPath: site.source.path, toPath: site.directory("aside"))
            await live.mirror.mountsChanged()
            try await until { await live.mirror.status().holds.map(\.kind) == [.rootMissing] }
            try FileManager.default.moveItem(atPath: site.directory("aside"), toPath: site.source.path)
            await live.mirror.mountsChanged()
            try await until { await live.mirror.status().state == .inSync }
            #expect(site.network.calls.allSatisfy { $0.name != "PUT" && $0.name != "item.delete" })
            // Watched again.
            try site.source.write("a/g", "2")
            try await until { try await isInSync(site) }
        }
    }
}

/// A seeded generator of random numbers.
private struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
