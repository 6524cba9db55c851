/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public var problem: String
    /// Offset of the offending byte.
    public var offset: Int

    public init(_ problem: String, at offset: Int) { (self.problem, self.offset) = (problem, offset) }

    public var description: String { "\(problem) at byte \(offset)" }
}

extension JSON {
    /// How much is taken. A text within the bounds costs time and memory in proportion to its length.
    public struct Limits: Sendable {
        /// Bytes of the whole text.
        public var size: Int
        /// Brackets within brackets. Every level of the API's structures takes three (OPTIONAL, STRUCTURE, its id); 96 is ample.
        public var depth: Int

        public init(size: Int = 64 << 20, depth: Int = 96) { (self.size, self.depth) = (size, depth) }
    }

    /// Reads RFC 8259 text, strictly. Refused besides: bytes that are not UTF-8, lone surrogates, a name twice in one object (RFC 7493),
    /// numbers too large for a double, and what exceeds the limits.
    public init(_ text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

    /// Reads the bytes of a text as `init(_:)` does.
    public init(parsing bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) {
        guard bytes.count <= limits.size else { throw JSONError("longer than \(limits.size) bytes", at: limits.size) }
        var reader = JSONReader(bytes: bytes, depth: limits.depth)
        self = try reader.document()
    }
}

/// One pass over the bytes, by recursive descent.
struct JSONReader {
    let bytes: [UInt8]
    let depth: Int
    var at = 0

    init(bytes: [UInt8], depth: Int) { (self.bytes, self.depth) = (bytes, depth) }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value(level: 0)
        skipSpace()
        guard at == bytes.count else { throw error("text after the value") }
        return value
    }

    func error(_ problem: String) -> JSONError { JSONError(problem, at: at) }

    var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0a, 0x0d, 0x09: at += 1
            default: return
            }
        }
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        skipSpace()
        guard byte == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let end = at + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ bytes[at..<end].elementsEqual($0) }) else { throw error("unknown word") }
        at = end
        return value
    }

    mutating func value(level: Int) throws(JSONError) -> JSON {
        skipSpace()
        guard let first = byte else { throw error("end of text") }
        switch first {
        case UInt8(ascii: "{"): return try object(level: level + 1)
        case UInt8(ascii: "["): return try array(level: level + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func array(level: Int) throws(JSONError) -> JSON {
        guard level <= depth else { throw error("nested deeper than \(depth)") }
        at += 1
        if take("]") { return .array([]) }
        var items: [JSON] = []
        repeat { items.append(try value(level: level)) } while take(",")
        guard take("]") else { throw error("expected ',' or ']'") }
        return .array(items)
    }

    mutating func object(level: Int) throws(JSONError) -> JSON {
        guard level <= depth else { throw error("nested deeper than \(depth)") }
        at += 1
        if take("}") { return .object([]) }
        var members: [JSON.Member] = []
        var names = SeenNames()
        repeat {
            skipSpace()
            let name = try string()
            guard names.insert(name, after: members) else { throw error("a name for the second time in one object") }
            guard take(":") else { throw error("expected ':'") }
            members.append(JSON.Member(name, try value(level: level)))
        } while take(",")
        guard take("}") else { throw error("expected ',' or '}'") }
        return .object(members)
    }

    /// The names of one object, compared byte by byte: `String` holds canonically equivalent names for equal.
    struct SeenNames {
        private var set: Set<[UInt8]> = []

        /// False if the name is there already. Few names are compared one by one; a set would cost more than it saves.
        mutating func insert(_ name: String, after members: [JSON.Member]) -> Bool {
            if members.count < 16 { return !members.contains { $0.name.utf8.elementsEqual(name.utf8) } }
            if set.isEmpty { for member in members { set.insert(Array(member.name.utf8)) } }
            return set.insert(Array(name.utf8)).inserted
        }
    }
}
