/// Reads the components of an ignore pattern, without its leading `!` and its slashes at both ends.
struct PatternParser {
    /// A component, and whether nothing but two or more stars stands in it.
    struct Parsed {
        var glob: Glob
        var isDoubleStar: Bool

        var component: IgnorePattern.Component { isDoubleStar ? .any : .glob(glob) }
    }

    private let bytes: ArraySlice<UInt8>
    private var at: Int

    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, at) = (bytes, bytes.startIndex) }

    mutating func components() throws(PatternError.Reason) -> [Parsed] {
        var all = [try component()]
        while at < bytes.endIndex {
            at += 1
            all.append(try component())
        }
        return all
    }

    /// Up to the next slash or the end; `at` stays on the slash.
    private mutating func component() throws(PatternError.Reason) -> Parsed {
        var tokens: [Glob.Token] = []
        var stars = 0
        while let byte = peek(), byte != UInt8(ascii: "/") {
            at += 1
            switch byte {
            case UInt8(ascii: "*"):
                stars += 1
                if tokens.last != .star { tokens.append(.star) }
            case UInt8(ascii: "?"): tokens.append(.anyByte)
            case UInt8(ascii: "["): tokens.append(.set(try set()))
            case UInt8(ascii: "\\"):
                guard let escaped = peek() else { throw .danglingEscape }
                // An escaped slash is a slash: it stays for the next component.
                if escaped == UInt8(ascii: "/") { break }
                at += 1
                tokens.append(.byte(escaped))
            default: tokens.append(.byte(byte))
            }
        }
        let glob = Glob(tokens)
        if tokens.isEmpty { throw .emptyComponent }
        if let literal = glob.literal, FileName(bytes: literal) == nil { throw .dotComponent }
        return Parsed(glob: glob, isDoubleStar: tokens == [.star] && stars > 1)
    }

    /// The set after its `[`. As in wildmatch: `!` or `^` first inverts, `]` first is itself, `-` at an end is itself, `\` escapes.
    private mutating func set() throws(PatternError.Reason) -> ByteSet {
        var set = ByteSet()
        let isInverted = peek() == UInt8(ascii: "!") || peek() == UInt8(ascii: "^")
        if isInverted { at += 1 }
        var low: UInt8?
        var isFirst = true
        while true {
            guard let byte = peek() else { throw .unclosedSet }
            if byte == UInt8(ascii: "]") && !isFirst { break }
            isFirst = false
            if let start = low, byte == UInt8(ascii: "-"), let next = peek(after: 1), next != UInt8(ascii: "]") {
                at += 1
                set.insert(from: start, through: try member())
                low = nil
            } else if try insertClass(into: &set) {
                low = nil
            } else {
                let member = try member()
                set.insert(member)
                low = member
            }
        }
        at += 1
        if isInverted { set.invert() }
        return set
    }

    private mutating func member() throws(PatternError.Reason) -> UInt8 {
        if peek() == UInt8(ascii: "\\") { at += 1 }
        guard let byte = peek() else { throw .unclosedSet }
        at += 1
        return byte
    }

    /// `[:alpha:]` and its like; false, with nothing read, where there is none. A `[:` whose next `]` has no `:` before it is two plain bytes.
    private mutating func insertClass(into set: inout ByteSet) throws(PatternError.Reason) -> Bool {
        guard peek() == UInt8(ascii: "["), peek(after: 1) == UInt8(ascii: ":") else { return false }
        guard let end = bytes[(at + 2)...].firstIndex(of: UInt8(ascii: "]")) else { throw .unclosedSet }
        guard end > at + 2, bytes[end - 1] == UInt8(ascii: ":") else { return false }
        guard let belongs = Self.classes[String(decoding: bytes[(at + 2)..<(end - 1)], as: UTF8.self)] else { throw .unknownClass }
        set.insert(where: belongs)
        at = end + 1
        return true
    }

    private func peek(after distance: Int = 0) -> UInt8? { at + distance < bytes.endIndex ? bytes[at + distance] : nil }

    /// The classes of POSIX in the C locale.
    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) }, "alpha": isLetter, "blank": { $0 == 0x20 || $0 == 0x09 }, "cntrl": { $0 < 0x20 || $0 == 0x7f },
        "digit": isDigit, "graph": { 0x21...0x7e ~= $0 }, "lower": { 0x61...0x7a ~= $0 }, "print": { 0x20...0x7e ~= $0 },
        "punct": { 0x21...0x7e ~= $0 && !isLetter($0) && !isDigit($0) }, "space": { $0 == 0x20 || 0x09...0x0d ~= $0 }, "upper": { 0x41...0x5a ~= $0 },
        "xdigit": { isDigit($0) || 0x61...0x66 ~= $0 || 0x41...0x46 ~= $0 },
    ]
    @Sendable private static func isLetter(_ byte: UInt8) -> Bool { 0x41...0x5a ~= byte || 0x61...0x7a ~= byte }
    @Sendable private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}
