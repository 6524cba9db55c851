import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal
import MirrorTesting
import Testing

@testable import MirrorEngine

@Suite("Engine", .timeLimit(.minutes(5)))
struct EngineTests {
    private func second(_ site: Site) throws -> SourceTree {
        let tree = SourceTree(path: site.directory("second"))
        try tree.directory("")
        return tree
    }

    @Test("once: every mirror to its end, whatever becomes of the others")
    func once() async throws {
        try await Site.with { site in
            let second = try second(site)
            try site.source.write("a/f", "1")
            try second.write("b/f", "2")
            let engine = Engine(environment: try site.environment(clock: SystemClock()))
            try await engine.run([
                site.rules("one"), site.rules("lost") { $0.library = "none" }, site.rules("two") { $0.path = second.path },
            ])
            let status = await engine.status()
            #expect(status.map(\.mirror) == ["one", "lost", "two"])
            #expect(status.map(\.state) == [.inSync, .failed, .inSync])
            #expect(status[1].problem?.contains("none") == true)
            #expect(try await site.remote.contents() == ["a": ["f": "1"], "b": ["f": "2"]])
        }
    }

    @Test("what an earlier run began for a mirror that is gone, or for its former library, is ended; what a mirror goes on with is not")
    func orphans() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            let key = LibraryKey(server: try await site.remote.client.call(Library.get(site.remote.library)).serverGUID ?? "", library: site.remote.library)
            let other = try await site.another("Other library") { _ in site.journal }
            let otherKey = LibraryKey(server: key.server, library: other.remote.library)
            func begin(_ mirror: String, _ item: String, _ key: LibraryKey, itemToken: String? = nil, itemID: Item.ID? = nil) async throws -> Intent {
                let intent = Intent(
                    token: IntentToken(rawValue: randomUUID()), key: key, mirror: mirror, item: item, kind: .publish(IntentPlan(files: [])),
                    itemToken: itemToken, itemID: itemID, sessionToken: randomUUID(), createdAt: site.clock.wallTime())
                try await site.journal.intend(intent)
                return intent
            }
            func open(_ intent: Intent, _ item: Item.ID) async throws {
                let session = try await site.remote.client.call(UpdateSession.create(intent.sessionToken, .init(libraryItemID: item)))
                try await site.journal.recordSession(session, leaseUntil: nil, of: intent.token)
            }
            let item = try await site.remote.client.call(Item.create(nil, .init(libraryID: site.remote.library, name: "orphan")))
            try await open(begin("gone", "orphan", key, itemID: item), item)
            let former = try await site.remote.client.call(Item.create(nil, .init(libraryID: other.remote.library, name: "former")))
            try await open(begin("one", "former", otherKey, itemID: former), former)
            // Its call never reached the server: nothing is to be created for it now.
            _ = try await begin("gone", "never made", key, itemToken: randomUUID())
            // Of another server: not ours to judge here.
            let elsewhere = try await begin("gone", "elsewhere", LibraryKey(server: "another", library: site.remote.library), itemID: item)

