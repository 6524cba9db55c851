/// The result of an operation that has none.
public struct Nothing: WireValue {
    public init() {}

    public static var form: Form { .void }

    public func write(to out: inout Writer) { out.json.null() }

    /// Whatever comes will do.
    public init(from source: Reader) throws {}
}
