import ContentLibraryAPI
import HTTPTransport
import Testing

@testable import ContentLibraryClient

@Suite struct DialectProbeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var dialect: Dialect
        var status: Int
        var type: String?
        var body: String
        var isSpoken: Bool
        var testDescription: String { name }
    }
    static let unauthenticated =
        #""messages":[{"args":[],"default_message":"Authentication required.","id":"com.vmware.vapi.endpoint.method.authentication.required"}]"#
    static let rows = [
        Row(
            name: "vCenter 7 /api", dialect: .api, status: 401, type: "application/json", body: #"{"error_type":"UNAUTHENTICATED",\#(unauthenticated)}"#,
            isSpoken: true),
        Row(name: "vCenter 6.5 /api", dialect: .api, status: 404, type: "text/html", body: "<html>404</html>", isSpoken: false),
        Row(name: "simulator /api", dialect: .api, status: 404, type: "text/plain", body: "404 page not found\n", isSpoken: false),
        Row(name: "proxy's 401", dialect: .api, status: 401, type: "text/html", body: "<html>Login</html>", isSpoken: false),
        Row(name: "someone else's JSON 401", dialect: .api, status: 401, type: "application/json", body: #"{"error":"unauthorized"}"#, isSpoken: false),
        Row(name: "page for everything", dialect: .api, status: 200, type: "text/html", body: "<html>hello</html>", isSpoken: false),
        Row(
            name: "vCenter 6.5 /rest", dialect: .rest, status: 401, type: "application/json",
            body: #"{"type":"com.vmware.vapi.std.errors.unauthenticated","value":{\#(unauthenticated)}}"#, isSpoken: true),
        Row(name: "simulator /rest", dialect: .rest, status: 401, type: nil, body: "", isSpoken: true),
        Row(name: "proxy's 401 for /rest", dialect: .rest, status: 401, type: "text/html", body: "<html>Login</html>", isSpoken: false),
        Row(name: "no /rest", dialect: .rest, status: 404, type: "text/plain", body: "404", isSpoken: false),
        Row(
            name: "JSON-RPC", dialect: .jsonRPC, status: 200, type: "application/json",
            body: #"{"jsonrpc":"2.0","id":"0","result":{"error":{"ERROR":{"com.vmware.vapi.std.errors.unauthenticated":{"messages":[]}}}}}"#, isSpoken: true),
        Row(name: "no JSON-RPC", dialect: .jsonRPC, status: 200, type: "text/html", body: "<html>hello</html>", isSpoken: false),
        Row(name: "JSON-RPC 404", dialect: .jsonRPC, status: 404, type: "text/plain", body: "404", isSpoken: false),
    ]

    @Test(arguments: rows) func verdict(_ row: Row) {
        let response = HTTPResponse(row.status, headers: row.type.map { [("Content-Type", $0)] } ?? [], body: Array(row.body.utf8))
        #expect(DialectProbe.judge(response, row.dialect) == (row.isSpoken ? .spoken : .unknown))
    }

    @Test(arguments: [429, 502, 503, 504], Dialect.allCases) func aServerThatIsStartingSaysNothing(status: Int, dialect: Dialect) {
        guard case .unavailable = DialectProbe.judge(HTTPResponse(status, body: Array("upstream".utf8)), dialect) else {
            Issue.record("HTTP \(status) in \(dialect) is a verdict")
            return
        }
    }

    /// Which dialects a server has, and the one that is chosen.
    @Test(
        arguments: [
            ([.jsonRPC, .rest, .api], .api), ([.api, .jsonRPC], .api), ([.rest, .jsonRPC], .rest), ([.rest], .rest), ([.jsonRPC], .jsonRPC), ([.api], .api),
        ] as [([Dialect], Dialect)]) func theNewestThatIsThere(has: [Dialect], chosen: Dialect) async throws
    {
        let router = fakeServer(FakeLogins())
        let transport = ScriptedTransport { request in
            guard let dialect = Dialect(path: request.asAPI.path), has.contains(dialect) else { return .text(404, "404 page not found\n", type: "text/plain") }
            return Response(await router.respond(to: request.asAPI))
        }
        let client = try makeClient(transport, api: .auto)
        #expect(try await client.call(Library.list()) == ["one"])
        #expect(client.dialect == chosen)
        let probes = DialectProbe.order.firstIndex(of: chosen).map { $0 + 1 } ?? 0
        for probe in transport.requests.prefix(probes) {
            #expect(probe.headers["Authorization"] == nil)
            #expect(!String(decoding: probe.bytes, as: UTF8.self).contains("right"), "a question carries no password")
        }
        #expect(transport.requests.count == probes + 2)
        #expect(try await client.call(Library.list()) == ["one"])
        #expect(transport.requests.count == probes + 3, "the answer is remembered")
    }

    @Test func aWebServerIsNoEndpoint() async throws {
        let transport = ScriptedTransport { _ in .text(200, "<html>Welcome</html>", type: "text/html; charset=utf-8") }
        let client = try makeClient(transport, api: .auto)
        let error = await #expect(throws: NotVSphereError.self) { try await client.call(Library.list()) }
        #expect(
            error?.description
                == "https://vc.test:443 is not a vSphere endpoint: HTTP 200 text/html; charset=utf-8; check the server's URL and port, or set the API dialect")
        #expect(transport.requests.allSatisfy { $0.headers["Authorization"] == nil })
        #expect(client.dialect == nil)
    }

    @Test func htmlInAFixedDialectIsAnError() async throws {
        let transport = ScriptedTransport { _ in .text(200, "<html>Welcome</html>", type: "text/html") }
        let client = try makeClient(transport, api: .fixed(.api))
        let error = await #expect(throws: AnswerError.self) { try await client.call(Library.list()) }
        #expect(error?.description.contains("HTTP 200, text/html") == true)
    }

    @Test func aServerThatIsStartingIsAskedAgainLater() async throws {
        let router = fakeServer(FakeLogins())
        let up = Flag()
        let transport = ScriptedTransport { request in
            up.isRaised ? Response(await router.respond(to: request.asAPI)) : .text(503, "upstream connect error", type: "text/plain")
        }
        let client = try makeClient(transport, api: .auto)
        let error = await #expect(throws: APIError.self) { try await client.call(Library.list()) }
        #expect(error?.kind == .serviceUnavailable)
        #expect(error.map { ContentLibraryClient.isTransient($0) } == true)
        #expect(client.dialect == nil)
        up.raise()
        #expect(try await client.call(Library.list()) == ["one"])
    }

    /// The same server, upgraded: its old dialect is gone. Sessions are shared by all dialects.
    @Test(arguments: [false, true]) func aLostDialectIsReplaced(sessionsSurvive: Bool) async throws {
        let logins = FakeLogins()
        let router = fakeServer(logins)
        let upgraded = Flag()
        let transport = ScriptedTransport { request in
            let gone: Dialect = upgraded.isRaised ? .rest : .api
            guard Dialect(path: request.asAPI.path) != gone else { return .text(404, "404 page not found\n", type: "text/plain") }
            return Response(await router.respond(to: request.asAPI))
        }
        let time = ManualTime()
        let client = try makeClient(transport, api: .auto, time: time)
        #expect(try await client.call(Library.list()) == ["one"])
        #expect(client.dialect == .rest)
        upgraded.raise()
        if !sessionsSurvive { logins.forgetSessions() }
        await #expect(throws: APIError.self) { try await client.call(Library.list()) }
        await #expect(throws: APIError.self) { try await client.call(Library.list()) }
        #expect(client.dialect == .rest, "not asked anew at every 404")
        time.advance(.seconds(600))
        await #expect(throws: APIError.self) { try await client.call(Library.list()) }
        #expect(try await client.call(Library.list()) == ["one"])
        #expect(client.dialect == .api)
        #expect(logins.logins == (sessionsSurvive ? 1 : 2))
    }
}
