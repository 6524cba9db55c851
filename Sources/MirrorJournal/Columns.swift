import ContentLibraryAPI
import FoundationEssentials
import GRDB
import MirrorCore

/// A row that holds what the journal never writes. Reading turns it into `JournalError.damaged`.
struct UnreadableRow: Error {
    var detail: String
}

/// Reads the columns of one row from left to right. Nothing here traps on a value of an unexpected kind: a damaged file must end in an error.
struct Columns {
    private let row: Row
    private var index = 0
    private let table: StaticString

    init(_ row: Row, of table: StaticString) { (self.row, self.table) = (row, table) }

    func unreadable(_ what: String) -> UnreadableRow {
        UnreadableRow(detail: "table \(table), column \(row.columnNames.dropFirst(index - 1).first ?? "?"): \(what)")
    }
    mutating func skip() { index += 1 }

    mutating func optionalInteger() -> Int64? {
        defer { index += 1 }
        return row[index]
    }
    mutating func integer() throws -> Int64 {
        guard let value = optionalInteger() else { throw unreadable("no number") }
        return value
    }
    mutating func unsigned() throws -> UInt64 { UInt64(bitPattern: try integer()) }
    mutating func flag() throws -> Bool { try integer() != 0 }
    mutating func optionalTimestamp() -> Timestamp? { optionalInteger().map { Timestamp(milliseconds: $0) } }
    mutating func timestamp() throws -> Timestamp { Timestamp(milliseconds: try integer()) }

    mutating func optionalText() throws -> String? {
        index += 1
        return try row.withUnsafeData(atIndex: index - 1) { data in
            guard let data else { return nil }
            guard let text = data.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else { throw unreadable("not UTF-8") }
            return unescaped(text)
        }
    }
    mutating func text() throws -> String {
        guard let text = try optionalText() else { throw unreadable("no text") }
        return text
    }
    /// A text that is one of a closed set.
    mutating func optionalMember<T: RawRepresentable<String>>() throws -> T? {
        guard let text = try optionalText() else { return nil }
        guard let value = T(rawValue: text) else { throw unreadable("unknown word \(text)") }
        return value
    }
    mutating func member<T: RawRepresentable<String>>() throws -> T {
        guard let value: T = try optionalMember() else { throw unreadable("no text") }
        return value
    }
    mutating func path() throws -> RelativePath {
        index += 1
        let path = try row.withUnsafeData(atIndex: index - 1) { data in
            data.flatMap { $0.withUnsafeBytes { RelativePath(bytes: $0) } }
        }
        guard let path else { throw unreadable("not a path") }
        return path
    }

    mutating func fingerprint() throws -> Fingerprint {
        Fingerprint(size: try integer(), modified: try integer(), changed: try integer(), inode: try unsigned())
    }
    mutating func checksums() throws -> Checksums {
        var checksums = Checksums()
        for algorithm in ChecksumAlgorithm.columns {
            if let hex = try optionalText() { checksums.insert(Checksum(algorithm, hex: hex)) }
        }
        return checksums
    }
    mutating func optionalChecksum() throws -> Checksum? {
        let algorithm: ChecksumAlgorithm? = try optionalMember()
        guard let hex = try optionalText() else { return nil }
        return Checksum(algorithm ?? .sha1, hex: hex)
    }
    mutating func optionalDirectory() throws -> DirectoryIdentity? {
        let (device, inode, born, fileSystem) = (optionalInteger(), optionalInteger(), optionalInteger(), optionalInteger())
        guard let device, let inode, let fileSystem else { return nil }
        return DirectoryIdentity(device: UInt64(bitPattern: device), inode: UInt64(bitPattern: inode), born: born, fileSystem: fileSystem)
    }
}

typealias Argument = (any DatabaseValueConvertible)?

extension Database {
    func run(_ sql: String, _ arguments: [Argument]) throws { try cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments)) }

    /// The rows of a query, read as they come.
    func forEach(of table: StaticString, _ sql: String, _ arguments: [Argument], _ read: (inout Columns) throws -> Void) throws {
        let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
        while let row = try rows.next() {
            var columns = Columns(row, of: table)
            try read(&columns)
        }
    }
    func all<T>(of table: StaticString, _ sql: String, _ arguments: [Argument], _ read: (inout Columns) throws -> T) throws -> [T] {
        var out: [T] = []
        try forEach(of: table, sql, arguments) { out.append(try read(&$0)) }
        return out
    }
    func first<T>(of table: StaticString, _ sql: String, _ arguments: [Argument], _ read: (inout Columns) throws -> T) throws -> T? {
        try all(of: table, sql, arguments, read).first
    }
}

// A C string ends at NUL, and GRDB binds text as one. The escape keeps different texts different, and every text without the two characters as it is.
private let escape: Unicode.Scalar = "\u{1}"

private func unescaped(_ text: String) -> String {
    guard text.utf8.contains(1) else { return text }
    var out = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.unicodeScalars {
        if isEscaped {
            out.append(scalar == "0" ? "\u{0}" : escape)
            isEscaped = false
        } else if scalar == escape {
            isEscaped = true
        } else {
            out.append(scalar)
        }
    }
    return String(out)
}

extension String {
    /// As a column keeps it.
    var stored: String {
        guard utf8.contains(where: { $0 <= 1 }) else { return self }
        var out = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.value > 1 { out.append(scalar) } else { out.append(contentsOf: [escape, scalar == escape ? "1" : "0"]) }
        }
        return String(out)
    }
}
extension RelativePath {
    var stored: Data { Data(bytes) }
}
extension Timestamp {
    var stored: Int64 { milliseconds }
}
extension Fingerprint {
    var stored: [Argument] { [size, modified, changed, Int64(bitPattern: inode)] }
}
extension ChecksumAlgorithm {
    /// In the order of the tables' columns.
    static let columns: [ChecksumAlgorithm] = [.md5, .sha1, .sha256, .sha512]
}
extension Checksums {
    var stored: [Argument] { ChecksumAlgorithm.columns.map { self[$0]?.hex.stored } }
}
extension DirectoryIdentity? {
    var stored: [Argument] {
        [self.map { Int64(bitPattern: $0.device) }, self.map { Int64(bitPattern: $0.inode) }, self?.born, self?.fileSystem]
    }
}
