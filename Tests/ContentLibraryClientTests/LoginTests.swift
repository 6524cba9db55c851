import ContentLibraryAPI
import HTTPTransport
import Synchronization
import Testing

@testable import ContentLibraryClient

@Suite struct LoginTests {
    private func transport(_ logins: FakeLogins) -> ScriptedTransport {
        let router = fakeServer(logins)
        return ScriptedTransport { request in
            await Task.yield()
            return Response(await router.respond(to: request.asAPI))
        }
    }

    @Test(arguments: Dialect.allCases) func oneLoginServesAllCalls(dialect: Dialect) async throws {
        let logins = FakeLogins()
        let client = try makeClient(transport(logins), api: .fixed(dialect))
        try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<100 { group.addTask { try await client.call(Library.list()).map(\.rawValue) } }
            for try await list in group { #expect(list == ["one"]) }
        }
        #expect(logins.attempts == 1)
    }

    @Test(arguments: Dialect.allCases) func afterALostSessionThereIsOneNewLogin(dialect: Dialect) async throws {
        let logins = FakeLogins()
        let client = try makeClient(transport(logins), api: .fixed(dialect))
        for round in 1...5 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { try await client.call(Library.list()) } }
                try await group.waitForAll()
            }
            #expect(logins.attempts == round)
            logins.forgetSessions()
        }
    }

    @Test func aCallIsReplayedOnceAndNoMore() async throws {
        let logins = FakeLogins()
        let router = fakeServer(logins) { router in
            router.on(LocalLibrary.list) { _ in throw FakeLogins.refused }
        }
        let transport = ScriptedTransport { request in Response(await router.respond(to: request.asAPI)) }
        let client = try makeClient(transport)
        let error = await #expect(throws: APIError.self) { try await client.call(LocalLibrary.list()) }
        #expect(error?.kind == .unauthenticated)
        #expect(transport.lines == ["POST /api/session", "GET /api/content/local-library", "POST /api/session", "GET /api/content/local-library"])
    }

    /// A server that takes the password but not its own sessions must not be flooded with new ones.
    @Test func uselessSessionsAreNotPiledUp() async throws {
        let logins = FakeLogins()
        let router = fakeServer(logins) { router in
            router.on(LocalLibrary.list) { _ in throw FakeLogins.refused }
        }
        let time = ManualTime()
        let client = try makeClient(ScriptedTransport { request in Response(await router.respond(to: request.asAPI)) }, time: time)
        for _ in 0..<20 { await #expect(throws: (any Error).self) { try await client.call(LocalLibrary.list()) } }
        #expect(logins.logins == LoginPolicy.uselessSessions)
        time.advance(.seconds(61))
        await #expect(throws: (any Error).self) { try await client.call(LocalLibrary.list()) }
        #expect(logins.logins == LoginPolicy.uselessSessions + 1)
    }

    @Test(arguments: Dialect.allCases) func aRefusedPasswordIsNotHammered(dialect: Dialect) async throws {
        let (logins, time) = (FakeLogins(), ManualTime())
        let password = Mutex("wrong")
        let transport = transport(logins)
        let client = try makeClient(transport, api: .fixed(dialect), time: time) { ("u", password.withLock { $0 }) }
        func attempt() async -> LoginError? {
            do {
                try await client.call(Library.list())
                return nil
            } catch { return error as? LoginError }
        }
        for _ in 0..<10 {
            guard case .refused("u", _, .seconds(60)) = await attempt() else {
                Issue.record("not refused for a minute")
                return
            }
        }
        #expect(logins.attempts == 1)
        time.advance(.seconds(60))
        #expect(await attempt()?.retryAfter == .seconds(900))
        time.advance(.seconds(899))
        #expect(await attempt()?.retryAfter == .seconds(1))
        #expect(logins.attempts == 2)
        client.retryNow()
        #expect(await attempt()?.retryAfter == .seconds(60))
        #expect(logins.attempts == 3)
        password.withLock { $0 = "right" }
        #expect(await attempt() == nil)
        #expect(logins.attempts == 4)
    }

    /// One refused login in one dialect is enough.
    @Test func aRefusedLoginIsNotRepeatedInAnotherDialect() async throws {
        let logins = FakeLogins()
        let transport = transport(logins)
        let client = try makeClient(transport, api: .auto) { ("u", "wrong") }
        for _ in 0..<5 { await #expect(throws: LoginError.self) { try await client.call(Library.list()) } }
        #expect(logins.attempts == 1)
        #expect(transport.lines == ["GET /api/session", "POST /api/session"])
    }

    @Test(arguments: Dialect.allCases) func aFullServerIsWaitedFor(dialect: Dialect) async throws {
        let (logins, time) = (FakeLogins(), ManualTime())
        logins.setFull(true)
        let client = try makeClient(transport(logins), api: .fixed(dialect), time: time)
        for _ in 0..<5 {
            let error = await #expect(throws: LoginError.self) { try await client.call(Library.list()) }
            guard case .sessionLimit(_, .seconds(30)) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(error.map { ContentLibraryClient.isTransient($0) } == true)
            #expect(error.flatMap { ContentLibraryClient.retryAfter($0) } == .seconds(30))
        }
        #expect(logins.attempts == 1)
        logins.setFull(false)
        time.advance(.seconds(30))
        #expect(try await client.call(Library.list()) == ["one"])
    }

    @Test func whatThePasswordSourceThrowsTheCallThrows() async throws {
        struct NoPassword: Error {}
        let logins = FakeLogins()
        let client = try makeClient(transport(logins)) { throw NoPassword() }
        await #expect(throws: NoPassword.self) { try await client.call(Library.list()) }
        #expect(logins.attempts == 0)
    }

    @Test(arguments: Dialect.allCases) func keepAliveAndLogout(dialect: Dialect) async throws {
        let logins = FakeLogins()
        let transport = transport(logins)
        let client = try makeClient(transport, api: .fixed(dialect))
        try await client.keepAlive()
        try await client.logout()
        #expect(transport.requests.isEmpty, "without a login there is nothing to keep or to end")
        try await client.call(Library.list())
        try await client.keepAlive()
        #expect(transport.requests.count == 3)
        try await client.logout()
        #expect(transport.requests.count == 4)
        try await client.call(Library.list())
        #expect(logins.logins == 2)
        logins.forgetSessions()
        try await client.keepAlive()
        #expect(logins.logins == 3, "a login found dead is replaced")
        logins.forgetSessions()
        try await client.logout()
        #expect(logins.logins == 3, "but not to log out")
    }

    @Test func aLoginCutOffByItsCallerIsTakenOverByTheNext() async throws {
        let logins = FakeLogins()
        let router = fakeServer(logins)
        let held = Flag()
        let transport = ScriptedTransport { request in
            if request.line == "POST /api/session", !held.isRaised {
                held.raise()
                while !Task.isCancelled { await Task.yield() }
                throw CancellationError()
            }
            return Response(await router.respond(to: request.asAPI))
        }
        let client = try makeClient(transport)
        let first = Task { try await client.call(Library.list()) }
        while !held.isRaised { await Task.yield() }
        async let second = client.call(Library.list())
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        let list = try await second
        #expect(list == ["one"])
    }

    @Test(arguments: [
        ("http://vc.test", false), ("http://127.0.0.1:8080", true), ("http://localhost", true), ("https://vc.test/", true), ("https://vc.test/ui", false),
        ("https://vc.test?x", false), ("vc.test", false), ("https://u:p@vc.test", false), ("", false),
    ]) func serverAddresses(url: String, isGood: Bool) {
        let transport = ScriptedTransport { _ in .text(500, "") }
        if isGood {
            #expect(throws: Never.self) { try makeClient(transport, server: url) }
        } else {
            #expect(throws: ServerAddressError.self) { try makeClient(transport, server: url) }
        }
    }
}
