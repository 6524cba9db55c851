import ContentLibraryAPI
import Testing

struct APIErrorTests {
    typealias Kind = APIError.Kind

    static let table: [(kind: Kind, id: String, rest: Int, api: Int)] = [
        (.alreadyExists, "already_exists", 400, 400), (.alreadyInDesiredState, "already_in_desired_state", 400, 400), (.canceled, "canceled", 400, 400),
        (.concurrentChange, "concurrent_change", 409, 409), (.error, "error", 500, 500), (.featureInUse, "feature_in_use", 400, 400),
        (.internalServerError, "internal_server_error", 500, 500), (.invalidArgument, "invalid_argument", 400, 400),
        (.invalidElementConfiguration, "invalid_element_configuration", 400, 400), (.invalidElementType, "invalid_element_type", 400, 400),
        (.invalidRequest, "invalid_request", 400, 400), (.notAllowedInCurrentState, "not_allowed_in_current_state", 400, 400),
        (.notFound, "not_found", 404, 404), (.operationNotFound, "operation_not_found", 404, 404), (.resourceBusy, "resource_busy", 400, 500),
        (.resourceInaccessible, "resource_inaccessible", 400, 500), (.resourceInUse, "resource_in_use", 400, 400),
        (.serviceUnavailable, "service_unavailable", 503, 503), (.timedOut, "timed_out", 504, 504),
        (.unableToAllocateResource, "unable_to_allocate_resource", 400, 500), (.unauthenticated, "unauthenticated", 401, 401),
        (.unauthorized, "unauthorized", 403, 403), (.unexpectedInput, "unexpected_input", 400, 400), (.unsupported, "unsupported", 400, 400),
        (.unverifiedPeer, "unverified_peer", 400, 400), (Kind(rawValue: "of_a_newer_server"), "of_a_newer_server", 400, 400),
    ]

