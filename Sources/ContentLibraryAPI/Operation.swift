/// One operation of the API: the only place where its names, parameters, result and route are written.
public struct Operation<Output: WireValue, each Input: WireValue>: Sendable {
    /// What is known of it without its types.
    public let facts: Facts
    let names: (repeat (String, (each Input).Type))

    init(_ facts: Facts, _ names: (repeat (String, (each Input).Type))) { (self.facts, self.names) = (facts, names) }

    /// Binds the arguments: `UpdateSession.keepAlive(session, 40)`.
    public func callAsFunction(_ input: repeat each Input) -> Call<Output> {
        Call(facts) { tagged in
            var arguments: [Argument] = []
            repeat arguments.append(Argument((each names).0, each input, tagged: tagged))
            return arguments
        }
    }
}

/// A service of the API, to declare operations of.
public struct Service: Sendable {
    let id: String
    let path: String

    /// `path` is where `/api` has the service; the operations' routes continue it.
    public init(_ id: String, at path: String) { (self.id, self.path) = (id, path) }

    /// Declares an operation: its name, its `/api` route (`METHOD [/segment...][?action=name] [-> status]`, nil where only the
    /// other two dialects have it), its parameters in the vendor's order and words, and its result.
    public func operation<Output: WireValue, each Input: WireValue>(
        _ name: String, _ route: String?, takes input: repeat (String, (each Input).Type), returns: Output.Type = Nothing.self
    ) -> Operation<Output, repeat each Input> {
        var parameters: [Facts.Parameter] = []
        repeat parameters.append(Self.parameter((each input).0, (each input).1))
        let facts = Facts(
            service: id, name: name, route: route.map { Route($0, under: path) }, parameters: parameters, isVoid: Output.form == .void)
        return Operation(facts, (repeat each input))
    }

    private static func parameter<Value: WireValue>(_ name: String, _: Value.Type) -> Facts.Parameter {
        Facts.Parameter(name: name, form: Value.form, isOptional: Value.isOptional)
    }
}
