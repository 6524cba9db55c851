/// Alternatives that lie flat among the fields of the structure around them, under names of their own.
public protocol Union: WireValue {
    func write(into out: inout Writer)
    /// Throws `WireError`.
    init(among fields: Reader) throws
}

extension Union {
    public func write(as name: String, to out: inout Writer) { write(into: &out) }
    public static func read(_ name: String, of object: Reader) throws -> Self { try Self(among: object) }
    public func write(to out: inout Writer) { out.object { write(into: &$0) } }
    public init(from source: Reader) throws { try self.init(among: source) }
}
