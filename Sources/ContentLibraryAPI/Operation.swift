
/// One operation of the API: the only place where its names, parameters, result and route are written.
public struct Operation<Output: WireValue, each Input: WireValue>: Sendable {
    public let facts: Facts
    let names: (repeat (String, (each Input).Type))

    init(_ facts: Facts, _ names: (repeat (String, (each Input).Type))) { (self.facts, self.names) = (facts, names) }
}

public struct Service: Sendable {
    let id: String, path: String
    /// `path` is where `/api` has the service; the operations' routes continue it.
    public init(_ id: String, at path: String) { (self.id, self.path) = (id, path) }

    public func operation<Output: WireValue, each Input: WireValue>(
        _ name: String, _ route: String, takes input: repeat (String, (each Input).Type), returns: Output.Type = Nothing.self
    ) -> Operation<Output, repeat each Input> {
        var parameters: [Facts.Parameter] = []
        repeat parameters.append(.init(name: (each input).0, form: Codec.form((each Input).self), isOptional: Codec.isOptional((each Input).self)))
        let words = route.split(separator: " ", maxSplits: 1)
        let route = Route("\(words[0]) \(path)\(words.count > 1 ? words[1] : "")")
        return Operation(Facts(service: id, name: name, route: route, parameters: parameters, isVoid: Codec.form(Output.self) == .void), (repeat each input))
    }
}

/// What the three dialects derive from the declaration, once per operation.
public struct Facts: Sendable {
    public struct Parameter: Sendable { let name: String, form: Form, isOptional: Bool }
    public let service: String, name: String
    public let route: Route
    public let parameters: [Parameter]
    public let isVoid: Bool

    /// The parameter that `/rest` writes as `/id:...`: the first required id, except where a collection is addressed.
    var restID: String? {
        ["create", "list"].contains(name) ? nil : parameters.first { $0.form == .id && !$0.isOptional }?.name
    }
    var restPath: String { "/rest/" + dashed(String(service.map { $0 == "." ? "/" : $0 })) }
    var restMethod: String {
        switch name {
        case "list": "GET"
        case "get": parameters.count > (restID == nil ? 0 : 1) ? "POST" : "GET"
        case "update": "PATCH"
        case "delete": "DELETE"
        default: "POST"
        }
    }
    var restAction: String? { ["list", "create", "update", "delete"].contains(name) || restMethod == "GET" ? nil : dashed(name) }
    /// The parameter that is the whole body in `/api`: a structure that is alone there and is called a spec (probe's subscription_info is not).
    var wholeBody: String? {
        let rest = bodyParameters
        return rest.count == 1 && rest[0].form == .structure && rest[0].name.hasSuffix("spec") ? rest[0].name : nil
    }
    var bodyParameters: [Parameter] {
        hasBody ? parameters.filter { $0.name != "client_token" && !route.parameters.contains($0.name) } : []
    }
    var hasBody: Bool { route.method == "POST" || route.method == "PATCH" || route.method == "PUT" }
    func status(_ dialect: Dialect) -> Int {
        guard dialect == .api else { return 200 }
        return isVoid ? 204 : route.method == "POST" && route.action == nil ? 201 : 200
    }
}

// MARK: client

