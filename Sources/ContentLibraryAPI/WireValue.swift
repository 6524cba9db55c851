/// How a value looks from outside; it decides where `/rest` and `/api` put a parameter.
public enum Form: Sendable, Hashable { case scalar, id, list, structure, void }

/// What a parameter, a field or a result can be: it writes itself and reads itself in all three dialects.
public protocol WireValue: Sendable, Hashable {
    static var form: Form { get }
    /// Whether it may be left out.
    static var isOptional: Bool { get }
    /// What a client reads where the value is missing: servers written in Go leave zeros out.
    static var zero: Self? { get }

    func write(to out: inout Writer)
    /// Throws `WireError`.
    init(from source: Reader) throws

    /// As one member of a structure. An optional leaves itself out of plain JSON, a union spreads over several members.
    func write(as name: String, to out: inout Writer)
    /// From one member of a structure. Throws `WireError`.
    static func read(_ name: String, of object: Reader) throws -> Self
}

extension WireValue {
    public static var form: Form { .scalar }
    public static var isOptional: Bool { false }
    public static var zero: Self? { nil }

    public func write(as name: String, to out: inout Writer) {
        out.json.key(name)
        write(to: &out)
    }

    public static func read(_ name: String, of object: Reader) throws -> Self {
        object.asked?.names.insert(name)
        let json = object.json[name]
        if object.forgiving, let zero, json?.isNull ?? true { return zero }
        guard let json else { throw WireError("missing", at: [name]) }
        return try object.at(json).read(Self.self, named: name)
    }
}
