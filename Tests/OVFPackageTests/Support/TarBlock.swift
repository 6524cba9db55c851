/// A header block of a tar archive, to be spoilt before it is sealed with its checksum.
struct TarBlock {
    private var bytes = [UInt8](repeating: 0, count: 512)
    /// Sum the bytes as signed ones.
    var isSigned = false

    init(name: String, size: Int64, type: Character = "0") {
        put(name, at: 0)
        put("0000644\0", at: 100)
        put("ustar\u{0}00", at: 257)
        put(String(type), at: 156)
        if size < 1 << 33 {
            let digits = String(size, radix: 8)
            put(String(repeating: "0", count: 11 - digits.count) + digits + "\0", at: 124)
        } else {
            put([0x80, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }, at: 124)
        }
    }

    mutating func put(_ text: String, at offset: Int) { put(Array(text.utf8), at: offset) }

    mutating func put(_ field: [UInt8], at offset: Int) { bytes.replaceSubrange(offset..<(offset + field.count), with: field) }

    /// The block with its checksum.
    var sealed: [UInt8] {
        var block = self
        block.put("        ", at: 148)
        let sum = block.bytes.reduce(0) { $0 + (isSigned ? Int(Int8(bitPattern: $1)) : Int($1)) }
        let digits = String(sum, radix: 8)
        block.put(String(repeating: "0", count: 6 - digits.count) + digits + "\0 ", at: 148)
        return block.bytes
    }
}

/// A whole archive of plain files.
func tar(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
    members.flatMap { TarBlock(name: $0.name, size: Int64($0.content.count)).sealed + padded($0.content) } + endOfArchive
}

/// Content as an archive has it, in whole blocks.
func padded(_ content: [UInt8]) -> [UInt8] { content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512) }

let endOfArchive = [UInt8](repeating: 0, count: 1024)

/// A record of a pax header, with its own length in front.
func paxRecord(_ keyword: String, _ value: String) -> [UInt8] {
    let rest = " \(keyword)=\(value)\n"
    var length = rest.utf8.count + 1
    while String(length).utf8.count + rest.utf8.count != length { length += 1 }
    return Array("\(length)\(rest)".utf8)
}

/// A header that describes the next member, with its content.
func extended(_ content: [UInt8], type: Character = "x") -> [UInt8] { TarBlock(name: "x", size: Int64(content.count), type: type).sealed + padded(content) }