extension Operation {
    public func request(_ input: repeat each Input, as dialect: Dialect, credentials: Credentials) throws -> HTTPRequest {
        switch dialect {
        case .jsonRPC:
            var out = JSONWriter()
            out.raw(#"{"jsonrpc":"2.0","method":"invoke","id":"0","params":{"serviceId":"\#(facts.service)","operationId":"\#(facts.name)","input":{"STRUCTURE":{"operation-input":{"#)
            repeat try Codec.field((each names).0, each input, &out, tagged: true)
            out.close("}"); out.close("}"); out.close("}")
            out.key("ctx"); out.open("{"); out.key("appCtx"); out.open("{"); out.close("}")
            switch credentials {
            case .none: break
            case .login(let user, let password):
                out.key("securityCtx"); out.open("{")
                out.key("schemeId"); out.string("com.vmware.vapi.std.security.user_pass")
                out.key("userName"); out.string(user); out.key("password"); out.string(password); out.close("}")
            case .session(let id):
                out.key("securityCtx"); out.open("{")
                out.key("schemeId"); out.string("com.vmware.vapi.std.security.session_id"); out.key("sessionId"); out.string(id); out.close("}")
            }
            out.close("}"); out.close("}"); out.close("}")
            return HTTPRequest("POST", "/api", headers: [("Content-Type", "application/json"), ("vapi-service", facts.service), ("vapi-operation", facts.name)], body: out.bytes)
        case .rest, .api:
            var given: [(name: String, json: [UInt8])] = []
            func take<T: WireValue>(_ name: String, _ value: T) throws {
                let json = try Codec.encode(value, tagged: false)
                if json != Array("null".utf8) { given.append((name, json)) }
            }
            repeat try take((each names).0, each input)
            return try Distribution(facts, given).request(dialect, credentials)
        }
    }

    public func output(of response: HTTPResponse, as dialect: Dialect) throws -> Output {
        let json = response.body.isEmpty ? nil : try? JSON(parsing: response.body)
        if dialect == .jsonRPC {
            guard let json else { throw WireError("HTTP \(response.status) without JSON") }
            if let e = json["error"], !e.isNull { throw WireError("protocol error \(e.serialized)") }
            guard let result = json["result"] else { throw WireError("no result") }
            if let error = result["error"], !error.isNull { throw try APIError(tagged: error) }
            guard let output = result["output"] else { throw WireError("result without output") }
            return try Codec.decode(Output.self, output, tagged: true)
        }
        guard 200..<300 ~= response.status else { throw APIError(response: response, json) }
        if let nothing = Codec.nothing(Output.self) { return nothing }
        guard let json, let value = dialect == .rest ? json["value"] : json else { throw WireError("no value in the response") }
        return try Codec.decode(Output.self, value, tagged: false)
    }
}

/// Puts encoded parameters where `/rest` and `/api` want them.
struct Distribution {
    let facts: Facts
    let given: [(name: String, json: [UInt8])]
    init(_ facts: Facts, _ given: [(name: String, json: [UInt8])]) { (self.facts, self.given) = (facts, given) }

