import Digests

/// The digests of a package's files: an `.mf`.
public struct Manifest: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        /// As written.
        public let name: String
        public let algorithm: DigestAlgorithm
        /// Lower-case hexadecimal digits, as many as the algorithm makes.
        public let hex: String
        public let line: Int
    }

    /// What of a manifest is read at most; an entry has about a hundred bytes.
    public static let maximumBytes = 1 << 20

    /// In the order of the lines; at least one.
    public let entries: [Entry]
    private let index: [String: Int]

    /// Reads the bytes of an `.mf`.
    public init(parsing bytes: [UInt8]) throws(ManifestError) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge(bytes: bytes.count, limit: Self.maximumBytes) }
        var entries: [Entry] = []
        var index: [String: Int] = [:]
        for (number, line) in DigestLine.lines(of: bytes) {
            let read: DigestLine
            do { read = try DigestLine(line) } catch { throw .badLine(number, error) }
            guard read.hex.utf8.count == read.algorithm.byteCount * 2 else {
                throw .badLine(number, .wrongLength(read.hex.utf8.count, read.algorithm))
            }
            if let first = index.updateValue(entries.count, forKey: read.name) {
                throw .duplicate(read.name, line: number, firstLine: entries[first].line)
            }
            entries.append(Entry(name: read.name, algorithm: read.algorithm, hex: read.hex, line: number))
        }
        guard !entries.isEmpty else { throw .empty }
        // An entry is named as the descriptor's href is, which may be escaped where the file's name is not. A name as written goes first.
        for (position, entry) in entries.enumerated() {
            if let decoded = percentDecoded(entry.name), index[decoded] == nil { index[decoded] = position }
        }
        (self.entries, self.index) = (entries, index)
    }

    /// The entry of a file, by its name or, where the manifest escapes that as the descriptor does, by the name so escaped.
    public subscript(name: String) -> Entry? { index[name].map { entries[$0] } }
}

/// Why a text is no manifest; lines count from 1.
public enum ManifestError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge(bytes: Int, limit: Int)
    /// No line at all: it would vouch for nothing.
    case empty
    case badLine(Int, DigestLineProblem)
    case duplicate(String, line: Int, firstLine: Int)

    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the manifest has \(bytes) bytes, at most \(limit) are read"
        case .empty: "the manifest has no entry"
        case .badLine(let line, let problem): "line \(line): \(problem)"
        case .duplicate(let name, let line, let first): "line \(line): \(name.quoted) is listed in line \(first) already"
        }
    }
}
