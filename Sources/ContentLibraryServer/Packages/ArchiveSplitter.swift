import ContentLibraryAPI
import Digests
import Glibc
import OVFPackage

/// Writes the members of an OVA to files of their own while its bytes come: the archive itself is never on the disk. Its calls block, and follow each
/// other.
final class ArchiveSplitter: UploadSink, @unchecked Sendable {
    // Sendable because its calls follow each other: no two threads are ever in it at once, and each hand-over goes through a lock.

    /// A member that has come whole.
    struct Member: Sendable {
        let name: String
        let content: String
        let path: String
        let size: Int64
        let digests: [DigestAlgorithm: String]
    }

    /// Until the manifest has come, it is not known which digest it gives; of these one is the most likely.
    private static let usual: [DigestAlgorithm] = [.sha1, .sha256]

    private let directory: String
    private let whole: MultiDigest
    private let algorithm: DigestAlgorithm
    private var stream = ArchiveStream()
    private var open: (name: String, content: String, file: StagingFile)?
    private(set) var members: [Member] = []

    /// - Parameters:
    ///   - directory: where the members are written, each under a name of its own.
    ///   - algorithm: of the digest over the archive as a whole.
    init(directory: String, algorithm: DigestAlgorithm) throws {
        (self.directory, self.algorithm) = (directory, algorithm)
        whole = try MultiDigest([algorithm])
    }

    /// Throws `ArchiveError` for what is no OVA.
    func write(_ bytes: [UInt8]) throws {
        whole.update(bytes)
        for event in try stream.push(bytes) {
            switch event {
            case .member(let member):
                let content = randomUUID()
                let file = try StagingFile(path: "\(directory)/\(content)", algorithm: .sha1, besides: Self.usual)
                open = (member.name, content, file)
            case .content(let range): try open?.file.write(bytes[range])
            case .endOfMember: try endMember()
            }
        }
    }

    private func endMember() throws {
        guard let (name, content, file) = open else { return }
        open = nil
        let (size, digests) = try file.finishAll()
        members.append(Member(name: name, content: content, path: file.path, size: size, digests: digests))
    }

    /// All members are on the disk. Throws if the archive has no end.
    func finish() throws -> (size: Int64, checksum: Checksum) {
        try stream.finish()
        return (whole.byteCount, Checksum(algorithm: algorithm, hex: whole.finish()[algorithm] ?? ""))
    }
}
