
/// Where a value is written: as JSON with type tags (JSON-RPC) or without (`/rest`, `/api`).
public struct Writer {
    public var json = JSONWriter()
    public let tagged: Bool
    public init(tagged: Bool) { self.tagged = tagged }

    mutating func tag(_ name: String, _ body: (inout Writer) -> Void) {
        guard tagged else { return body(&self) }
        json.open("{"); json.key(name); body(&self); json.close("}")
    }
}
/// What is read: a JSON value and whether it carries tags.
public struct Reader {
    public var json: JSON
    public let tagged: Bool
    /// A client reads a missing number, flag or list as zero: servers written in Go leave zeros out.
    public let forgiving: Bool
    public init(_ json: JSON, tagged: Bool, forgiving: Bool = false) { (self.json, self.tagged, self.forgiving) = (json, tagged, forgiving) }
    func at(_ json: JSON) -> Reader { Reader(json, tagged: tagged, forgiving: forgiving) }
    func fail(_ expected: String) -> WireError { WireError("expected \(expected)") }
}

public protocol WireValue: Sendable {
    static var form: Form { get }
    static var isOptional: Bool { get }
    static var zero: Self? { get }
    func write(to out: inout Writer)
    init(from source: Reader) throws
    /// As one member of a structure. Optional leaves itself out of plain JSON, a union spreads over several members.
    func write(as name: String, to out: inout Writer)
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
        guard let json = object.json[name] else {
            if object.forgiving, let zero { return zero }
            throw WireError("missing", at: [name])
        }
        do { return try Self(from: object.at(json)) } catch let error as WireError { throw error.within(name) }
    }
}
extension String: WireValue {
    public func write(to out: inout Writer) { out.json.string(self) }
    public init(from source: Reader) throws {
        guard case .string(let text) = source.json else { throw source.fail("a string") }
        self = text
    }
}
extension Int64: WireValue {
    public static var zero: Int64? { 0 }
    public func write(to out: inout Writer) { out.json.raw(String(self)) }
    public init(from source: Reader) throws {
        switch source.json {
        case .int(let n): self = n
        case .string(let s) where !source.tagged && Int64(s) != nil: self = Int64(s)!  // from a query
        default: throw source.fail("a whole number")
        }
    }
}
extension Bool: WireValue {
    public static var zero: Bool? { false }
    public func write(to out: inout Writer) { out.json.raw(self ? "true" : "false") }
    public init(from source: Reader) throws {
        switch source.json {
        case .bool(let b): self = b
        case .string(let s) where !source.tagged && Bool(s) != nil: self = Bool(s)!
        default: throw source.fail("true or false")
        }
    }
}
extension Timestamp: WireValue {
    public func write(to out: inout Writer) { out.json.string(text) }
    public init(from source: Reader) throws {
        guard let text = source.json.text, let t = Timestamp(text) else { throw source.fail("a date and time") }
        self = t
    }
}
public struct Secret: WireValue, Hashable {
    public var reveal: String
    public init(_ text: String) { reveal = text }
    public func write(to out: inout Writer) { out.tag("SECRET") { $0.json.string(reveal) } }
    public init(from source: Reader) throws { reveal = try String(from: source.at(source.json["SECRET"] ?? source.json)) }
}
/// An operation without a result.
public struct Nothing: WireValue, Hashable {
    public init() {}
    public static var form: Form { .void }
    public func write(to out: inout Writer) { out.json.null() }
    public init(from source: Reader) throws {}
}
extension Optional: WireValue where Wrapped: WireValue {
    public static var form: Form { Wrapped.form }
    public static var isOptional: Bool { true }
    public func write(to out: inout Writer) {
        out.tag("OPTIONAL") { out in if let self { self.write(to: &out) } else { out.json.null() } }
    }
    public init(from source: Reader) throws {
        var inner = source.json
        if source.tagged, !inner.isNull {
            guard let member = inner.only, member.name == "OPTIONAL" else { throw source.fail("an OPTIONAL") }
            inner = member.value
        }
        self = inner.isNull ? nil : try Wrapped(from: source.at(inner))
    }
    public func write(as name: String, to out: inout Writer) {
        guard out.tagged || self != nil else { return }
        out.json.key(name)
        write(to: &out)
    }
    public static func read(_ name: String, of object: Reader) throws -> Self {
        guard let json = object.json[name] else { return nil }
        do { return try Self(from: object.at(json)) } catch let error as WireError { throw error.within(name) }
    }
}
extension Array: WireValue where Element: WireValue {
    public static var form: Form { .list }
    public static var zero: [Element]? { [] }
    public func write(to out: inout Writer) {
        out.json.open("[")
        for item in self { item.write(to: &out) }
        out.json.close("]")
    }
    public init(from source: Reader) throws {
        switch source.json {
        case .array(let items): self = try items.map { try Element(from: source.at($0)) }
        case .null where !source.tagged: self = []  // an empty Go slice
        default: throw source.fail("a list")
        }
    }
}
/// A name that newer servers may add to: unknown names are kept.
public protocol OpenEnum: WireValue, RawRepresentable<String>, Hashable {
    init(rawValue: String)
}
extension OpenEnum {
    public func write(to out: inout Writer) { out.json.string(rawValue) }
    public init(from source: Reader) throws { self.init(rawValue: try String(from: source)) }
}
public struct Identifier<Of>: OpenEnum, ExpressibleByStringLiteral {
    public static var form: Form { .id }
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral text: String) { rawValue = text }
}

