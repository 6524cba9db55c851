import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal
import MirrorTesting
import Testing

@testable import MirrorEngine

/// What becomes of a publish that an earlier run began, by what the server says of its session.
@Suite("IntentRecovery")
struct IntentRecoveryTests {
    /// An item of ours with `f` published, and an intent to publish `f` anew, not yet at the server.
    private struct Scene: Sendable {
        let site: Site
        let item: Item.ID
        let base: BaseItem
        let intent: Intent

        init(_ site: Site) async throws {
            self.site = site
            try site.source.write("a/f", "old")
            let run = try await site.sync()
            base = try #require(await run.mirror.base["a"])
            let key = try #require(await run.mirror.record.key)
            item = base.id
            let file = try #require(base.files["f"])
            let planned = PlannedFile(
                name: "f", path: file.path, fingerprint: file.fingerprint,
                checksums: Checksums([Checksum(.sha1, hex: "da4b9237bacccdf19c0760cab7aec4a8359010b0")]))
            intent = Intent(
                token: IntentToken(rawValue: randomUUID()), key: key, mirror: "mirror", item: "a",
                kind: .publish(IntentPlan(files: [planned], directory: base.directory)), itemID: item, sessionToken: randomUUID(),
                createdAt: site.clock.wallTime())
            try await site.journal.intend(intent)
            site.network.forget()
        }

        func recover() async throws -> IntentRecovery.Result {
            try await IntentRecovery(client: Site.client(site.network), journal: site.journal, clock: site.clock, logger: Site.quietLogger)
                .recover(intent.token, base: base)
        }
        /// The session that the intent's token made.
        func open() async throws -> UpdateSession.ID {
            let session = try await site.remote.client.call(UpdateSession.create(intent.sessionToken, .init(libraryItemID: item)))
            try await site.journal.recordSession(session, leaseUntil: nil, of: intent.token)
            return session
        }
        func isClosed() async throws -> Bool { try await site.journal.intent(intent.token) == nil }
    }

    @Test("nothing is known of a session: created again with its token, it is the one that was, or a new one that goes on")
    func unknownSession() async throws {
        for existed in [true, false] {
            try await Site.with { site in
                let scene = try await Scene(site)
                let before =
                    existed ? try await site.remote.client.call(UpdateSession.create(scene.intent.sessionToken, .init(libraryItemID: scene.item))) : nil
                guard case .active(let session, let intent) = try await scene.recover() else { return #expect(Bool(false), "not active") }
                #expect(try await site.remote.sessions() == [session])
                if let before { #expect(session == before) }
                #expect(intent.state == .sessionOpen(session))
            }
        }
    }

    @Test("busy with somebody else's session, ours does not exist: the intent closes and theirs is left alone")
    func busy() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let theirs = try await site.remote.open("a")
            guard case .closed = try await scene.recover() else { return #expect(Bool(false), "not closed") }
            #expect(try await scene.isClosed())
            #expect(try await site.remote.client.call(UpdateSession.get(theirs)).state == .active)
            try await site.remote.cancel(theirs)
        }
    }

    @Test("ACTIVE: resumed, unless it was given up before: then it is ended and deleted")
    func active() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let session = try await scene.open()
            guard case .active(session, _) = try await scene.recover() else { return #expect(Bool(false), "not active") }
            try await site.journal.recordAbandoning(scene.intent.token, reason: "test")
            guard case .closed = try await scene.recover() else { return #expect(Bool(false), "not closed") }
            #expect(try await scene.isClosed())
            #expect(try await site.remote.sessions().isEmpty)
        }
    }

    @Test("DONE: what the list bears out is recorded, the session deleted")
    func done() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let session = try await scene.open()
            try await site.remote.put("f", "2", session)
            try await site.journal.recordCompleting(sent: [], of: scene.intent.token)
            try await site.remote.client.call(UpdateSession.complete(session))
            guard case .committed(let recorded) = try await scene.recover() else { return #expect(Bool(false), "not committed") }
            #expect(recorded.files["f"]?.checksums[.sha1]?.hex == "da4b9237bacccdf19c0760cab7aec4a8359010b0")
            #expect(recorded.token.contentVersion == (try await site.remote.version("a")))
            #expect(try await site.journal.base(of: "mirror", in: scene.intent.key)["a"] == recorded)
            #expect(try await scene.isClosed())
            #expect(try await site.remote.sessions().isEmpty)
        }
    }

