/// Answers all three dialects for the operations that it was given a handler for.
///
/// A handler takes the principal that admission made of the caller, and the operation's own parameters. What it throws becomes the answer:
/// an `APIError` as it is, anything else as `internal_server_error`, which is reported and tells the caller nothing.
/// Routing comes before admission, and admission before the parameters are read, as in a vCenter.
public struct Router<Principal: Sendable>: Sendable {
    struct Endpoint: Sendable {
        let facts: Facts
        /// From the parameters, however they came, to the encoded output.
        let run: @Sendable (Principal, Parameters) async throws -> [UInt8]
    }

    private let admit: @Sendable (Caller) async throws -> Principal
    private let report: @Sendable (any Error, Caller) -> Void
    private(set) var byID: [String: Endpoint] = [:]
    private(set) var byRest: [String: Endpoint] = [:]
    /// For `/api`, by method, number of segments and action.
    private(set) var byShape: [String: [Endpoint]] = [:]

    /// `admit` tells who calls, or throws what refuses it. `report` hears of every error that is no `APIError`.
    public init(
        report: @escaping @Sendable (any Error, Caller) -> Void = { _, _ in }, admit: @escaping @Sendable (Caller) async throws -> Principal
    ) {
        (self.report, self.admit) = (report, admit)
    }

    /// The ids of the operations that have a handler.
    public var operations: Set<String> { Set(byID.keys) }

    /// Gives an operation its handler, in all three dialects, in place of the one it may have. Each operation also answers to its own name as an action, which clients use freely.
    public mutating func on<Output, each Input>(
        _ operation: Operation<Output, repeat each Input>, _ handler: @escaping @Sendable (Principal, repeat each Input) async throws -> Output
    ) {
        let facts = operation.facts
        let endpoint = Endpoint(facts: facts) { principal, parameters in
            let input: (repeat each Input)
            do {
                input = (repeat try parameters.read((each operation.names).0, (each Input).self))
            } catch let error as WireError { throw APIError(.invalidArgument, error.description, id: Self.malformed) }
            return Argument(facts.name, try await handler(principal, repeat each input), tagged: parameters.tagged).json
        }
        byID[facts.id] = endpoint
        let base = facts.restPath + (facts.restID == nil ? "" : "/{}")
        byRest["\(facts.restMethod) \(base) \(facts.restAction ?? "")"] = endpoint
        byRest["POST \(base) \(dashed(facts.name))"] = endpoint
        for action in Set([facts.route.action ?? "", dashed(facts.name)]) {
            let shape = "\(facts.route.method) \(facts.route.segments.count) \(action)"
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
            return try await endpoint.run(try await admit(caller), parameters)
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
