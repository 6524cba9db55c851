/// Puts the encoded arguments of a call where a dialect wants them.
struct RequestLayout {
    let facts: Facts
    let arguments: [Argument]
    let credentials: Credentials
    let options: CallOptions

    func jsonRPC() -> HTTPRequest {
        var out = JSONWriter()
        out.object { out in
            out.member("jsonrpc", "2.0")
            out.member("method", "invoke")
            out.member("id", "0")
            out.key("params")
            out.object { out in
                out.member("serviceId", facts.service)
                out.member("operationId", facts.name)
                out.key("input")
                writeInput(to: &out)
                out.key("ctx")
                writeContext(to: &out)
            }
        }
        var headers = [(name: "Content-Type", value: "application/json"), ("vapi-service", facts.service), ("vapi-operation", facts.name)]
        if let opID = options.opID, opID.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) { headers.append(("vapi-ctx-opid", opID)) }
        return HTTPRequest("POST", "/api", headers: headers, body: out.bytes)
    }

    private func writeInput(to out: inout JSONWriter) {
        out.object { out in
            out.key("STRUCTURE")
            out.object { out in
                out.key("operation-input")
                out.object { out in write(arguments, to: &out) }
            }
        }
    }

    private func writeContext(to out: inout JSONWriter) {
        out.object { out in
            out.key("appCtx")
            out.object { out in if let opID = options.opID { out.member("opId", opID) } }
            credentials.writeSecurityContext(to: &out)
        }
    }

    func rest() throws(WireError) -> HTTPRequest {
        var request = try plain(facts.restMethod, facts.restPath)
        var rest = arguments.filter { !$0.isUnset }
        if let id = facts.restID {
            guard let index = rest.firstIndex(where: { $0.name == id }) else { throw WireError("missing", at: [id]) }
            request.path += "/id:" + (try rest.remove(at: index).pathSegment())
        }
        if let action = facts.restAction { request.query.append(("~action", action)) }
        if request.method == "GET" || request.method == "DELETE" {
            for argument in rest { request.query.append((argument.name, try argument.text())) }
        } else {
            setBody(of: &request, object(rest))
        }
        return request
    }

    func api() throws(WireError) -> HTTPRequest {
        guard let route = facts.route else { throw WireError("/api has no operation \(facts.id); JSON-RPC and /rest do") }
        var request = try plain(route.method, "/api")
        let given = arguments.filter { !$0.isUnset }
        for segment in route.segments {
            switch segment {
            case .literal(let word): request.path += "/" + word
            case .parameter(let name):
                guard let argument = given.first(where: { $0.name == name }) else { throw WireError("missing", at: [name]) }
                request.path += "/" + (try argument.pathSegment())
            }
        }
        if let action = route.action { request.query.append(("action", action)) }
        let bodyNames = facts.bodyParameters.map(\.name)
        for argument in given where !route.parameters.contains(argument.name) && !bodyNames.contains(argument.name) {
            if argument.name == Facts.clientToken, options.clientToken == .header {
                request.headers.append(("Client-Token", try headerValue(of: argument)))
            } else {
                request.query.append((argument.name, try argument.text()))
            }
        }
        if let whole = facts.wholeBody {
            setBody(of: &request, given.first { $0.name == whole }?.json ?? [])
        } else {
            setBody(of: &request, object(given.filter { bodyNames.contains($0.name) }))
        }
        return request
    }

    private func plain(_ method: String, _ path: String) throws(WireError) -> HTTPRequest {
        var request = HTTPRequest(method, path, headers: [("Accept", "application/json")])
        if let header = try credentials.header() { request.headers.append(header) }
        return request
    }

    private func headerValue(of argument: Argument) throws(WireError) -> String {
        let text = try argument.text()
        guard text.utf8.allSatisfy({ 0x20...0x7e ~= $0 }) else { throw WireError("cannot be sent in a header", at: [argument.name]) }
        return text
    }

    private func setBody(of request: inout HTTPRequest, _ body: [UInt8]) {
        guard !body.isEmpty else { return }
        request.body = body
        request.headers.append(("Content-Type", "application/json"))
    }

    /// Nothing at all for no arguments.
    private func object(_ arguments: [Argument]) -> [UInt8] {
        guard !arguments.isEmpty else { return [] }
        var out = JSONWriter()
        out.object { out in write(arguments, to: &out) }
        return out.bytes
    }

    private func write(_ arguments: [Argument], to out: inout JSONWriter) {
        for argument in arguments {
            out.key(argument.name)
            out.raw(argument.json)
        }
    }
}