    @Test("DONE, and somebody published since: what is no longer ours is not recorded as ours")
    func overtaken() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let session = try await scene.open()
            try await site.remote.put("f", "2", session)
            try await site.journal.recordCompleting(sent: [], of: scene.intent.token)
            try await site.remote.client.call(UpdateSession.complete(session))
            try await site.remote.publish(["f": "theirs"], to: "a")
            guard case .committed(let recorded) = try await scene.recover() else { return #expect(Bool(false), "not committed") }
            #expect(recorded.files["f"] == scene.base.files["f"])
            #expect(try await site.remote.sessions().isEmpty)
        }
    }

    @Test("recorded already, it is only deleted")
    func recorded() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let session = try await scene.open()
            try await site.journal.recordCompleting(sent: [], of: scene.intent.token)
            try await site.remote.client.call(UpdateSession.complete(session))
            try await site.journal.commit(scene.base, of: "mirror", in: scene.intent.key, closing: scene.intent.token)
            guard case .closed = try await scene.recover() else { return #expect(Bool(false), "not closed") }
            #expect(try await site.journal.base(of: "mirror", in: scene.intent.key)["a"] == scene.base)
            #expect(try await scene.isClosed())
            #expect(try await site.remote.sessions().isEmpty)
        }
    }

    @Test("ERROR, CANCELED, or gone: nothing is left of it", arguments: ["ERROR", "CANCELED", "gone", "expired"])
    func over(how: String) async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let session = try await scene.open()
            switch how {
            case "ERROR": try await site.remote.client.call(UpdateSession.fail(session, "by test"))
            case "CANCELED": try await site.remote.client.call(UpdateSession.cancel(session))
            case "gone": try await site.remote.cancel(session)
            default: site.clock.advance(by: .seconds(400))
            }
            guard case .closed = try await scene.recover() else { return #expect(Bool(false), "not closed") }
            #expect(try await scene.isClosed())
            #expect(try await site.remote.sessions().isEmpty)
        }
    }

    @Test("a session that the server will not show us blocks the item until a day after its last known lease")
    func unauthorized() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            _ = try await scene.open()
            try await site.journal.recordLease(until: Timestamp(milliseconds: site.clock.wallTime().milliseconds + 300_000), of: scene.intent.token)
            site.network.setRule { call, moment in call.name == "update_session.get" && moment == .before ? .refusal(.unauthorized) : nil }
            site.clock.advance(by: .seconds(24 * 3600))
            await #expect(throws: APIError.self) { try await scene.recover() }
            #expect(try await !scene.isClosed())
            site.clock.advance(by: .seconds(301))
            guard case .closed = try await scene.recover() else { return #expect(Bool(false), "not closed") }
            #expect(try await scene.isClosed())
        }
    }

    @Test("without an answer nothing is decided", arguments: [FaultyTransport.Fault.lost, .status(404), .status(503), .status(200)])
    func silent(fault: FaultyTransport.Fault) async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let session = try await scene.open()
            site.network.setRule { call, moment in call.name == "update_session.get" && moment == .before ? fault : nil }
            await #expect(throws: (any Error).self) { try await scene.recover() }
            #expect(try await !scene.isClosed())
            #expect(try await site.remote.client.call(UpdateSession.get(session)).state == .active)
        }
    }

    @Test("a file written within the clock's grain of the publish is recorded so that the next scan compares it")
    func racy() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            var intent = scene.intent
            guard case .publish(var plan) = intent.kind else { return }
            plan.files[0].fingerprint.modified = intent.createdAt.milliseconds * 1_000_000 - 1_000_000_000
            (intent.kind, intent.token) = (.publish(plan), IntentToken(rawValue: randomUUID()))
            try await site.journal.close(scene.intent.token)
            try await site.journal.intend(intent)
            let session = try await site.remote.client.call(UpdateSession.create(intent.sessionToken, .init(libraryItemID: scene.item)))
            try await site.journal.recordSession(session, leaseUntil: nil, of: intent.token)
            try await site.remote.put("f", "2", session)
            try await site.journal.recordCompleting(sent: [], of: intent.token)
            try await site.remote.client.call(UpdateSession.complete(session))
            let result = try await IntentRecovery(client: Site.client(site.network), journal: site.journal, clock: site.clock, logger: Site.quietLogger)
                .recover(intent.token, base: scene.base)
            guard case .committed(let recorded) = result else { return #expect(Bool(false), "not committed") }
            #expect(recorded.files["f"]?.fingerprint.modified == 0)
        }
    }
}
