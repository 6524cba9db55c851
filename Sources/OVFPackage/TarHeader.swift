/// One header block of a tar archive: ustar (POSIX.1-1988), pax (POSIX.1-2001) or GNU.
struct TarHeader: Equatable {
    static let blockSize = 512

    enum Kind: Equatable {
        case file
        /// The name of the next member is the content (GNU `L`).
        case longName
        /// Records that describe the next member (`x`).
        case extended
        /// Records that describe all members from here on (`g`).
        case global
        case refused(ArchiveError.MemberKind)
    }

    let kind: Kind
    /// The bytes of the name as the block has it.
    let name: [UInt8]
    let size: Int64

    /// Reads a block that is not all zeros.
    init(_ block: ArraySlice<UInt8>) throws(TarHeaderProblem) {
        precondition(block.count == Self.blockSize, "a header is one block")
        let start = block.startIndex
        func field(_ offset: Int, _ length: Int) -> ArraySlice<UInt8> { block[(start + offset)..<(start + offset + length)] }

        let isGNU = field(257, 8).elementsEqual("ustar  \0".utf8)
        // Writers differ in the version behind the magic word; no reader minds.
        guard isGNU || field(257, 6).elementsEqual("ustar\0".utf8) else { throw .notTar }
        guard let checksum = Self.octal(field(148, 8)), Self.checksums(block).contains(checksum) else { throw .checksum }
        name = isGNU ? Self.text(field(0, 100)) : Self.joined(prefix: Self.text(field(345, 155)), Self.text(field(0, 100)))
        kind = Self.kind(block[start + 156])
        guard let size = Self.number(field(124, 12)) else { throw .size(Self.text(field(124, 12))) }
        self.size = size
    }

    private static func kind(_ type: UInt8) -> Kind {
        switch type {
        case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): .file
        case UInt8(ascii: "L"): .longName
        case UInt8(ascii: "x"): .extended
        case UInt8(ascii: "g"): .global
        // "K" is the long target of a link that follows.
        case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "K"): .refused(.link)
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): .refused(.device)
        case UInt8(ascii: "5"), UInt8(ascii: "D"): .refused(.directory)
        case UInt8(ascii: "S"): .refused(.sparse)
        default: .refused(.unknown(type))
        }
    }

    /// Up to the first zero byte.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    private static func joined(prefix: [UInt8], _ name: [UInt8]) -> [UInt8] { prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name }

    /// The sum of all bytes with blanks for the checksum's own; old writers took the bytes for signed.
    private static func checksums(_ block: ArraySlice<UInt8>) -> [Int64] {
        var (unsigned, signed): (Int64, Int64) = (0, 0)
        for (offset, byte) in block.enumerated() {
            let byte = (148..<156).contains(offset) ? UInt8(ascii: " ") : byte
            unsigned += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        return [unsigned, signed]
    }

    /// Octal digits, or GNU's and star's base 256 with the highest bit set; nil if it is neither, is negative or has more than 63 bits.
    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        guard let first = field.first, first & 0x80 != 0 else { return octal(field) }
        guard first == 0x80, field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
        let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(exactly: value)
    }

    /// Octal digits with blanks before them, and blanks or zero bytes behind.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int64? {
        let field = field.drop { $0 == UInt8(ascii: " ") }
        let digits = field.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
        guard !digits.isEmpty, field.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int64($1 - UInt8(ascii: "0")) }
    }
}

enum TarHeaderProblem: Error, Equatable {
    case notTar
    case checksum
    case size([UInt8])
}
