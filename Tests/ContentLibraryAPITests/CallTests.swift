import ContentLibraryAPI
import Testing

/// What a client makes of arguments and of answers.
struct CallTests {
    static func output<Output>(_ call: Call<Output>, _ status: Int, _ body: String, _ dialect: Dialect, type: String? = nil) throws -> Output {
        let headers = type.map { [(name: "content-TYPE", value: $0)] } ?? []
        return try call.output(of: HTTPResponse(status, headers: headers, body: Array(body.utf8)), dialect)
    }

    /// Any 2xx will do, and a body where none is due is not looked at.
    @Test(arguments: [200, 201, 202, 204])
    func anySuccess(status: Int) throws {
        #expect(try Self.output(Library.list(), status, ##"["a"]"##, .api) == ["a"])
        #expect(try Self.output(Library.list(), status, ##"{"value":["a"]}"##, .rest) == ["a"])
        for body in ["", "null", ##"{"value":null}"##, "{}", "<html>"] {
            for dialect in [Dialect.rest, .api] { #expect(try Self.output(Session.delete(), status, body, dialect) == Nothing()) }
        }
        #expect(try Self.output(Session.delete(), status, ##"{"jsonrpc":"2.0","id":"0","result":{"output":null}}"##, .jsonRPC) == Nothing())
    }

    /// Servers written in Go leave zeros out, and send null for an empty list.
    @Test func forgivesMissingZeros() throws {
        #expect(try Self.output(Library.list(), 200, ##"{"value":null}"##, .rest) == [])
        #expect(try Self.output(Library.list(), 200, "null", .api) == [])
        let info = ##"{"name":"a","source_type":"PUSH","upload_endpoint":{"uri":"u"},"status":"READY"}"##
        let file = try Self.output(UpdateSession.File.get("us-1", "a"), 200, info, .api)
        #expect(file.bytesTransferred == 0 && file.size == nil)
        let item = try Self.output(Item.File.get("i", "a"), 200, ##"{"value":{"name":"a","version":"1","checksum_info":null}}"##, .rest)
        #expect(item == Item.File.Info(name: "a", size: 0, cached: false, version: "1"))
        #expect(throws: AnswerError.self) { try Self.output(Item.File.get("i", "a"), 200, ##"{"value":{"version":"1"}}"##, .rest) }
        let validation = try Self.output(UpdateSession.File.validate("us-1"), 200, ##"{"value":{}}"##, .rest)
        #expect(validation == .init(hasErrors: false))
    }

    /// The simulator's message has a text and nothing else; a server's own input is held to the declaration.
    @Test func forgivesMessages() async throws {
        let failed = ##"{"value":{"state":"ERROR","error_message":{"default_message":"no such host"}}}"##
        let session = try Self.output(UpdateSession.get("us-1"), 200, failed, .rest)
        #expect(session.errorMessage == Message(id: "", defaultMessage: "no such host"))
        #expect(throws: AnswerError.self) { try Self.output(UpdateSession.get("us-1"), 200, ##"{"value":{"error_message":"x"}}"##, .rest) }
        var router = Router()
        router.on(UpdateSession.create) { _, _, _ in "us-1" }
        let body = Array(##"{"error_message":{"default_message":"x"}}"##.utf8)
        #expect(await router.respond(to: HTTPRequest("POST", UpdateSessionTests.api, body: body)).text.contains("create_spec.error_message.id: missing"))
    }

    @Test func keepsWhatIsNewerThanItself() throws {
        let model = ##"{"state":"PAUSED","client_progress":9223372036854775807,"new_field":{"a":[1.5]},"preview_info":{"state":"LATER","more":1}}"##
        let session = try Self.output(UpdateSession.get("us-1"), 200, model, .api)
        #expect(session.state?.rawValue == "PAUSED" && session.clientProgress == .max && session.previewInfo?.state.rawValue == "LATER")
        let tagged = ##"""
            {"jsonrpc":"2.0","id":"0","more":1,"result":{"output":{"STRUCTURE":{"some.other_id":{"state":{"OPTIONAL":"PAUSED"},"new":{"OPTIONAL":1}}}}}}
            """##
        #expect(try Self.output(UpdateSession.get("us-1"), 200, tagged, .jsonRPC) == .init(state: .init(rawValue: "PAUSED")))
    }

    static let strange: [(Dialect, Int, String, String?, String)] = [
        (
            .api, 200, "<html>\n<title>Welcome\u{7}</title>", "text/html",
            "HTTP 200, text/html; not JSON: not a value at byte 0; it begins \"<html> <title>Welcome </title>\""
        ),
        (.rest, 200, "", nil, "HTTP 200, no content type; no body"), (.api, 204, "", nil, "HTTP 204, no content type; no body"),
        (.rest, 200, ##"["a"]"##, "application/json", "HTTP 200, application/json; no \"value\" in it"),
        (.api, 200, ##"["a""##, nil, "HTTP 200, no content type; not JSON: expected ',' or ']' at byte 4; it begins \"[\"a\"\""),
        (.api, 302, "", nil, "HTTP 302, no content type; neither a success nor a refusal"),
        (.api, 101, "", nil, "HTTP 101, no content type; neither a success nor a refusal"),
        (
            .api, 200, ##"{"secret":"x"}"##, nil,
            "HTTP 200, no content type; the result of com.vmware.content.library.list is not as declared: expected a list"
        ),
        (
            .rest, 200, ##"{"value":["a",5]}"##, nil,
            "HTTP 200, no content type; the result of com.vmware.content.library.list is not as declared: [1]: expected a string"
        ),
        (
            .jsonRPC, 200, "<html>", "text/html", "HTTP 200, text/html; not JSON: not a value at byte 0; it begins \"<html>\""
        ),
        (.jsonRPC, 200, "", nil, "HTTP 200, no content type; no body"),
        (.jsonRPC, 200, "{}", nil, "HTTP 200, no content type; neither result nor error in it"),
        (.jsonRPC, 302, "", nil, "HTTP 302, no content type; neither a success nor a refusal"),
        (.jsonRPC, 200, ##"{"result":{}}"##, nil, "HTTP 200, no content type; a result without output"),
        (.jsonRPC, 200, ##"{"result":null}"##, nil, "HTTP 200, no content type; a result without output"),
        (.jsonRPC, 200, ##"{"result":{"error":{"a":1,"b":2}}}"##, nil, "HTTP 200, no content type; an error that is not tagged ERROR"),
        (.jsonRPC, 200, ##"{"error":"x"}"##, nil, "HTTP 200, no content type; an error without a code"),
        (
            .jsonRPC, 200, ##"{"result":{"output":null}}"##, nil,
            "HTTP 200, no content type; the result of com.vmware.content.library.list is not as declared: expected a list"
        ),
    ]

    @Test(arguments: strange)
    func saysWhatCame(dialect: Dialect, status: Int, body: String, type: String?, text: String) {
        let error = #expect(throws: AnswerError.self) { try Self.output(Library.list(), status, body, dialect, type: type) }
        #expect(error?.description == text)
    }

    @Test func boundsWhatItQuotes() {
        let page = String(repeating: "<p>\u{1b}]0;\n\u{85}\u{2028}é", count: 10_000)
        let error = #expect(throws: AnswerError.self) { try Self.output(Library.list(), 200, page, .api, type: "text/\nhtml") }
        #expect((error?.description.count ?? 0) < 300)
        #expect(error?.description.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } ?? false)
    }

    @Test func protocolErrors() {
        let body = ##"{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"Method not found."}}"##
        #expect(throws: JSONRPCError(-32601, "Method not found.")) { try Self.output(Library.list(), 200, body, .jsonRPC) }
        #expect(throws: JSONRPCError(-32603, "")) { try Self.output(Library.list(), 500, ##"{"error":{"code":-32603}}"##, .jsonRPC) }
        #expect(JSONRPCError(-1, "a\nb").description == "JSON-RPC error -1: a b")
    }

    /// A dot segment is resolved on the way, and an empty one is another path: `remove("..")` would delete the session.
    @Test(arguments: ["", ".", ".."])
    func refusesDotSegments(name: String) throws {
        #expect(throws: WireError("\"\(name)\" cannot be sent as a part of a path", at: ["file_name"])) {
            try UpdateSession.File.remove("us-1", name).request(.api, .none)
        }
        for dialect in [Dialect.rest, .api] {
            #expect(throws: WireError.self) { try Item.delete(Item.ID(rawValue: name)).request(dialect, .none) }
        }
        _ = try Item.delete(Item.ID(rawValue: name)).request(.jsonRPC, .none)
        _ = try UpdateSession.File.remove("us-1", name).request(.rest, .none)
    }

    @Test func placesTheClientToken() throws {
        let call = UpdateSession.create("tok en", .init(libraryItemID: "i"))
        let query = try call.request(.api, .none)
        #expect(query.target == "/api/content/library/item/update-session?client_token=tok%20en" && query.header("client-token") == nil)
        let header = try call.request(.api, .none, CallOptions(clientToken: .header))
        #expect(header.target == "/api/content/library/item/update-session" && header.header("client-token") == "tok en")
        #expect(query.text == header.text)
        #expect(throws: WireError("cannot be sent in a header", at: ["client_token"])) {
            try UpdateSession.create("a\r\nb", .init()).request(.api, .none, CallOptions(clientToken: .header))
        }
        let rest = try call.request(.rest, .none, CallOptions(clientToken: .header))
        #expect(rest.text.contains(##""client_token":"tok en""##) && rest.header("client-token") == nil)
        #expect(try UpdateSession.create(nil, .init()).request(.api, .none, CallOptions(clientToken: .header)).header("client-token") == nil)
    }

    @Test func carriesTheOpID() throws {
        let request = try Library.list().request(.jsonRPC, .none, CallOptions(opID: "op-1"))
        #expect(try JSON(request.text)["params"]?["ctx"]?["appCtx"]?["opId"] == .string("op-1"))
        #expect(request.header("vapi-ctx-opid") == "op-1")
        let odd = try Library.list().request(.jsonRPC, .none, CallOptions(opID: "a\r\nb"))
        #expect(odd.header("vapi-ctx-opid") == nil)
        #expect(try JSON(odd.text)["params"]?["ctx"]?["appCtx"]?["opId"] == .string("a\r\nb"))
    }

    /// The whole request as the SDK sends it.
    @Test func envelope() throws {
        let request = try Session.create().request(.jsonRPC, .login(user: "u@vsphere.local", password: "pw"), CallOptions(opID: "7b0f"))
        let captured = ##"""
            {"jsonrpc":"2.0","method":"invoke","id":"0","params":{
              "serviceId":"com.vmware.cis.session","operationId":"create",
              "input":{"STRUCTURE":{"operation-input":{}}},
              "ctx":{"appCtx":{"opId":"7b0f"},
                     "securityCtx":{"schemeId":"com.vmware.vapi.std.security.user_pass","userName":"u@vsphere.local","password":"pw"}}}}
            """##
        #expect(try JSON(request.text) == JSON(captured))
        #expect(request.header("content-type") == "application/json")
    }

    @Test func responsesKeepTheirHeaders() throws {
        let response = HTTPResponse(200, headers: [("DATE", "Fri, 02 Jan 2026 03:04:05 GMT")], body: Array(##"{"expiration_time":"\##(momentText)"}"##.utf8))
        let session = try UpdateSession.get("us-1").output(of: response, .api)
        let expiration = try #require(session.expirationTime), date = try #require(response.date)
        #expect(expiration - date == .milliseconds(678))
    }

    /// Damaged answers are errors or other values; none stops the process.
    @Test func survivesDamage() throws {
        var random = SplitMix64(0x6361_6c6c)
        let list = "[\(UpdateSessionFileTests.pushTagged),\(UpdateSessionFileTests.pullTagged)]"
        let refusal = APIError(.notFound, [Message(id: "m", defaultMessage: "text", args: ["x"], localized: "y")], data: .object([]), challenge: "c")
        let seeds: [(Dialect, Int, [UInt8])] = [
            (.jsonRPC, 200, Array(##"{"jsonrpc":"2.0","id":"0","result":{"output":\##(list)}}"##.utf8)), (.jsonRPC, 200, refusal.response(.jsonRPC).body),
            (.rest, 200, Array(##"{"value":[\##(UpdateSessionFileTests.pushPlain)]}"##.utf8)), (.rest, 404, refusal.response(.rest).body),
            (.api, 200, Array("[\(UpdateSessionFileTests.pullPlain)]".utf8)), (.api, 404, refusal.response(.api).body),
        ]
        var outcomes: [String: Int] = [:]
        for _ in 0..<5000 {
            guard let (dialect, status, seed) = seeds.randomElement(using: &random) else { continue }
            var body = seed
            DocumentMaker.damage(&body, using: &random)
            do {
                _ = try UpdateSession.File.list("us-1").output(of: HTTPResponse(status, body: body), dialect)
                outcomes["read", default: 0] += 1
            } catch let error as APIError {
                outcomes[error.guessedFromStatus == nil ? "refused" : "guessed", default: 0] += 1
            } catch is AnswerError { outcomes["strange", default: 0] += 1 }
        }
        #expect(outcomes.count == 4 && outcomes.values.allSatisfy { $0 > 100 }, "\(outcomes)")
    }
}