    func text(_ json: [UInt8]) throws -> String {
        switch try JSON(parsing: json) {
        case .string(let s): s
        case let other: other.serialized
        }
    }
    func object(_ members: [(name: String, json: [UInt8])]) -> [UInt8] {
        guard !members.isEmpty else { return [] }
        var out = JSONWriter()
        out.open("{")
        for m in members { out.key(m.name); out.raw(m.json) }
        out.close("}")
        return out.bytes
    }
    func request(_ dialect: Dialect, _ credentials: Credentials) throws -> HTTPRequest {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        switch credentials {
        case .none: break
        case .login(let user, let password): headers.append(("Authorization", "Basic " + base64(user + ":" + password)))
        case .session(let id): headers.append(("vmware-api-session-id", id))
        }
        var request = HTTPRequest("", "", headers: headers)
        if dialect == .rest {
            (request.method, request.path) = (facts.restMethod, facts.restPath)
            var rest = given
            if let id = facts.restID, let i = rest.firstIndex(where: { $0.name == id }) {
                request.path += "/id:" + percentEncode(try text(rest.remove(at: i).json))
            }
            if let action = facts.restAction { request.query.append(("~action", action)) }
            if request.method == "GET" || request.method == "DELETE" {
                for p in rest { request.query.append((p.name, try text(p.json))) }
            } else { request.body = object(rest) }
        } else {
            request.method = facts.route.method
            request.path = "/api"
            for segment in facts.route.segments {
                switch segment {
                case .literal(let word): request.path += "/" + word
                case .parameter(let name):
                    guard let p = given.first(where: { $0.name == name }) else { throw WireError("missing", at: [name]) }
                    request.path += "/" + percentEncode(try text(p.json))
                }
            }
            if let action = facts.route.action { request.query.append(("action", action)) }
            let rest = given.filter { !facts.route.parameters.contains($0.name) }
            let body = facts.bodyParameters.map(\.name)
            for p in rest where !body.contains(p.name) { request.query.append((p.name, try text(p.json))) }
            request.body = facts.wholeBody.map { whole in rest.first { $0.name == whole }?.json ?? [] } ?? object(rest.filter { body.contains($0.name) })
        }
        if !request.body.isEmpty { request.headers.append(("Content-Type", "application/json")) }
        return request
    }
}

// MARK: errors

extension APIError {
    init(tagged json: JSON) throws {
        guard let error = json["ERROR"]?.only else { throw WireError("expected an ERROR") }
        self.init(Kind(id: error.name), try Codec.read("messages", of: error.value, tagged: true))
    }
    /// The body decides; the status only where there is no body to read.
    init(response: HTTPResponse, _ json: JSON?) {
        let messages = (json?["value"] ?? json)?["messages"].flatMap { try? Codec.decode([Message].self, $0, tagged: false) } ?? []
        if let id = json?["type"]?.text { self.init(Kind(id: id), messages) }
        else if let type = json?["error_type"]?.text { self.init(Kind(rawValue: type.lowercased()), messages) }
        else { self.init(Kind(status: response.status), messages) }
    }
    func body(_ dialect: Dialect) -> [UInt8] {
        var out = JSONWriter()
        func list(_ out: inout JSONWriter) { out.key("messages"); out.raw((try? Codec.encode(messages, tagged: dialect == .jsonRPC)) ?? []) }
        out.open("{")
        switch dialect {
        case .jsonRPC:
            out.key("ERROR"); out.open("{"); out.key(kind.id); out.open("{")
            list(&out)
            out.raw(#""data":{"OPTIONAL":null},"error_type":{"OPTIONAL":"\#(kind.rawValue.uppercased())"}"#)
            out.close("}"); out.close("}")
        case .rest: out.key("type"); out.string(kind.id); out.key("value"); out.open("{"); list(&out); out.close("}")
        case .api: out.key("error_type"); out.string(kind.rawValue.uppercased()); list(&out)
        }
        out.close("}")
        return out.bytes
    }
}

// MARK: server

public struct Caller: Sendable {
    public let credentials: Credentials
    public let operation: String
}

/// Answers all three dialects for the operations it was given a handler for.
public struct Router: Sendable {
    struct Endpoint: Sendable {
        let facts: Facts
        /// Parameters by name, however they came, to the encoded output.
        let run: @Sendable (_ caller: Caller, _ parameters: JSON, _ tagged: Bool) async throws -> [UInt8]
    }
    private var byID: [String: Endpoint] = [:]
    private var byRest: [String: Endpoint] = [:]
    private var byShape: [String: [Endpoint]] = [:]
    public init() {}
    public var operations: Set<String> { Set(byID.keys) }

    public mutating func on<Output, each Input>(
        _ operation: Operation<Output, repeat each Input>, _ handler: @escaping @Sendable (Caller, repeat each Input) async throws -> Output
    ) {
        let endpoint = Endpoint(facts: operation.facts) { caller, parameters, tagged in
            func read<T: WireValue>(_ name: String, _: T.Type) throws -> T { try Codec.read(name, of: parameters, tagged: tagged) }
            let input: (repeat each Input)
            do { input = (repeat try read((each operation.names).0, (each Input).self)) }
            catch let error as WireError { throw APIError(.invalidArgument, error.description, id: "com.example.malformed") }
            let output = try await handler(caller, repeat each input)
            return try Codec.encode(output, tagged: tagged)
        }
        let f = operation.facts
        byID[f.service + "." + f.name] = endpoint
        let base = f.restPath + (f.restID == nil ? "" : "/{}")
        byRest["\(f.restMethod) \(base) \(f.restAction ?? "")"] = endpoint
        byRest["POST \(base) \(dashed(f.name))"] = endpoint  // every operation also answers to its own name
        for action in Set([f.route.action ?? "", f.name]) {
            byShape["\(f.route.method) \(f.route.segments.count) \(dashed(action))", default: []].append(endpoint)
        }
    }

