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
        let json = object.json[name]
        if object.forgiving, let zero, json?.isNull ?? true { return zero }
        guard let json else { throw WireError("missing", at: [name]) }
        return try object.at(json).read(Self.self, named: name)
    }
}

/// Where a value is written: JSON with type tags (JSON-RPC) or without (`/rest`, `/api`).
public struct Writer {
    /// The text so far.
    public var json = JSONWriter()
    /// JSON-RPC: values carry type tags.
    public let tagged: Bool

    public init(tagged: Bool) { self.tagged = tagged }

    mutating func object(_ body: (inout Writer) -> Void) {
        let tagged = tagged
        json.object { json in
            var inner = Writer(tagged: tagged)
            swap(&inner.json, &json)
            body(&inner)
            swap(&inner.json, &json)
        }
    }

    /// `{"TAG":value}` where tags are written, the value alone where not.
    mutating func tag(_ name: String, _ body: (inout Writer) -> Void) {
        guard tagged else { return body(&self) }
        object { out in
            out.json.key(name)
            body(&out)
        }
    }
}

/// What is read: a JSON value, and how strictly.
public struct Reader {
    /// The value that is read.
    public let json: JSON
    /// JSON-RPC: values carry type tags.
    public let tagged: Bool
    /// A client of `/rest` and `/api`: a missing number, flag or list is its zero.
    public let forgiving: Bool
    /// The value was text in a path or a query, where a number has no other form.
    let isText: Bool

    public init(_ json: JSON, tagged: Bool, forgiving: Bool = false) { self.init(json, tagged: tagged, forgiving: forgiving, isText: false) }

    private init(_ json: JSON, tagged: Bool, forgiving: Bool, isText: Bool) {
        (self.json, self.tagged, self.forgiving, self.isText) = (json, tagged, forgiving, isText)
    }

    init(text: String) { self.init(.string(text), tagged: false, forgiving: false, isText: true) }

    func at(_ json: JSON) -> Reader { Reader(json, tagged: tagged, forgiving: forgiving, isText: isText) }

    /// Reads this as a value that goes by a name, which the error will have in its path.
    func read<Value: WireValue>(_: Value.Type, named name: String) throws -> Value {
        do { return try Value(from: self) } catch let error as WireError { throw error.within(name) }
    }

    /// `{"TAG":value}`: the only member, if it has that name.
    func tag(_ name: String) -> JSON? {
        guard let member = json.only, member.name == name else { return nil }
        return member.value
    }

    func fail(_ expected: String) -> WireError { WireError("expected " + expected) }
}
