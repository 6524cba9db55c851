import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import MirrorCore
import MirrorTesting
import Synchronization
import Testing

@testable import MirrorEngine

/// The lease of a session on a clock that the test moves.
@Suite("SessionKeeper", .timeLimit(.minutes(5)))
struct SessionKeeperTests {
    /// A keeper of a real session, and a body that works until told to end.
    private struct Scene: Sendable {
        let site: Site
        let session: UpdateSession.ID
        let control = PublicationControl()
        let grants = Grants()
        private let end: AsyncStream<Void>.Continuation
        private let ended: AsyncStream<Void>

        init(_ site: Site) async throws {
            self.site = site
            session = try await site.remote.client.call(UpdateSession.create(nil, .init(libraryItemID: site.remote.create("a"))))
            (ended, end) = AsyncStream.makeStream()
        }

        func keep() async throws -> String {
            let keeper = SessionKeeper(client: try Site.client(site.network), clock: site.clock, session: session, control: control) { [grants] in
                grants.add($0)
            }
            return try await keeper.withLease {
                for await _ in ended {}
                try Task.checkCancellation()
                return "done"
            }
        }
        func endBody() { end.finish() }

        /// Moves on until the keeper has slept to its next renewal, and that has ended.
        func pass(_ duration: Duration) async throws {
            let before = site.network.calls.count
            site.clock.advance(by: duration)
            try await until { site.network.underWay == 0 && site.clock.sleeping.count == 1 && site.network.calls.count >= before }
        }
        func renewals() -> Int { site.network.calls.count { $0.name == "update_session.keep_alive" } }
    }
    private final class Grants: Sendable {
        private let all = Mutex<[Timestamp]>([])
        var value: [Timestamp] { all.withLock { $0 } }
        func add(_ time: Timestamp) { all.withLock { $0.append(time) } }
    }

