import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal
import MirrorTesting
import Synchronization
import Testing

@testable import MirrorEngine

/// What is asked of a mirror while it works, and what it remembers across its passes.
@Suite("Mirror: passes")
struct MirrorPassTests {
    @Test("a demand made while a pass looks is answered by the next one")
    func rescanDuringPass() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            site.network.forget()
            let mirror = try site.mirror()
            let once = Once()
            site.network.setRule { call, moment in
                // Seen by the pass already: what is changed now, only a further look can see.
                guard call.name == "file.list", moment == .after, once() else { return nil }
                try? await site.remote.publish(["f": "theirs"], to: "a")
                _ = await mirror.rescan()
                return nil
            }
            let run = try await site.run(mirror)
            #expect(run.puts == ["f"])
            #expect(try await site.remote.contents() == ["a": ["f": "1"]])
            #expect(run.status.state == .inSync)
        }
    }

    @Test("a request is done only after a look that began later, and its publishes")
    func requestIsDone() async throws {
        try await Site.with { site in
            let live = try await LiveMirror(site, site.rules())
            try await live.rest()
            try site.source.write("a/f", "1")
            let done = Mutex<[Bool]>([])
            let request = await live.mirror.rescan()
            site.network.setRule { call, moment in
                guard call.name == "PUT", moment == .before else { return nil }
                let isDone = await live.mirror.isDone(request)
                done.withLock { $0.append(isDone) }
                return nil
            }
            try await live.moving { await live.mirror.isDone(request) }
            #expect(done.withLock { $0 } == [false])
            #expect(try await site.remote.contents() == ["a": ["f": "1"]])
            try await live.stop()
        }
    }

    @Test("seen again in the same run, an item costs one small call, and its list none")
    func tokens() async throws {
        try await Site.with { site in
            for item in 0..<5 { try site.source.write("item\(item)/f", "\(item)") }
            let live = try await LiveMirror(site, site.rules())
            try await live.rest()
            site.network.forget()
            let request = await live.mirror.rescan()
            try await live.moving { await live.mirror.isDone(request) }
            #expect(site.network.calls.map(\.name).sorted() == (["library.get", "item.list"] + Array(repeating: "item.get", count: 5)).sorted())
            // A list older than a day is read again all the same.
            site.network.forget()
            site.clock.advance(by: .seconds(25 * 3600))
            let later = await live.mirror.rescan()
            try await live.moving { await live.mirror.isDone(later) }
            #expect(site.network.calls.count { $0.name == "file.list" } >= 5)
            try await live.stop()
        }
    }

    @Test("every hour everything is looked at, the library too: one that is gone by then is held")
    func hourly() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            let live = try await LiveMirror(site, site.rules())
            try await live.rest()
            try await site.remote.client.call(LocalLibrary.delete(site.remote.library))
            site.network.forget()
            site.clock.advance(by: .seconds(3000))
            try await live.looked()
            #expect(site.network.calls.isEmpty)
            site.clock.advance(by: .seconds(700))
            try await live.moving { await live.mirror.status().holds.map(\.kind) == [.libraryChanged] }
            #expect(await live.mirror.status().state == .held)
            try await live.stop()
        }
    }

    @Test("a journal that cannot be read for now does not end the mirror: it says so and tries again")
    func journalAway() async throws {
        try await Site.with { site in
            let journal = try await Journal.open(directory: site.directory("state"))
            try await journal.close()
            let mirror = try site.mirror(mode: .continuous, journal: journal)
            let running = Task { try await mirror.run() }
            try await until { await mirror.status().problem?.contains("journal") == true && site.clock.sleeping.count > 0 }
            #expect(await mirror.status().state == .failed)
            running.cancel()
            await #expect(throws: (any Error).self) { try await running.value }
            // A command says so at once.
            await #expect(throws: JournalError.self) { try await site.sync(journal: journal) }
        }
    }

    @Test("one item that fails is tried again with growing pauses, and nothing else is kept from rest")
    func failingItem() async throws {
        try await Site.with { site in
            for item in ["a", "b"] { try site.source.write("\(item)/f", item) }
            site.network.setRule { call, moment in
                call.name == "item.create" && moment == .before && call.words.contains(#""b""#) ? .refusal(.unauthorized) : nil
            }
            let live = try await LiveMirror(site, site.rules())
            let start = site.clock.now()
            try await live.moving { site.clock.now() - start > .seconds(1800) }
            let tries = site.network.calls.count { $0.name == "item.create" }
            // Ten in the first minutes, then at least one in two minutes on average (0 to 60 s each).
            #expect(20...120 ~= tries, "\(tries)")
            #expect(await live.mirror.status().items.map(\.state) == [.inSync, .failed])
            try await live.stop()
        }
    }

    @Test(
        "a server that is away: few tries, no busy loop, and once it is back everything is brought up to date",
        arguments: [
            FaultyTransport.Fault.unreachable, .lost, .status(503, retryAfter: 30), .status(502), .status(200),
        ])
    func outage(fault: FaultyTransport.Fault) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            let live = try await LiveMirror(site, site.rules())
            try await live.rest()
            site.network.setRule { _, moment in moment == .before ? fault : nil }
            site.network.forget()
            try site.source.write("b/f", "2")
            try site.source.write("a/f", "changed")
            let passes = await live.mirror.progress().passes
            let start = site.clock.now()
            _ = await live.mirror.rescan()
            try await live.moving { site.clock.now() - start > .seconds(1800) }
            let tries = await live.mirror.progress().passes - passes
            #expect(10...150 ~= tries, "\(tries)")
            #expect(site.network.calls.count <= 3 * tries)
            #expect(await live.mirror.status().problem != nil)
            site.network.setRule { _, _ in nil }
            try await live.moving { await live.mirror.progress().isSettled }
            #expect(try await site.remote.contents() == ["a": ["f": "changed"], "b": ["f": "2"]])
            #expect(await live.mirror.status().problem == nil)
            try await live.stop()
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("contents are compared for a few seconds in a pass: what is new does not wait until all of them are")
    func comparing() async throws {
        try await Site.with { site in
            for item in 0..<10 {
                try site.source.write("item\(item)/f", "\(item)")
                try await site.remote.create("item\(item)", ["f": "\(item)"])
            }
            try site.source.write("zz/f", "new")
            // Every look at the clock takes a second.
            let live = try await LiveMirror(site, site.rules(), clock: SlowClock(clock: site.clock))
            let created = Once()
            let adopted = Mutex(-1)
            site.network.setRule { call, moment in
                if call.name == "update_session.create", moment == .before, created() {
                    let count = await live.mirror.base.count
                    adopted.withLock { $0 = count }
                }
                return nil
            }
            try await live.moving { try await site.remote.contents()["zz"] == ["f": "new"] }
            try await live.moving { await live.mirror.base.count == 11 }
            #expect(site.network.calls.count { $0.name == "PUT" } == 1)
            #expect(0..<10 ~= adopted.withLock { $0 }, "\(adopted.withLock { $0 })")
            try await live.stop()
        }
    }
    private struct SlowClock: HostClock {
        let clock: TestClock
        func now() -> BootTime {
            clock.advance(by: .seconds(1))
            return clock.now()
        }
        func wallTime() -> Timestamp { clock.wallTime() }
        func sleep(until deadline: BootTime) async throws { try await clock.sleep(until: deadline) }
    }
}
