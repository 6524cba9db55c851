// JSON-RPC: from an envelope to an operation and its parameters.

extension Router {
    /// A request that is in order as far as the envelope goes.
    private struct Envelope {
        var id: JSON
        var service: String
        var name: String
        var input: JSON
        var context: JSON
    }

    func respondJSONRPC(to request: HTTPRequest) async -> HTTPResponse {
        var id = JSON.null
        do {
            let envelope = try envelope(of: request, id: &id)
            let output = try await output(of: envelope, request)
            return answer(id, "result") { out in
                out.object { out in
                    out.key("output")
                    out.raw(output)
                }
            }
        } catch let error as APIError {
            return dress(error).response(.jsonRPC, id: id)
        } catch {
            let error = error as? JSONRPCError ?? JSONRPCError(-32603, "Internal error.")
            return answer(id, "error") { out in
                out.object { out in
                    out.key("code")
                    out.int(error.code)
                    out.member("message", error.message)
                }
            }
        }
    }

    private func answer(_ id: JSON, _ name: String, _ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        var out = JSONWriter()
        out.object { out in
            out.member("jsonrpc", "2.0")
            out.key("id")
            out.value(id)
            out.key(name)
            body(&out)
        }
        return .json(200, out.bytes)
    }

    /// `id` is set once it is known, for an error to echo: with its own JSON type, or the SDK does not take the answer for its own.
    private func envelope(of request: HTTPRequest, id: inout JSON) throws(JSONRPCError) -> Envelope {
        let json: JSON
        do { json = try JSON(parsing: request.body, limits: Self.requestLimits) } catch { throw JSONRPCError(-32700, "Parse error: \(error).") }
        guard let given = json["id"], json["jsonrpc"]?.text == "2.0" else { throw JSONRPCError(-32600, "Invalid request.") }
        id = given
        guard json["method"]?.text == "invoke" else { throw JSONRPCError(-32601, "Method not found.") }
        let params = json["params"] ?? .null
        guard let service = params["serviceId"]?.text, let name = params["operationId"]?.text,
            let input = params["input"]?["STRUCTURE"]?.only?.value, case .object = input
        else { throw JSONRPCError(-32602, "Invalid params: serviceId, operationId and input.STRUCTURE are needed.") }
        for (header, value) in [("vapi-service", service), ("vapi-operation", name)] {
            if let given = request.header(header), given != value { throw JSONRPCError(-31001, "The header \(header) and the body disagree.") }
        }
        return Envelope(id: id, service: service, name: name, input: input, context: params["ctx"] ?? .null)
    }

    private func output(of envelope: Envelope, _ request: HTTPRequest) async throws(APIError) -> [UInt8] {
        guard let endpoint = byID[envelope.service + "." + envelope.name] else {
            throw APIError(
                .operationNotFound, "No operation \(envelope.name) of service \(envelope.service).", args: [envelope.service, envelope.name])
        }
        // The headers win over the body's context.
        let opID = request.header("vapi-ctx-opid") ?? envelope.context["appCtx"]?["opId"]?.text
        let caller = Caller(
            credentials: try credentials(of: envelope, request), dialect: .jsonRPC, operation: endpoint.facts, headers: request.headers, peer: request.peer,
            opID: opID)
        return try await perform(endpoint, Parameters(body: envelope.input, tagged: true), caller)
    }

    private func credentials(of envelope: Envelope, _ request: HTTPRequest) throws(APIError) -> Credentials {
        if let id = request.header(Credentials.sessionHeader) { return .session(id) }
        guard let context = envelope.context["securityCtx"], !context.isNull else { return .none }
        guard let credentials = Credentials(securityContext: context) else { throw Self.refused }
        return credentials
    }
}