    public func respond(to request: HTTPRequest) async -> HTTPResponse {
        if request.path == "/api" { return await jsonRPC(request) }
        let dialect: Dialect = request.path.hasPrefix("/rest/") ? .rest : .api
        do {
            let (endpoint, parameters) = try dialect == .rest ? rest(request) : api(request)
            let caller = Caller(credentials: credentials(request), operation: endpoint.facts.service + "." + endpoint.facts.name)
            let output = try await endpoint.run(caller, .object(parameters), false)
            let status = endpoint.facts.status(dialect)
            if endpoint.facts.isVoid { return HTTPResponse(status) }
            return HTTPResponse(status, headers: [("Content-Type", "application/json")], body: dialect == .rest ? Array(#"{"value":"#.utf8) + output + [UInt8(ascii: "}")] : output)
        } catch {
            let error = error as? APIError ?? APIError(.internalServerError, "\(error)")
            return HTTPResponse(error.kind.status(dialect), headers: [("Content-Type", "application/json")], body: error.body(dialect))
        }
    }

    func credentials(_ request: HTTPRequest) -> Credentials {
        if let id = request.header("vmware-api-session-id") { return .session(id) }
        if let basic = request.header("authorization"), basic.hasPrefix("Basic "), let pair = base64Decode(basic.dropFirst(6)), let colon = pair.firstIndex(of: ":") {
            return .login(user: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
        }
        return .none
    }
    func bodyMembers(_ request: HTTPRequest) throws -> JSON? {
        guard !request.body.isEmpty else { return nil }
        do { return try JSON(parsing: request.body) } catch { throw APIError(.invalidRequest, "the body is not JSON: \(error.description)") }
    }

    func rest(_ request: HTTPRequest) throws -> (Endpoint, [JSON.Member]) {
        var path = request.path, id: String?
        if let colon = path.range(of: "/id:") {
            id = percentDecode(path[colon.upperBound...])
            path = String(path[..<colon.lowerBound])
        }
        let action = request.query.first { $0.name == "~action" }?.value ?? ""
        guard let endpoint = byRest["\(request.method) \(path)\(id == nil ? "" : "/{}") \(action)"] else { throw APIError(.operationNotFound, "no such operation") }
        var members: [JSON.Member] = []
        if let id, let name = endpoint.facts.restID { members.append(.init(name, .string(id))) }
        members += request.query.filter { $0.name != "~action" }.map { .init($0.name, .string($0.value)) }
        if case .object(let body) = try bodyMembers(request) { members += body }
        return (endpoint, members)
    }

    func api(_ request: HTTPRequest) throws -> (Endpoint, [JSON.Member]) {
        let path = request.path.split(separator: "/").dropFirst()
        let action = request.query.first { $0.name == "action" }?.value ?? ""
        let query = request.query.filter { $0.name != "action" }
        var best: (Endpoint, [JSON.Member], score: Int)?
        for endpoint in byShape["\(request.method) \(path.count) \(action)"] ?? [] {
            let f = endpoint.facts
            guard let found = f.route.match(Array(path)) else { continue }
            // Literals beat placeholders; then the operation whose required query names are all there beats the one without.
            let required = f.hasBody ? [] : f.parameters.filter { !$0.isOptional && !f.route.parameters.contains($0.name) }.map(\.name)
            guard required.allSatisfy({ name in query.contains { $0.name == name } }) else { continue }
            let score = (f.route.segments.count - f.route.parameters.count) * 16 + required.count
            if best.map({ $0.score < score }) ?? true { best = (endpoint, found, score) }
        }
        guard let (endpoint, found, _) = best else { throw APIError(.operationNotFound, "no such operation") }
        var members = found + query.map { .init($0.name, .string($0.value)) }
        if let token = request.header("client-token"), !members.contains(where: { $0.name == "client_token" }) { members.append(.init("client_token", .string(token))) }
        if let body = try bodyMembers(request) {
            if let whole = endpoint.facts.wholeBody { members.append(.init(whole, body)) } else if case .object(let body) = body { members += body }
        }
        return (endpoint, members)
    }

    func jsonRPC(_ request: HTTPRequest) async -> HTTPResponse {
        var out = JSONWriter()
        out.open("{"); out.key("jsonrpc"); out.string("2.0"); out.key("id")
        func answer(_ out: JSONWriter) -> HTTPResponse { var out = out; out.close("}"); return HTTPResponse(200, headers: [("Content-Type", "application/json")], body: out.bytes) }
        func refuse(_ code: Int, _ text: String, id: JSON = .null) -> HTTPResponse {
            out.value(id); out.key("error"); out.raw(#"{"code":\#(code),"message":"\#(text)"}"#)
            return answer(out)
        }
        guard let json = try? JSON(parsing: request.body) else { return refuse(-32700, "Parse error.") }
        guard let id = json["id"], json["jsonrpc"]?.text == "2.0" else { return refuse(-32600, "Invalid request.") }
        guard json["method"]?.text == "invoke" else { return refuse(-32601, "Method not found.", id: id) }
        guard let p = json["params"], let service = p["serviceId"]?.text, let name = p["operationId"]?.text, let input = p["input"]?["STRUCTURE"]?.only?.value else {
            return refuse(-32602, "Invalid params.", id: id)
        }
        for (header, value) in [("vapi-service", service), ("vapi-operation", name)] {
            if let h = request.header(header), h != value { return refuse(-31001, "Header and body disagree.", id: id) }
        }
        let context = p["ctx"]?["securityCtx"]
        let credentials: Credentials =
            if let id = request.header("vmware-api-session-id") ?? context?["sessionId"]?.text { .session(id) }
            else if let user = context?["userName"]?.text, let password = context?["password"]?.text { .login(user: user, password: password) }
            else { .none }
        out.value(id); out.key("result"); out.open("{")
        do {
            guard let endpoint = byID[service + "." + name] else { throw APIError(.operationNotFound, "no operation \(service).\(name)") }
            let output = try await endpoint.run(Caller(credentials: credentials, operation: service + "." + name), input, true)
            out.key("output"); out.raw(output)
        } catch {
            let error = error as? APIError ?? APIError(.internalServerError, "\(error)")
            out.key("error"); out.raw(error.body(.jsonRPC))
        }
        out.close("}")
        return answer(out)
    }
}
extension String {
    func range(of text: String) -> Range<Index>? {
        var i = startIndex
        while i < endIndex {
            if self[i...].hasPrefix(text) { return i..<index(i, offsetBy: text.count) }
            i = index(after: i)
        }
        return nil
    }
}

// MARK: a bound call

/// An operation with its arguments: `UpdateSession.keepAlive(session, 40)`.
public struct Call<Output: WireValue>: Sendable {
    public let facts: Facts
    public let request: @Sendable (Dialect, Credentials) throws -> HTTPRequest
    public let output: @Sendable (HTTPResponse, Dialect) throws -> Output
}
extension Operation {
    public func callAsFunction(_ input: repeat each Input) -> Call<Output> {
        Call(facts: facts, request: { try self.request(repeat each input, as: $0, credentials: $1) }, output: { try self.output(of: $0, as: $1) })
    }
}