            let engine = Engine(environment: try site.environment(.continuous, clock: SystemClock()))
            let running = Task { try await engine.run([site.rules("one") { $0.quiet = .milliseconds(50) }]) }
            try await until { try await site.remote.contents()["a"] == ["f": "1"] }
            try await until { try await site.leftovers() == [] }
            #expect(try await site.remote.names().sorted() == ["a", "orphan"])
            #expect(try await site.journal.intent(elsewhere.token) != nil)
            running.cancel()
            try await running.value
        }
    }

    @Test("continuous: mirrors are added, changed and removed while others go on; cancelled, all of them end")
    func apply() async throws {
        try await Site.with { site in
            let second = try second(site)
            try site.source.write("a/f", "1")
            try second.write("b/f", "2")
            let engine = Engine(environment: try site.environment(.continuous, clock: SystemClock()))
            let rules = site.rules("one") { $0.quiet = .milliseconds(50) }
            let running = Task { try await engine.run([rules]) }
            try await until { try await site.remote.names() == ["a"] }
            let first = await engine.mirror("one")
            let added = site.rules("two") { ($0.path, $0.quiet) = (second.path, .milliseconds(50)) }
            try await engine.apply([rules, added])
            try await until { try await site.remote.names() == ["a", "b"] }
            #expect(await engine.mirror("one") === first)
            var changed = rules
            changed.exclude = ["*.log"]
            try await engine.apply([changed, added])
            #expect(await engine.mirror("one") !== first)
            try site.source.write("a/f.log", "excluded")
            try site.source.write("a/g", "taken")
            try await until { try await site.remote.contents()["a"] == ["f": "1", "g": "taken"] }
            // What is taken out of the configuration leaves the remote untouched.
            try await engine.apply([changed])
            try second.write("b/more", "not mirrored")
            try site.source.write("a/h", "h")
            try await until { try await site.remote.contents() == ["a": ["f": "1", "g": "taken", "h": "h"], "b": ["f": "2"]] }
            #expect(await engine.names == ["one"])
            // Cancelled before, it would leave a session that is not deleted yet to the next start.
            try await until { try await site.leftovers() == [] }
            running.cancel()
            try await running.value
            await #expect(throws: CancellationError.self) { try await engine.apply([rules, added]) }
        }
    }

    @Test("ending waits for a mirror that a reload has just taken out")
    func retired() async throws {
        try await Site.with { site in
            let second = try second(site)
            let engine = Engine(environment: try site.environment(.continuous, clock: SystemClock()))
            let one = site.rules("one") { $0.quiet = .zero }
            let two = site.rules("two") { ($0.path, $0.quiet) = (second.path, .zero) }
            let (gate, open) = AsyncStream<Void>.makeStream()
            let end = Counter()
            site.network.setRule { call, moment in
                // A call that takes its time, cancelled or not.
                if call.name == "update_session.create", moment == .before {
                    await detachedFromCancellation { for await _ in gate {} }
                    end.next()
                }
                return nil
            }
            let running = Task { try await engine.run([one, two]) }
            try await until { await engine.isStanding() }
            try second.write("b/f", "2")
            try await until { site.network.calls.contains { $0.name == "update_session.create" } }
            try await engine.apply([one])
            running.cancel()
            let ended = Counter()
            let waiter = Task {
                _ = await running.result
                #expect(end.value == 1)
                ended.next()
            }
            try await until { await engine.mirror("two") == nil }
            #expect(ended.value == 0)
            open.finish()
            await waiter.value
            #expect(ended.value == 1)
        }
    }

    @Test("the session of a mirror that is taken out is ended; that of one that goes on under other rules is resumed", arguments: [true, false])
    func sessionsOfEnded(isTakenOut: Bool) async throws {
        try await Site.with { site in
            let second = try second(site)
            let engine = Engine(environment: try site.environment(.continuous, clock: SystemClock()))
            let one = site.rules("one") { $0.quiet = .zero }
            let two = site.rules("two") { ($0.path, $0.quiet) = (second.path, .zero) }
            let (gate, open) = AsyncStream<Void>.makeStream()
            site.network.setRule { call, moment in
                if call.name == "PUT", call.file == "g", moment == .before { for await _ in gate {} }
                return nil
            }
            let running = Task { try await engine.run([one, two]) }
            try await until { await engine.isStanding() }
            try second.write("../staged/f", "2")
            try second.write("../staged/g", "3")
            try second.move("../staged", "b")
            try await until { site.network.calls.contains { $0.file == "g" } && site.network.calls.contains { $0.name == "file.get" } }
            site.network.setRule { _, _ in nil }
            var changed = two
            changed.exclude = ["*.log"]
            try await engine.apply(isTakenOut ? [one] : [one, changed])
            open.finish()
            if isTakenOut {
                try await until { try await site.leftovers() == [] }
                #expect(try await site.remote.contents() == ["b": [:]])
            } else {
                try await until { try await site.remote.contents() == ["b": ["f": "2", "g": "3"]] }
                #expect(site.network.calls.count { $0.file == "f" } == 1)
            }
            running.cancel()
            try await running.value
        }
    }

    @Test("every mirror looks at everything when asked, and one alone when named")
    func rescan() async throws {
        try await Site.with { site in
            let second = try second(site)
            try site.source.write("a/f", "1")
            try second.write("b/f", "2")
            let engine = Engine(environment: try site.environment(.continuous, clock: SystemClock()))
            let rules = [site.rules("one") { $0.quiet = .zero }, site.rules("two") { ($0.path, $0.quiet) = (second.path, .zero) }]
            let running = Task { try await engine.run(rules) }
            try await until { try await site.remote.names() == ["a", "b"] }
            try await until { await engine.status().allSatisfy { $0.state == .inSync } }
            try await site.remote.publish(["f": "theirs"], to: "a")
            try await site.remote.publish(["f": "theirs"], to: "b")
            let requests = await engine.rescan("one")
            #expect(requests.count == 1)
            try await until { await engine.isDone(requests[0]) }
            #expect(try await site.remote.contents() == ["a": ["f": "1"], "b": ["f": "theirs"]])
            for request in await engine.rescan() { try await until { await engine.isDone(request) } }
            #expect(try await site.remote.contents() == ["a": ["f": "1"], "b": ["f": "2"]])
            #expect(await engine.silentLoops().isEmpty)
            running.cancel()
            try await running.value
        }
    }
}
