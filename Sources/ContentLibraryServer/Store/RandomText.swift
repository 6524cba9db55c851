import Digests

/// Unguessable identifiers. The system's generator reads the kernel's entropy on Linux.
enum RandomText {
    /// `count` random bytes as lower-case hexadecimal digits.
    static func hex(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return hexadecimal((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// A random UUID (version 4).
    static func uuid() -> String {
        var digits = Array(hex(16).utf8)
        digits[12] = UInt8(ascii: "4")
        digits[16] = [UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "b")][Int(digits[16] & 3)]
        for dash in [20, 16, 12, 8] { digits.insert(UInt8(ascii: "-"), at: dash) }
        return String(decoding: digits, as: UTF8.self)
    }
}
