import ContentLibraryAPI
import HTTPTransport
import Synchronization
import Testing

@testable import ContentLibraryClient

@Suite struct CallTests {
    private let token = "b8a2a2e3-2314-43cd-a871-6ede0f429751"

    private func creating(_ seen: @escaping @Sendable (HTTPTransport.Request) throws -> Void) -> ScriptedTransport {
        let router = fakeServer(FakeLogins()) { router in
            router.on(Item.create) { _, _, _ in "item-1" }
        }
        return ScriptedTransport { request in
            do { try seen(request) } catch let refusal as APIError { return Response(refusal.response(.api)) }
            return Response(await router.respond(to: request.asAPI))
        }
    }

    private static func unsupported(_ name: String) -> APIError {
        APIError(.invalidArgument, "Unsupported property.", id: "com.vmware.vapi.rest.unsupportedProperty", args: [name])
    }

    @Test func theTokenGoesIntoTheQuery() async throws {
        let transport = creating { _ in }
        let client = try makeClient(transport)
        #expect(try await client.call(Item.create(token, Item.Model(libraryID: "l", name: "n"))) == "item-1")
        #expect(transport.lines.last == "POST /api/content/library/item?client_token=\(token)")
        #expect(transport.requests.last?.headers["Client-Token"] == nil)
    }

    /// A server that takes only the header says so once.
    @Test func elseIntoTheHeaderFromThenOn() async throws {
        let transport = creating { request in
            if request.target.contains("client_token") { throw Self.unsupported("client_token") }
        }
        let client = try makeClient(transport)
        for _ in 0..<3 { #expect(try await client.call(Item.create(token, Item.Model(libraryID: "l", name: "n"))) == "item-1") }
        #expect(
            transport.lines == [
                "POST /api/session", "POST /api/content/library/item?client_token=\(token)", "POST /api/content/library/item", "POST /api/content/library/item",
                "POST /api/content/library/item",
            ])
        #expect(transport.requests.dropFirst(2).allSatisfy { $0.headers["Client-Token"] == token })
    }

    @Test func anotherUnknownPropertyIsAnErrorLikeAnyOther() async throws {
        let transport = creating { request in
            if request.target.contains("item") { throw Self.unsupported("something") }
        }
        let client = try makeClient(transport)
        await #expect(throws: APIError.self) { try await client.call(Item.create(token, Item.Model(libraryID: "l", name: "n"))) }
        #expect(transport.requests.count == 2)
    }

    /// Neither place is taken: no loop.
    @Test func noPlaceForTheToken() async throws {
        let transport = creating { request in
            if request.target.contains("item") { throw Self.unsupported("client_token") }
        }
        let client = try makeClient(transport)
        await #expect(throws: APIError.self) { try await client.call(Item.create(token, Item.Model(libraryID: "l", name: "n"))) }
        #expect(transport.requests.count == 3)
    }

    /// Of vAPI, which takes the same login. A server that does not have it there has lost nothing else.
    @Test func whatHasNoRouteIsAskedOfJSONRPC() async throws {
        let logins = FakeLogins()
        let (with, without) = (
            fakeServer(logins) { router in
                router.on(UpdateSession.File.probe) { caller, endpoint in
                    try logins.check(caller.credentials)
                    return .init(status: .success, sslThumbprint: endpoint.uri)
                }
            }, fakeServer(logins)
        )
        let isThere = Mutex(true)
        let transport = ScriptedTransport { request in
            Response(await (isThere.withLock { $0 } ? with : without).respond(to: request.asAPI))
        }
        let client = try makeClient(transport, api: .auto)
        try await client.call(Library.list())
        #expect(client.dialect == .api)
        let before = transport.requests.count
        let probe = UpdateSession.File.probe(.init(uri: "https://h/f"))
        #expect(try await client.call(probe).sslThumbprint == "https://h/f")
        #expect(transport.lines.dropFirst(before) == ["POST /api"])
        isThere.withLock { $0 = false }
        let error = await #expect(throws: APIError.self) { try await client.call(probe) }
        #expect(error?.kind == .operationNotFound)
        #expect(client.dialect == .api)
    }

