/// Spoils inputs of readers, the same way for the same seed.
struct Mutator {
    var random: SplitMix64
    /// What may be put into an input.
    let words: [[UInt8]]

    /// A few changes to one of the inputs, at times with a part of another.
    mutating func spoil(_ inputs: [[UInt8]]) -> [UInt8] {
        var bytes = inputs.randomElement(using: &random) ?? []
        for _ in 0...Int.random(in: 0..<4, using: &random) { change(&bytes, inputs) }
        return Array(bytes.prefix(64 << 10))
    }

    private mutating func change(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
        let range = range(in: bytes)
        switch Int.random(in: 0..<9, using: &random) {
        case 0: if let index = bytes.indices.randomElement(using: &random) { bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 1:
            if let index = bytes.indices.randomElement(using: &random) {
                bytes[index] = [0, 9, 10, 13, 32, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            }
        case 2: bytes.removeSubrange(range)
        case 3: bytes.insert(contentsOf: bytes[range], at: range.lowerBound)
        case 4: bytes.removeLast(range.count)
        case 5: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: range.lowerBound)
        case 6: bytes.replaceSubrange(range.lowerBound..<min(bytes.count, range.lowerBound + 8), with: words.randomElement(using: &random) ?? [])
        case 7:
            let other = inputs.randomElement(using: &random) ?? []
            let part = self.range(in: other)
            bytes.replaceSubrange(range, with: other[part])
        default:
            let count = Int.random(in: 1...64, using: &random)
            let part = bytes[range].prefix(256)
            bytes.insert(contentsOf: (0..<count).flatMap { _ in part }, at: range.lowerBound)
        }
    }

    /// Short more often than long.
    private mutating func range(in bytes: [UInt8]) -> Range<Int> {
        let start = Int.random(in: 0...bytes.count, using: &random)
        let longest = min(bytes.count - start, 1 << Int.random(in: 0...12, using: &random))
        return start..<(start + Int.random(in: 0...longest, using: &random))
    }

    /// Gives the blocks of a tar archive that look like headers their right checksums back, without which readers look no further.
    static func reseal(_ archive: inout [UInt8]) {
        for start in stride(from: 0, to: archive.count - 511, by: 512) where archive[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
            let sum = archive[start..<(start + 512)].enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
            let digits = Array(String(sum, radix: 8).utf8)
            archive.replaceSubrange((start + 148)..<(start + 156), with: [UInt8](repeating: 48, count: 6 - digits.count) + digits + [0, 32])
        }
    }
}