public protocol Structure: WireValue, Hashable {
    static var shape: Shape<Self> { get }
}
/// A structure's wire name and fields, in order: read with the initialiser, written through the key paths.
public struct Shape<Root>: Sendable {
    let id: String
    let write: @Sendable (Root, inout Writer) -> Void
    let read: @Sendable (Reader) throws -> Root

    public init<each Field: WireValue>(
        _ id: String, _ make: @escaping @Sendable (repeat each Field) -> Root, _ field: repeat (String, any KeyPath<Root, each Field> & Sendable)
    ) {
        self.id = id
        write = { root, out in repeat root[keyPath: (each field).1].write(as: (each field).0, to: &out) }
        read = { source in make(repeat try (each Field).read((each field).0, of: source)) }
    }
}
extension Structure {
    public static var form: Form { .structure }
    public func write(to out: inout Writer) {
        let shape = Self.shape
        if out.tagged { out.json.open("{"); out.json.key("STRUCTURE"); out.json.open("{"); out.json.key(shape.id) }
        out.json.open("{")
        shape.write(self, &out)
        out.json.close("}")
        if out.tagged { out.json.close("}"); out.json.close("}") }
    }
    public init(from source: Reader) throws {
        var json = source.json
        if source.tagged {
            guard let tag = json.only, tag.name == "STRUCTURE", let inner = tag.value.only else { throw source.fail("a STRUCTURE") }
            json = inner.value
        }
        guard case .object = json else { throw source.fail("an object") }
        self = try Self.shape.read(source.at(json))
    }
}
/// Alternatives that lie flat among the fields of the structure around them.
public protocol Union: WireValue, Hashable {
    func write(into out: inout Writer)
    init(among fields: Reader) throws
}
extension Union {
    public func write(as name: String, to out: inout Writer) { write(into: &out) }
    public static func read(_ name: String, of object: Reader) throws -> Self { try Self(among: object) }
    public func write(to out: inout Writer) { preconditionFailure("a union is always part of a structure") }
    public init(from source: Reader) throws { try self.init(among: source) }
}
extension Message: Structure {
    public static let shape = Shape("com.vmware.vapi.std.localizable_message", Message.init,
        ("id", \.id), ("default_message", \.defaultMessage), ("args", \.args))
}

enum Codec {
    static func form<T: WireValue>(_: T.Type) -> Form { T.form }
    static func isOptional<T: WireValue>(_: T.Type) -> Bool { T.isOptional }
    static func field<T: WireValue>(_ name: String, _ value: T, _ out: inout JSONWriter, tagged: Bool) throws {
        var w = Writer(tagged: tagged)
        swap(&w.json, &out)
        value.write(as: name, to: &w)
        swap(&w.json, &out)
    }
    static func encode<T: WireValue>(_ value: T, tagged: Bool) throws -> [UInt8] {
        var w = Writer(tagged: tagged)
        value.write(to: &w)
        return w.json.bytes
    }
    static func decode<T: WireValue>(_: T.Type, _ json: JSON, tagged: Bool) throws -> T { try T(from: Reader(json, tagged: tagged, forgiving: !tagged)) }
    static func read<T: WireValue>(_ name: String, of object: JSON, tagged: Bool) throws -> T { try T.read(name, of: Reader(object, tagged: tagged)) }
    static func nothing<T>(_: T.Type) -> T? { Nothing() as? T }
}
