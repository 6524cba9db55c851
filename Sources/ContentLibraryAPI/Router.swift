/// Answers all three dialects for the operations that it was given a handler for.
///
/// A handler takes the principal that admission made of the caller, and the operation's own parameters. What it throws becomes the answer:
/// an `APIError` as it is, anything else as `internal_server_error`, which is reported and tells the caller nothing.
/// Routing comes before admission, admission before the parameters are read, as in a vCenter; the gate, which knows them, comes last.
public struct Router<Principal: Sendable>: Sendable {
    struct Endpoint: Sendable {
        let facts: Facts
        /// From the parameters, however they came, to the encoded output.
        let run: @Sendable (Principal, Parameters, Caller) async throws -> [UInt8]
    }

    /// What is made of names that no declaration knows, in queries, bodies and structures.
    public enum UnknownNames: Sendable, Hashable {
        /// A server for old and new clients.
        case ignored
        /// As a vCenter: unless they are unset, `invalid_argument` in `/api`, and `unexpected_input` in the others.
        case refused
    }

    private let admit: @Sendable (Caller) async throws -> Principal
    private let report: @Sendable (any Error, Caller) -> Void
    private let gate: @Sendable (Principal, Invocation) async throws -> Void
    private let unknownNames: UnknownNames
    let dress: @Sendable (APIError) -> APIError
    private(set) var byID: [String: Endpoint] = [:]
    private(set) var byRest: [String: Endpoint] = [:]
    /// For `/api`, by method, number of segments and action.
    private(set) var byShape: [String: [Endpoint]] = [:]

    /// `admit` tells who calls, or throws what refuses it; `gate` may refuse the call once its parameters are known. `report` hears of every
    /// error that is no `APIError`. `dress` gives every error that is answered its last form.
    public init(
        unknownNames: UnknownNames = .ignored, report: @escaping @Sendable (any Error, Caller) -> Void = { _, _ in },
        gate: @escaping @Sendable (Principal, Invocation) async throws -> Void = { _, _ in },
        dress: @escaping @Sendable (APIError) -> APIError = { $0 }, admit: @escaping @Sendable (Caller) async throws -> Principal
    ) {
        self.dress = dress
        (self.unknownNames, self.report, self.gate, self.admit) = (unknownNames, report, gate, admit)
    }

    /// The ids of the operations that have a handler.
    public var operations: Set<String> { Set(byID.keys) }

    /// Gives an operation its handler, in all dialects that have it, in place of the one it may have. Each operation also answers to its own name as an
    /// action, which clients use freely.
    /// - Parameter memory: asked for the output before the handler is, once the gate has let the call pass.
    public mutating func on<Output, each Input>(
        _ operation: Operation<Output, repeat each Input>, memory: (any AnswerMemory)? = nil,
        _ handler: @escaping @Sendable (Principal, repeat each Input) async throws -> Output
    ) {
        let facts = operation.facts
        let (gate, unknownNames) = (gate, unknownNames)
        let endpoint = Endpoint(facts: facts) { principal, parameters, caller in
            let input: (repeat each Input)
            let unknown = unknownNames == .refused ? UnknownMembers() : nil
            do {
                input = (repeat try parameters.read((each operation.names).0, (each Input).self, noting: unknown))
            } catch let error as WireError { throw APIError(.invalidArgument, error.description, id: Self.malformed) }
            if let unknown { try unknown.refuse(beside: parameters, of: facts, caller.dialect) }
            try await gate(principal, Invocation(caller: caller, parameters: parameters))
            let tagged = parameters.tagged
            guard let memory else { return Argument(facts.name, try await handler(principal, repeat each input), tagged: tagged).json }
            var call = RememberedCall(facts.id, tagged: tagged)
            repeat call.append(Argument((each operation.names).0, each input, tagged: tagged))
            return try await memory.output(of: call) {
                Argument(facts.name, try await handler(principal, repeat each input), tagged: tagged).json
            }
        }
        byID[facts.id] = endpoint
        let base = facts.restPath + (facts.restID == nil ? "" : "/{}")
        byRest["\(facts.restMethod) \(base) \(facts.restAction ?? "")"] = endpoint
        byRest["POST \(base) \(dashed(facts.name))"] = endpoint
        guard let route = facts.route else { return }
        for action in Set([route.action ?? "", dashed(facts.name)]) {
            let shape = "\(route.method) \(route.segments.count) \(action)"
            byShape[shape] = (byShape[shape] ?? []).filter { $0.facts.id != facts.id } + [endpoint]
        }
    }

    /// Answers a request, also one that makes no sense. Safe to call from many tasks at once.
    public func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch Dialect(path: request.path) {
        case .jsonRPC where request.method == "POST": await respondJSONRPC(to: request)
        case .rest: await respond(to: request, .rest) { () throws(APIError) in try rest(request) }
        case .jsonRPC, .api, nil: await respond(to: request, .api) { () throws(APIError) in try api(request) }
        }
    }

    /// Admits the caller and runs the handler. Throws `APIError` only.
    func perform(_ endpoint: Endpoint, _ parameters: Parameters, _ caller: Caller) async throws(APIError) -> [UInt8] {
        do {
            return try await endpoint.run(try await admit(caller), parameters, caller)
        } catch let error as APIError {
            throw error
        } catch is CancellationError {
            throw APIError(.serviceUnavailable, "The request was abandoned.")
        } catch {
            report(error, caller)
            throw APIError(.internalServerError, "The server failed; its log says why.")
        }
    }
}

extension Router where Principal == Caller {
    /// A router that admits everybody.
    public init() { self.init { $0 } }
}

extension Router {
    /// No request of this API comes near it.
    static var requestLimits: JSON.Limits { JSON.Limits(size: 4 << 20) }
    static var malformed: String { "com.vmware.vapi.endpoint.malformed" }
    static var refused: APIError {
        APIError(.unauthenticated, "Authentication required.", id: "com.vmware.vapi.endpoint.method.authentication.required")
    }
}