    @Test("renewed every minute, since the server's five minutes are longer than four of them; each lease is told")
    func interval() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            async let result = scene.keep()
            try await until { site.clock.sleeping.count == 1 }
            for expected in 1...4 {
                try await scene.pass(.seconds(59))
                #expect(scene.renewals() == expected - 1)
                try await scene.pass(.seconds(1))
                try await until { scene.renewals() == expected && site.clock.sleeping.count == 1 }
            }
            #expect(scene.grants.value.count == 5)
            #expect(scene.grants.value.last.map { $0.milliseconds - site.clock.wallTime().milliseconds } == 300_000)
            scene.endBody()
            #expect(try await result == "done")
            #expect(try await site.remote.client.call(UpdateSession.get(scene.session)).state == .active)
        }
    }

    @Test("a server's short lease is renewed at a quarter of it")
    func shortLease() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            // The server's clock says that only 20 of the 300 seconds are left.
            site.clock.advance(by: .seconds(280))
            async let result = scene.keep()
            try await until { site.clock.sleeping.count == 1 }
            let next = try #require(site.clock.sleeping.first)
            #expect(next - site.clock.now() == .seconds(5))
            scene.endBody()
            #expect(try await result == "done")
        }
    }

    @Test("progress is told only when it grew")
    func progress() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            async let result = scene.keep()
            try await until { site.clock.sleeping.count == 1 }
            let progress = TransferProgress(total: 100)
            scene.control.began(.init(file: "f", path: RelativePath([]), progress: progress))
            var told: [Int64?] = []
            for moved in [0, 40, 40, 30, 70] as [Int64] {
                progress.record(moved)
                try await scene.pass(.seconds(60))
                try await until { scene.renewals() == told.count + 1 && site.clock.sleeping.count == 1 }
                told.append(try await site.remote.client.call(UpdateSession.get(scene.session)).clientProgress)
            }
            #expect(told == [0, 40, 40, 40, 70])
            let sent = site.network.calls.filter { $0.name == "update_session.keep_alive" }.map { !$0.words.contains(#""client_progress":{"OPTIONAL":null}"#) }
            #expect(sent == [false, true, false, false, true])
            scene.endBody()
            #expect(try await result == "done")
        }
    }

    static let troubles: [FaultyTransport.Fault] = [
        .lost, .unreachable, .status(503, retryAfter: 60), .status(502), .refusal(.serviceUnavailable), .refusal(.timedOut), .refusal(.internalServerError),
    ]

    @Test("a renewal that does not get through is tried again, and once it does all is well", arguments: troubles)
    func trouble(fault: FaultyTransport.Fault) async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            async let result = scene.keep()
            try await until { site.clock.sleeping.count == 1 }
            let start = site.clock.now()
            site.network.setRule { _, moment in moment == .before ? fault : nil }
            // Two hundred of the three hundred seconds.
            while site.clock.now() - start < .seconds(200) { try await scene.pass(#require(site.clock.sleeping.first) - site.clock.now()) }
            #expect(scene.renewals() > 3 && scene.grants.value.count == 1)
            site.network.setRule { _, _ in nil }
            try await scene.pass(#require(site.clock.sleeping.first) - site.clock.now())
            try await until { scene.grants.value.count == 2 && site.clock.sleeping.count == 1 }
            scene.endBody()
            #expect(try await result == "done")
        }
    }

    @Test("a lease that cannot be renewed before it ends is lost, not a moment later: the work under it is cancelled", arguments: troubles)
    func lost(fault: FaultyTransport.Fault) async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let keeper = Task { try await scene.keep() }
            try await until { site.clock.sleeping.count == 1 }
            let start = site.clock.now()
            site.network.setRule { _, moment in moment == .before ? fault : nil }
            let isOver = Task {
                _ = await keeper.result
                return site.clock.now()
            }
            while site.clock.now() - start < .seconds(300) {
                let next = try #require(site.clock.sleeping.first)
                site.clock.advance(by: next - site.clock.now())
                try await until { site.network.underWay == 0 && (site.clock.sleeping.count == 1 || site.clock.now() - start >= .seconds(300)) }
            }
            #expect(await isOver.value - start == .seconds(300))
            await #expect(throws: (any Error).self) { try await keeper.value }
        }
    }

    @Test("a machine that slept for longer than the lease has lost it, whatever the server would say")
    func suspended() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let keeper = Task { try await scene.keep() }
            try await until { site.clock.sleeping.count == 1 }
            let renewals = scene.renewals()
            site.clock.advance(by: .seconds(4000))
            await #expect(throws: SessionFault.self) { try await keeper.value }
            #expect(scene.renewals() == renewals)
        }
    }

    @Test("a session that somebody ended and deleted cancels the work")
    func deleted() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            let keeper = Task { try await scene.keep() }
            try await until { site.clock.sleeping.count == 1 }
            try await site.remote.cancel(scene.session)
            site.clock.advance(by: .seconds(60))
            await #expect(throws: APIError.self) { try await keeper.value }
        }
    }

    @Test("completed between two renewals, the session is not renewed and nothing is wrong")
    func completed() async throws {
        try await Site.with { site in
            let scene = try await Scene(site)
            async let result = scene.keep()
            try await until { site.clock.sleeping.count == 1 }
            try await site.remote.client.call(UpdateSession.complete(scene.session))
            site.clock.advance(by: .seconds(60))
            try await until { scene.renewals() == 1 && site.clock.sleeping.count == 0 }
            scene.endBody()
            #expect(try await result == "done")
        }
    }

    @Test("the body's own error ends the lease's keeping, and is what is thrown")
    func bodyFails() async throws {
        struct Mine: Error {}
        try await Site.with { site in
            let scene = try await Scene(site)
            let keeper = SessionKeeper(client: try Site.client(site.network), clock: site.clock, session: scene.session, control: scene.control) { _ in }
            await #expect(throws: Mine.self) { try await keeper.withLease { throw Mine() } }
            try await until { site.clock.sleeping.count == 0 }
        }
    }
}
