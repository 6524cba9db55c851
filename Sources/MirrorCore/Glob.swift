/// One path component of a pattern: `*`, `?`, `[...]` and literal bytes, matched against a whole name in time that grows with the product of
/// the two lengths, whatever the pattern.
struct Glob: Hashable, Sendable {
    enum Token: Hashable, Sendable {
        case byte(UInt8)
        case anyByte
        case star
        case set(ByteSet)
    }
    private let tokens: [Token]
    /// The name itself, where nothing in the pattern is special.
    let literal: [UInt8]?

    init(_ tokens: [Token]) {
        self.tokens = tokens
        let bytes = tokens.compactMap { if case .byte(let byte) = $0 { byte } else { nil } }
        literal = bytes.count == tokens.count ? bytes : nil
    }

    func matches(_ name: [UInt8]) -> Bool {
        if let literal { return literal == name }
        var (token, at) = (0, 0)
        // Only the last star is ever tried again: what an earlier one could reach by taking more, the last one reaches too.
        var retry: (token: Int, at: Int)?
        while at < name.count {
            if token < tokens.count {
                if tokens[token] == .star {
                    retry = (token + 1, at)
                    token += 1
                    continue
                }
                if tokens[token].matches(name[at]) {
                    token += 1
                    at += 1
                    continue
                }
            }
            guard let last = retry else { return false }
            retry = (last.token, last.at + 1)
            (token, at) = (last.token, last.at + 1)
        }
        return tokens[token...].allSatisfy { $0 == .star }
    }
}

extension Glob.Token {
    /// A star is not asked here: it takes any number of bytes.
    fileprivate func matches(_ byte: UInt8) -> Bool {
        switch self {
        case .byte(let own): own == byte
        case .anyByte, .star: true
        case .set(let set): set.contains(byte)
        }
    }
}

/// A set of byte values.
struct ByteSet: Hashable, Sendable {
    private var words = SIMD4<UInt64>()

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0 }
    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    /// Nothing, where the range is empty.
    mutating func insert(from low: UInt8, through high: UInt8) {
        var byte = Int(low)
        while byte <= Int(high) {
            insert(UInt8(byte))
            byte += 1
        }
    }
    mutating func insert(where belongs: (UInt8) -> Bool) { for byte in UInt8.min...UInt8.max where belongs(byte) { insert(byte) } }
    mutating func invert() { words = ~words }
}