    /// Every kind, thrown by a handler, arrives as it was, and in the form of its dialect.
    @Test(arguments: table)
    func crossesTheWire(kind: Kind, id: String, rest: Int, api: Int) async throws {
        let messages = [Message(id: "m.1", defaultMessage: "what \"failed\"", args: ["a", "b"]), Message(id: "m.2", defaultMessage: "why")]
        let error = APIError(kind, messages)
        var router = Router()
        router.on(UpdateSession.complete) { _, _ in throw error }
        let full = "com.vmware.vapi.std.errors." + id
        let plain = ##"[{"id":"m.1","default_message":"what \"failed\"","args":["a","b"]},{"id":"m.2","default_message":"why","args":[]}]"##
        let tagged = ##"""
            [{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"m.1","default_message":"what \"failed\"","args":["a","b"]}}},
            {"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"m.2","default_message":"why","args":[]}}}]
            """##
        let bodies: [Dialect: (Int, String)] = [
            .jsonRPC: (
                200,
                ##"""
                {"jsonrpc":"2.0","id":"0","result":{"error":{"ERROR":{"\##(full)":{"messages":\##(tagged),"data":{"OPTIONAL":null},
                "error_type":{"OPTIONAL":"\##(id.uppercased())"}}}}}}
                """##
            ),
            .rest: (rest, ##"{"type":"\##(full)","value":{"messages":\##(plain)}}"##),
            .api: (api, ##"{"error_type":"\##(id.uppercased())","messages":\##(plain)}"##),
        ]
        for dialect in Dialect.allCases {
            let call = UpdateSession.complete("us-1")
            let response = await router.respond(to: try call.request(dialect, .none))
            let (status, body) = try #require(bodies[dialect])
            #expect(response.status == status)
            #expect(try canonical(response.text) == canonical(body))
            #expect(response.header("vapi-error") == (dialect == .jsonRPC ? full : nil))
            #expect(response.header("content-type") == "application/json")
            #expect(throws: error) { try call.output(of: response, dialect) }
        }
    }

    @Test func keepsDataAndChallenge() async throws {
        let data = JSON.object([.init("k", .array([.int(1), .null]))])
        let error = APIError(.unauthenticated, [], data: data, challenge: "Basic realm=\"x\"")
        var router = Router()
        router.on(Session.get) { _ in throw error }
        for dialect in Dialect.allCases {
            let response = await router.respond(to: try Session.get().request(dialect, .none))
            #expect(throws: error) { try Session.get().output(of: response, dialect) }
        }
    }

    /// As servers were seen to send them: without what they should hold, in the other dialect's form, as text/plain, or with an empty body.
    @Test(arguments: [
        (404, ##"{"type":"com.vmware.vapi.std.errors.not_found","value":{}}"##, Kind.notFound, nil),
        (400, ##"{"type":"com.vmware.vapi.std.errors.resource_busy"}"##, .resourceBusy, nil),
        (400, ##"{"type":"com.example.special","value":{"messages":[]}}"##, Kind(rawValue: "com.example.special"), nil),
        (500, ##"{"error_type":"RESOURCE_BUSY"}"##, .resourceBusy, nil), (400, ##"{"error_type":"RESOURCE_BUSY","messages":null}"##, .resourceBusy, nil),
        (400, ##"{"error_type":"UNSUPPORTED","messages":[7,{"args":[1,"x"]},{"id":5}],"data":null}"##, .unsupported, nil),
        (404, "404 page not found\n", .notFound, 404), (401, "", .unauthenticated, 401), (407, "", .unauthenticated, 407), (402, "", .unauthorized, 402),
        (403, "", .unauthorized, 403), (410, "", .notFound, 410), (408, "", .timedOut, 408), (504, "<html>", .timedOut, 504),
        (409, "{}", .concurrentChange, 409), (428, "[]", .concurrentChange, 428), (423, "", .resourceBusy, 423), (429, "", .serviceUnavailable, 429),
        (503, "", .serviceUnavailable, 503), (507, "", .unableToAllocateResource, 507), (500, "", .internalServerError, 500),
        (506, "", .internalServerError, 506), (508, "", .internalServerError, 508), (502, "", .internalServerError, 502), (400, "", .invalidRequest, 400),
        (418, "", .invalidRequest, 418),
    ])
    func readsWhatServersSend(status: Int, body: String, kind: Kind, guessed: Int?) {
        for dialect in [Dialect.rest, .api] {
            let response = HTTPResponse(status, headers: [("Content-Type", "text/plain")], body: Array(body.utf8))
            let error = #expect(throws: APIError.self) { try Library.list().output(of: response, dialect) }
            #expect(error?.kind == kind)
            #expect(error?.guessedFromStatus == guessed)
        }
    }

    @Test func readsWhatServersSendInJSONRPC() throws {
        func error(_ status: Int, _ body: String) -> APIError? {
            #expect(throws: APIError.self) { try Library.list().output(of: HTTPResponse(status, body: Array(body.utf8)), .jsonRPC) }
        }
        let bare = ##"{"jsonrpc":"2.0","id":"0","result":{"error":{"ERROR":{"com.vmware.vapi.std.errors.not_found":{}}},"output":["a"]}}"##
        #expect(error(200, bare) == APIError(.notFound))
        #expect(error(500, bare) == APIError(.notFound))
        let page = error(503, "<html>\n<b>no upstream</b>")
        #expect(page?.kind == .serviceUnavailable && page?.guessedFromStatus == 503)
        #expect(page?.description == "service_unavailable: HTTP 503, no content type; it begins \"<html> <b>no upstream</b>\"")
    }

    @Test func describesItselfInOneLine() {
        let error = APIError(
            .notFound, [Message(id: "a", defaultMessage: "The item\nx\r\n\u{1b}[31mis gone."), Message(id: "b.c", defaultMessage: "", args: ["1", "2"])])
        #expect(error.description == "not_found: The item x   [31mis gone.: b.c 1 2")
        #expect(APIError(.error).description == "error")
        #expect(APIError(.error, String(repeating: "x", count: 5000)).description.count < 2100)
    }

    @Test func namesTheUnsupportedProperty() {
        let error = APIError(.invalidArgument, "", id: "com.vmware.vapi.rest.unsupportedProperty", args: ["client_token"])
        #expect(error.unsupportedProperty == "client_token")
        #expect(APIError(.invalidArgument, "client_token").unsupportedProperty == nil)
    }

    @Test func answersByItself() throws {
        let error = APIError(.serviceUnavailable, "busy")
        #expect(error.response(.rest).status == 503 && error.response(.api).status == 503)
        let response = error.response(.jsonRPC, id: .int(7))
        #expect(response.status == 200)
        #expect(try JSON(response.text)["id"] == .int(7))
        #expect(throws: error) { try Library.list().output(of: response, .jsonRPC) }
    }
}
