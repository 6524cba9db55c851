import ContentLibraryAPI
import Testing

struct RouterJSONRPCTests {
    static func answer(_ body: String, headers: [(name: String, value: String)] = []) async throws -> JSON {
        let response = await RouterTests.echo().respond(to: HTTPRequest("POST", "/api", headers: headers, body: Array(body.utf8)))
        #expect(response.status == 200)
        #expect(response.header("content-type") == "application/json")
        return try JSON(response.text)
    }

    static func request(id: String = "\"0\"", service: String = "com.vmware.content.library", name: String = "list", input: String = Exchange.input()) -> String
    {
        ##"{"jsonrpc":"2.0","method":"invoke","id":\##(id),"params":{"serviceId":"\##(service)","operationId":"\##(name)","input":\##(input),"ctx":{"appCtx":{}}}}"##
    }

    @Test(arguments: [
        ("", -32700, "null"), ("{", -32700, "null"), ("\u{feff}{}", -32700, "null"), ("[]", -32600, "null"), ("[\(request())]", -32600, "null"),
        ("{}", -32600, "null"),
        (##"{"jsonrpc":"1.0","id":"0","method":"invoke"}"##, -32600, "null"), (##"{"jsonrpc":"2.0","method":"invoke"}"##, -32600, "null"),
        (##"{"jsonrpc":"2.0","id":"0","method":"list"}"##, -32601, "\"0\""), (##"{"jsonrpc":"2.0","id":7}"##, -32601, "7"),
        (##"{"jsonrpc":"2.0","id":"0","method":"invoke"}"##, -32602, "\"0\""),
        (##"{"jsonrpc":"2.0","id":"0","method":"invoke","params":{"serviceId":"s","operationId":"o"}}"##, -32602, "\"0\""),
        (request(input: "{}"), -32602, "\"0\""), (request(input: ##"{"STRUCTURE":{}}"##), -32602, "\"0\""),
        (request(input: ##"{"STRUCTURE":{"operation-input":[]}}"##), -32602, "\"0\""), (request(input: ##"{"STRUCTURE":{"a":{},"b":{}}}"##), -32602, "\"0\""),
    ])
    func refusesEnvelopes(body: String, code: Int64, id: String) async throws {
        let answer = try await Self.answer(body)
        #expect(answer["error"]?["code"] == .int(code))
        #expect(answer["id"] == (try JSON(id)))
        #expect(answer["jsonrpc"] == .string("2.0") && answer["result"] == nil)
    }

    @Test(arguments: ["\"0\"", "0", "9223372036854775807", "1.5", "null", "{\"a\":[1]}", "\"\\u00e9\\\"\""])
    func echoesTheIDWithItsType(id: String) async throws {
        #expect(try await Self.answer(Self.request(id: id))["id"] == (try JSON(id)))
        #expect(try await Self.answer(Self.request(id: id, name: "nothing"))["id"] == (try JSON(id)))
    }

    @Test func comparesTheHeaders() async throws {
        let right = [(name: "vapi-service", value: "com.vmware.content.library"), ("VAPI-Operation", "list")]
        #expect(try await Self.answer(Self.request(), headers: right)["error"] == nil)
        for wrong in [[(name: "vapi-service", value: "com.vmware.content")], [(name: "vapi-operation", value: "get")]] {
            let answer = try await Self.answer(Self.request(), headers: wrong)
            #expect(answer["error"]?["code"] == .int(-31001) && answer["id"] == .string("0"))
        }
    }

    /// An unknown service or operation is an error of the API.
    @Test(arguments: [("com.vmware.content.library", "lists"), ("com.vmware.content.libraries", "list"), ("", "")])
    func unknownOperations(service: String, name: String) async throws {
        let answer = try await Self.answer(Self.request(service: service, name: name))
        #expect(answer["result"]?["error"]?["ERROR"]?.only?.name == "com.vmware.vapi.std.errors.operation_not_found")
        #expect(answer["error"] == nil)
    }

    @Test(arguments: [
        (##""update_session_id":"u","client_progress":42"##, "client_progress: expected an OPTIONAL"),
        (##""update_session_id":"u","client_progress":{"OPTIONAL":"42"}"##, "client_progress: expected a whole number"),
        (##""update_session_id":"u","client_progress":{"OPTIONAL":4,"x":1}"##, "client_progress: expected an OPTIONAL"),
        (##""update_session_id":"u","client_progress":{"VALUE":4}"##, "client_progress: expected an OPTIONAL"),
        (##""update_session_id":{"OPTIONAL":"u"}"##, "update_session_id: expected a string"),
        (##""client_progress":{"OPTIONAL":null}"##, "update_session_id: missing"),
    ])
    func refusesMalformedInput(members: String, problem: String) async throws {
        let body = Self.request(service: "com.vmware.content.library.item.update_session", name: "keep_alive", input: Exchange.input(members))
        let response = await RouterTests.echo().respond(to: HTTPRequest("POST", "/api", body: Array(body.utf8)))
        let error = #expect(throws: APIError.self) { try Library.list().output(of: response, .jsonRPC) }
        #expect(error?.description == "invalid_argument: " + problem)
    }

    @Test(arguments: [
        (##""file_spec":{"name":"a","source_type":"PUSH"}"##, "file_spec: expected a STRUCTURE"),
        (##""file_spec":{"STRUCTURE":{"x":{"name":"a"}}}"##, "file_spec.source_type: missing"),
        (##""file_spec":{"STRUCTURE":{"x":[]}}"##, "file_spec: expected an object"), (##""file_spec":{"STRUCTURE":{}}"##, "file_spec: expected a STRUCTURE"),
        (
            ##""file_spec":{"STRUCTURE":{"x":{"name":"a","source_type":"PULL","source_endpoint":{"OPTIONAL":{"STRUCTURE":{"y":{}}}}}}}"##,
            "file_spec.source_endpoint.uri: missing"
        ),
    ])
    func refusesMalformedStructures(members: String, problem: String) async throws {
        let body = Self.request(
            service: "com.vmware.content.library.item.updatesession.file", name: "add", input: Exchange.input(##""update_session_id":"u",\##(members)"##))
        let response = await RouterTests.echo().respond(to: HTTPRequest("POST", "/api", body: Array(body.utf8)))
        let error = #expect(throws: APIError.self) { try Library.list().output(of: response, .jsonRPC) }
        #expect(error?.description == "invalid_argument: " + problem)
    }

    /// Unset may be said, or not said; unknown keys are nobody's business.
    @Test func acceptsWhatIsOmitted() async throws {
        let body = ##"""
            {"x":1,"params":{"ctx":null,"y":[],"input":{"STRUCTURE":{"operation-input":{"update_session_id":"u","z":{"OPTIONAL":{"STRUCTURE":{}}}}}},
            "operationId":"keep_alive","serviceId":"com.vmware.content.library.item.update_session"},"id":"0","method":"invoke","jsonrpc":"2.0"}
            """##
        let answer = try await Self.answer(body)
        #expect(answer["result"]?["error"]?["ERROR"]?.only?.name == "com.vmware.vapi.std.errors.canceled")
    }
}
