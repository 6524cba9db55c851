/// A call whose caller was admitted and whose parameters were read: what a router's gate judges before the handler runs.
public struct Invocation: Sendable {
    /// Who calls, and what.
    public let caller: Caller
    let parameters: Parameters

    /// A parameter of the operation, read as the handler gets it; nil when it is unset, or the operation has none of that name.
    public func parameter<Value: WireValue>(_ name: String, as _: Value.Type) -> Value? {
        (try? parameters.read(name, Value?.self)) ?? (try? parameters.read(name, Value.self))
    }
}
