// `/rest` and `/api`: from a path, a query and a body to an operation and its parameters.

extension Router {
    func respond(to request: HTTPRequest, _ dialect: Dialect, finding find: () throws(APIError) -> (Endpoint, Parameters)) async -> HTTPResponse {
        do {
            let (endpoint, parameters) = try find()
            let caller = Caller(
                credentials: try credentials(of: request, dialect), dialect: dialect, operation: endpoint.facts, headers: request.headers,
                peer: request.peer, opID: request.header("vapi-ctx-opid"))
            let output = try await perform(endpoint, parameters, caller)
            return success(endpoint.facts, dialect, output, request)
        } catch { return dress(error).response(dialect) }
    }

    private func success(_ facts: Facts, _ dialect: Dialect, _ output: [UInt8], _ request: HTTPRequest) -> HTTPResponse {
        let status = facts.status(dialect)
        if facts.isVoid { return HTTPResponse(status) }
        guard dialect == .rest else { return .json(status, output) }
        var out = JSONWriter()
        out.object { out in
            out.key("value")
            out.raw(output)
        }
        var response = HTTPResponse.json(status, out.bytes)
        // A login through /rest is kept in a cookie, unless the client says that it sends the header.
        if facts.id == Session.create.facts.id, request.header("vmware-use-header-authn") != "true", let id = (try? JSON(parsing: output))?.text {
            response.headers.append(("Set-Cookie", "\(Credentials.sessionHeader)=\(id); Path=/rest; HttpOnly"))
        }
        return response
    }

    private func credentials(of request: HTTPRequest, _ dialect: Dialect) throws(APIError) -> Credentials {
        if let id = request.header(Credentials.sessionHeader) { return .session(id) }
        if let authorization = request.header("authorization") {
            guard let credentials = Credentials(authorization: authorization) else { throw Self.refused }
            return credentials
        }
        if dialect == .rest, let id = request.cookie(Credentials.sessionHeader) { return .session(id) }
        return .none
    }

    func rest(_ request: HTTPRequest) throws(APIError) -> (Endpoint, Parameters) {
        try checkQuery(of: request)
        let action = request.query.first { $0.name == "~action" }?.value ?? ""
        guard let (endpoint, id) = restEndpoint(request, action) else {
            throw APIError(
                .operationNotFound, "No operation for \(request.method) \(request.path)\(action.isEmpty ? "" : "?~action=\(action)").",
                id: "com.vmware.vapi.rest.operationsForUrlNotFound")
        }
        var parameters = Parameters(texts: request.query.filter { $0.name != "~action" })
        if let id, let name = endpoint.facts.restID { parameters.texts.insert((name, id), at: 0) }
        if let body = try bodyJSON(of: request) {
            parameters.body = try objectOnly(body)
        } else if [UpdateSession.fail.facts.id, DownloadSession.fail.facts.id].contains(endpoint.facts.id) {
            // govmomi fails a session with no body at all.
            parameters.texts.append(("client_error_message", "The client gave no reason."))
        }
        return (endpoint, parameters)
    }

    /// The operation, and the id in the path: all that follows `/id:`, for ids hold colons. An id without that prefix is taken as well, and so is
    /// a prefix that is encoded.
    private func restEndpoint(_ request: HTTPRequest, _ action: String) -> (Endpoint, id: String?)? {
        let segments = request.segments
        if let place = segments.firstIndex(where: { $0.hasPrefix("id:") }) {
            let path = segments[..<place].joined(separator: "/")
            guard let endpoint = byRest["\(request.method) \(path)/{} \(action)"],
                let id = percentDecode(segments[place...].joined(separator: "/").dropFirst("id:".count)), !id.isEmpty
            else { return nil }
            return (endpoint, id)
        }
        if let endpoint = byRest["\(request.method) \(request.path) \(action)"] { return (endpoint, nil) }
        let path = segments.dropLast().joined(separator: "/")
        guard let endpoint = byRest["\(request.method) \(path)/{} \(action)"], let last = segments.last.flatMap({ percentDecode($0) }) else { return nil }
        let id = last.hasPrefix("id:") ? String(last.dropFirst("id:".count)) : last
        return id.isEmpty ? nil : (endpoint, id)
    }

    func api(_ request: HTTPRequest) throws(APIError) -> (Endpoint, Parameters) {
        try checkQuery(of: request)
        let action = request.query.first { $0.name == "action" }?.value ?? ""
        let query = request.query.filter { $0.name != "action" }
        guard let (endpoint, found) = apiEndpoint(request, action, query.map(\.name)) else {
            throw APIError(
                .operationNotFound, "No operation for \(request.method) \(request.path)\(action.isEmpty ? "" : "?action=\(action)").",
                id: "com.vmware.vapi.rest.httpNotFound")
        }
        var parameters = Parameters(texts: found + query)
        if let token = request.header("client-token"), endpoint.facts.parameters.contains(where: { $0.name == Facts.clientToken }) {
            parameters.texts.append((Facts.clientToken, token))
        }
        if let body = try bodyJSON(of: request) {
            parameters.body = if let whole = endpoint.facts.wholeBody { .object([.init(whole, body)]) } else { try objectOnly(body) }
        }
        return (endpoint, parameters)
    }

    /// Of the operations whose path fits, those with the most literal segments (`update-session` over `{id}`); of these the one with the most
    /// required query names, if they are all there. One that lacks some is still taken where there is no other: it will say what is missing.
    private func apiEndpoint(
        _ request: HTTPRequest, _ action: String, _ query: [String]
    ) -> (Endpoint, found: [(name: String, value: String)])? {
        let path = Array(request.segments.dropFirst(2))
        var best: (Endpoint, found: [(name: String, value: String)], rank: (Int, Int))?
        for endpoint in byShape["\(request.method) \(path.count) \(action)"] ?? [] {
            let required = endpoint.facts.requiredQuery
            guard let route = endpoint.facts.route, let found = route.match(path) else { continue }
            let rank = (route.segments.count - route.parameters.count, required.allSatisfy(query.contains) ? required.count : -1)
            if best.map({ $0.rank < rank }) ?? true { best = (endpoint, found, rank) }
        }
        return best.map { ($0.0, $0.found) }
    }

    private func checkQuery(of request: HTTPRequest) throws(APIError) {
        if request.hasMalformedQuery { throw APIError(.invalidRequest, "The query is not percent-encoded UTF-8.", id: Self.malformed) }
    }

    private func bodyJSON(of request: HTTPRequest) throws(APIError) -> JSON? {
        guard !request.body.isEmpty else { return nil }
        do { return try JSON(parsing: request.body, limits: Self.requestLimits) } catch {
            throw APIError(.invalidRequest, "The body is not JSON: \(error).", id: Self.malformed)
        }
    }

    private func objectOnly(_ body: JSON) throws(APIError) -> JSON {
        guard case .object = body else { throw APIError(.invalidRequest, "The body is not a JSON object.", id: Self.malformed) }
        return body
    }
}

extension HTTPRequest {
    /// What stands between the slashes of the path, as it came.
    fileprivate var segments: [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// A cookie's value, in a `Cookie` header or in several.
    func cookie(_ name: String) -> String? {
        for header in headers where header.name.lowercased() == "cookie" {
            for pair in header.value.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(name + "=") { return String(text.dropFirst(name.count + 1)) }
            }
        }
        return nil
    }
}
