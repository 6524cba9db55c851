import ContentLibraryAPI

/// The checksum algorithms that the API names (`Item.File.ChecksumInfo.Algorithm`).
public enum ChecksumAlgorithm: String, CaseIterable, Hashable, Sendable, Comparable {
    case sha1 = "SHA1", sha256 = "SHA256", sha512 = "SHA512", md5 = "MD5"

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// One checksum: the algorithm and lower-case hexadecimal digits.
public struct Checksum: Hashable, Sendable, CustomStringConvertible {
    public let algorithm: ChecksumAlgorithm
    public let hex: String

    public init(_ algorithm: ChecksumAlgorithm, hex: String) { (self.algorithm, self.hex) = (algorithm, hex.lowercased()) }

    /// What a server reported. Nil where it gave none: absent, of an algorithm unknown here, or empty, which real servers send
    /// (SHA1 with an empty string).
    public init?(_ info: Item.File.ChecksumInfo?) {
        guard let info, !info.checksum.isEmpty, let algorithm = ChecksumAlgorithm(rawValue: (info.algorithm ?? .sha1).rawValue) else { return nil }
        self.init(algorithm, hex: info.checksum)
    }
    public var info: Item.File.ChecksumInfo { .init(algorithm: .init(rawValue: algorithm.rawValue), checksum: hex) }
    public var description: String { "\(algorithm.rawValue) \(hex)" }
}

/// The checksums known of one content, by algorithm.
public struct Checksums: Hashable, Sendable {
    public private(set) var byAlgorithm: [ChecksumAlgorithm: String]

    public init(_ byAlgorithm: [ChecksumAlgorithm: String] = [:]) { self.byAlgorithm = byAlgorithm.mapValues { $0.lowercased() } }
    public init(_ checksums: [Checksum]) { byAlgorithm = Dictionary(checksums.map { ($0.algorithm, $0.hex) }) { _, last in last } }

    public var isEmpty: Bool { byAlgorithm.isEmpty }
    public var all: [Checksum] { byAlgorithm.map { Checksum($0.key, hex: $0.value) }.sorted { $0.algorithm < $1.algorithm } }
    public subscript(algorithm: ChecksumAlgorithm) -> Checksum? { byAlgorithm[algorithm].map { Checksum(algorithm, hex: $0) } }
    public mutating func insert(_ checksum: Checksum) { byAlgorithm[checksum.algorithm] = checksum.hex }
    public mutating func formUnion(_ other: Checksums) { byAlgorithm.merge(other.byAlgorithm) { _, new in new } }

    /// Whether the contents are equal; nil where no algorithm is known of both.
    public func matches(_ other: Checksums) -> Bool? {
        var common = false
        for (algorithm, hex) in byAlgorithm {
            guard let theirs = other.byAlgorithm[algorithm] else { continue }
            if theirs != hex { return false }
            common = true
        }
        return common ? true : nil
    }
    public func matches(_ other: Checksum) -> Bool? { byAlgorithm[other.algorithm].map { $0 == other.hex } }
}