    @Test func aLostConnectionIsNoReasonToRepeat() async throws {
        let router = fakeServer(FakeLogins())
        let lost = TransportError(.connectionLost(detail: "reset"), peer: "vc.test:443", isBeforeSending: false)
        let transport = ScriptedTransport { request in
            if request.line == "GET /api/content/library" { throw lost }
            return Response(await router.respond(to: request.asAPI))
        }
        let client = try makeClient(transport)
        await #expect(throws: lost) { try await client.call(Library.list()) }
        #expect(transport.requests.count == 2)
    }

    @Test(arguments: Dialect.allCases) func whatTheServerRefusesArrivesAsItsError(dialect: Dialect) async throws {
        let router = fakeServer(FakeLogins()) { router in
            router.on(Library.get) { _, id in throw APIError(.notFound, "The library \(id.rawValue) does not exist.", id: "x.y", args: [id.rawValue]) }
        }
        let client = try makeClient(ScriptedTransport { request in Response(await router.respond(to: request.asAPI)) }, api: .fixed(dialect))
        let error = await #expect(throws: APIError.self) { try await client.call(Library.get("l:1")) }
        #expect(error?.kind == .notFound)
        #expect(error?.messages.first?.args == ["l:1"])
    }

    @Test func theDateOfTheReply() async throws {
        let router = fakeServer(FakeLogins())
        let date = Mutex<String?>("Sun, 06 Nov 1994 08:49:37 GMT")
        let client = try makeClient(
            ScriptedTransport { request in
                var response = Response(await router.respond(to: request.asAPI))
                if let date = date.withLock({ $0 }) { response.headers.append("Date", date) }
                return response
            })
        #expect(try await client.answer(Library.list()).date == Timestamp("1994-11-06T08:49:37Z"))
        date.withLock { $0 = nil }
        #expect(try await client.answer(Library.list()).date == nil)
    }

    @Test func requestsCarryTheSessionAndTheirTimeLimits() async throws {
        let router = fakeServer(FakeLogins())
        let transport = ScriptedTransport { request in Response(await router.respond(to: request.asAPI)) }
        let limits = Timeouts(connect: .seconds(1), stall: .seconds(2), answer: .seconds(3))
        let client = try ContentLibraryClient(
            .init(server: "https://VC.test:8443/", api: .fixed(.rest), controlTimeouts: limits), control: transport, transfer: transport,
            credentials: { ("u", "right") })
        #expect(client.serverName == "https://vc.test:8443")
        try await client.call(Library.list())
        let (login, call) = (transport.requests[0], transport.requests[1])
        #expect(login.url == "https://vc.test:8443/rest/com/vmware/cis/session")
        #expect(login.headers["Authorization"] == "Basic dTpyaWdodA==")
        #expect(login.headers["vmware-use-header-authn"] == "true")
        #expect(call.url == "https://vc.test:8443/rest/com/vmware/content/library")
        #expect(call.headers["vmware-api-session-id"] == "session-1")
        #expect(call.headers["Authorization"] == nil)
        #expect(call.timeouts == limits)
        #expect(call.trust == nil)
        guard case .memory(64 << 20) = call.sink else {
            Issue.record("another limit for the answer")
            return
        }
    }

    @Test(
        arguments: [
            (503, "7", true, Duration.seconds(7)), (429, "0", true, .seconds(0)), (503, nil, true, nil), (503, "soon", true, nil), (503, "-1", true, nil),
            (503, "999999999999", true, .seconds(3600)), (504, nil, true, nil), (502, nil, true, nil), (500, "7", false, nil), (404, "7", false, nil),
            (400, nil, false, nil),
        ] as [(Int, String?, Bool, Duration?)])
    func transience(status: Int, header: String?, isTransient: Bool, wait: Duration?) async throws {
        let logins = FakeLogins()
        let router = fakeServer(logins)
        let client = try makeClient(
            ScriptedTransport { request in
                guard request.target == "/api/content/library" else { return Response(await router.respond(to: request.asAPI)) }
                return .text(status, "", type: nil, headers: header.map { ["Retry-After": $0] } ?? [:])
            })
        do {
            try await client.call(Library.list())
            Issue.record("no error")
        } catch {
            #expect(ContentLibraryClient.isTransient(error) == isTransient)
            #expect(ContentLibraryClient.retryAfter(error) == wait)
        }
    }
}
