import Digests

/// Unguessable identifiers. The system's generator reads the kernel's entropy on Linux.
enum RandomText {
    /// `count` random bytes as lower-case hexadecimal digits.
    static func hex(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return hexadecimal((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
