/// Header fields in the order they were written; names are looked up without regard to case.
public struct Headers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }
    public private(set) var fields: [Field] = []

    public init() {}
    public init(_ fields: [(name: String, value: String)]) { self.fields = fields.map { Field($0.name, $0.value) } }
    public init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { Field($0.0, $0.1) } }

    public mutating func append(_ name: String, _ value: String) { fields.append(Field(name, value)) }

    /// The first value of that name. Setting replaces every field of the name; nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    /// Field names are ASCII (RFC 9110, section 5.1).
    static func same(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        return zip(a.utf8, b.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}
