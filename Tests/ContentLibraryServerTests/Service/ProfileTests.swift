import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

/// The manners of a vCenter, and that the strict profile has none of them.
@Suite struct ProfileTests {
    static func with(_ dialect: Dialect = .api, _ body: (TestServer) async throws -> Void) async throws {
        try await TestServer.with(dialect, { $0.profile = .vcenter }) { server, _ in try await body(server) }
    }

    static let unexpected = "vapi.data.structure.field.unexpected"
    static let unsupported = "com.vmware.vapi.rest.unsupportedProperty"

    @Test(arguments: [
        ("GET", "/api/content/library?nonsense=1", "", 400, unsupported, ["nonsense"]),
        ("POST", "/api/content/library?action=find", #"{"name":"n","nonsense":1}"#, 400, unsupported, ["nonsense"]),
        ("POST", "/api/content/library/item", #"{"library_id":"l","name":"n","nonsense":1}"#, 400, unsupported, ["nonsense"]),
        ("POST", "/api/content/library/item?name=n", #"{"library_id":"l"}"#, 400, unsupported, ["name"]),
        ("GET", "/rest/com/vmware/content/library?nonsense=1", "", 400, unexpected, ["[nonsense]", "operation-input"]),
        (
            "POST", "/rest/com/vmware/content/library?~action=find", #"{"spec":{"name":"n","b":1,"a":2}}"#, 400, unexpected,
            ["[b, a]", "com.vmware.content.library.find_spec"]
        ),
        ("POST", "/rest/com/vmware/content/library?~action=find", #"{"spec":{"name":"n"},"x":1}"#, 400, unexpected, ["[x]", "operation-input"]),
        ("GET", "/rest/com/vmware/content/library?action=list", "", 400, unexpected, ["[action]", "operation-input"]),
        (
            "POST", "/api", envelope(#""spec":{"STRUCTURE":{"s":{"name":{"OPTIONAL":"n"},"x":"1"}}}"#), 200, unexpected,
            ["[x]", "com.vmware.content.library.find_spec"]
        ),
        ("POST", "/api", envelope(#""spec":{"STRUCTURE":{"s":{"name":{"OPTIONAL":"n"}}}},"x":1"#), 200, unexpected, ["[x]", "operation-input"]),
    ])
    func `unknown names are refused`(_ method: String, _ target: String, _ body: String, _ status: Int, _ id: String, _ args: [String]) async throws {
        for profile in ServerProfile.allCases {
            try await TestServer.with(.api, { $0.profile = profile }) { server, _ in
                guard case .session(let login) = server.credentials else { throw Unexpected("no login") }
                let response = await server.service.respond(
                    to: HTTPRequest(method, target: target, headers: [("vmware-api-session-id", login)], body: Array(body.utf8)))
                let text = response.text
                guard profile == .vcenter else { return #expect(!text.contains(id), "\(text)") }
                #expect(response.status == status && text.contains("\"\(id)\""), "\(text)")
                #expect(text.contains("\"args\":[\(args.map { "\"\($0)\"" }.joined(separator: ","))]"), "\(text)")
                #expect(text.contains(target.hasPrefix("/api/") ? "INVALID_ARGUMENT" : "unexpected_input"), "\(text)")
            }
        }
    }

    static func envelope(_ input: String) -> String {
        """
        {"jsonrpc":"2.0","method":"invoke","id":"0","params":{"serviceId":"com.vmware.content.library","operationId":"find","ctx":{},
        "input":{"STRUCTURE":{"operation-input":{\(input)}}}}}
        """
    }

    @Test(arguments: Dialect.allCases)
    func `what is unset is not unknown, and all that clients send is known`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server in
            guard case .session(let login) = server.credentials else { throw Unexpected("no login") }
            let newer = #""spec":{"STRUCTURE":{"s":{"name":{"OPTIONAL":"n"},"of a newer client":{"OPTIONAL":null}}}}"#
            let response = await server.service.respond(
                to: HTTPRequest("POST", target: "/api", headers: [("vmware-api-session-id", login)], body: Array(Self.envelope(newer).utf8)))
            #expect(response.text.contains("\"output\":[]"))
            let item = try await server.makeItem()
            try await server.publish(["f": [1, 2, 3]], to: item)
            #expect(try await server.download("f", of: item) == [1, 2, 3])
            #expect(try await server.call(Item.find(.init(name: "item"))) == [item])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `session ids of two UUIDs, and versions that do not begin at 1`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server in
            let library = try await server.makeLibrary()
            #expect(try await server.call(Library.get(library)).version == "2")
            let session = try await server.makeSession(try await server.makeItem("i", in: library))
            #expect(session.rawValue.split(separator: ":").map(\.utf8.count) == [36, 36])
            #expect(try await server.call(UpdateSession.get(session)).state == .active)
        }
    }

    @Test func `a challenge with 401, a stack of messages with 500, and the reason of a failed session`() async throws {
        try await Self.with { server in
            let refused = await server.service.respond(to: HTTPRequest("GET", target: "/api/content/library"))
            #expect(refused.status == 401 && refused.text.contains("com.vmware.vapi.endpoint.method.authentication.required"))
            #expect(refused.text.contains(#""challenge":"Basic realm=\"VAPI endpoint\",SIGN realm="#))
            let session = try await server.makeSession(try await server.makeItem())
            try await server.call(UpdateSession.fail(session, "out of paper"))
            let message = try await refusal { try await server.call(UpdateSession.complete(session)) }?.messages.first
            #expect(message?.id == "com.vmware.vdcs.cls-main.update_session_invalid_state_for_operation_reason")
            #expect(message?.args == ["complete", "ERROR", "out of paper"])
        }
        let internalError = ServerProfile.vcenter.dressed(.internalFailure, realm: "r")
        #expect(internalError.messages.map(\.id) == ["vapi.bindings.method.impl.unexpected", "clsyncd.library.internal"])
        #expect(ServerProfile.strict.dressed(.internalFailure, realm: "r") == .internalFailure)
    }

    @Test func `an unknown path is 404 before the login`() async throws {
        try await Self.with { server in
            for (path, id) in [
                ("/api/content/nothing", "com.vmware.vapi.rest.httpNotFound"), ("/rest/com/nothing", "com.vmware.vapi.rest.operationsForUrlNotFound"),
            ] {
                let response = await server.service.respond(to: HTTPRequest("GET", target: path))
                #expect(response.status == 404 && response.text.contains(id))
            }
        }
    }

    @Test(arguments: ServerProfile.allCases)
    func `on the wire: chunked, and closed after an error`(_ profile: ServerProfile) async throws {
        try await ListenerTests.with(tls: false, { $0.profile = profile }) { url, _, server, _ in
            let server = try await server.loggedIn()
            guard case .session(let login) = server.credentials else { throw Unexpected("no login") }
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let good = try await RawConnection.talk(
                port, [.send("GET /api/content/library HTTP/1.1\r\nHost: x\r\nvmware-api-session-id: \(login)\r\n\r\n"), .await("[]")])
            #expect(good.hasPrefix("HTTP/1.1 200 "))
            #expect(good.lowercased().contains("transfer-encoding: chunked") == (profile == .vcenter))
            #expect(good.lowercased().contains("content-length") == (profile == .strict))
            // Two requests at once: after an error the second has no answer.
            let refused = "GET /api/content/library HTTP/1.1\r\nHost: x\r\n\r\n"
            let bad = try await RawConnection.talk(port, [.send(refused + refused), .halfClose, .await("never")])
            #expect(bad.split(separator: "HTTP/1.1 401", omittingEmptySubsequences: false).count - 1 == (profile == .vcenter ? 1 : 2), "\(bad)")
            #expect(bad.lowercased().contains("connection: close") == (profile == .vcenter))
        }
    }
}
