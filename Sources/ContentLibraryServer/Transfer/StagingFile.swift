import Digests
import Glibc

/// The bytes of one upload while they come: a file of the staging directory, and the digest over what is in it. Its calls block.
final class StagingFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let digest: SerialDigest

    /// Makes the file; it must not exist.
    init(path: String, algorithm: DigestAlgorithm) throws {
        self.path = path
        digest = SerialDigest(try MultiDigest([algorithm]), algorithm)
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
    }

    deinit { close(descriptor) }

    /// Appends. Calls follow each other: the receiver begins the next one only after the former has returned.
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            digest.digest.update(buffer)
            try FileSystem.writeAll(buffer, to: descriptor, path)
        }
    }

    /// Puts the bytes on the disk and says what they are. The last call.
    func finish() throws -> (size: Int64, checksum: Checksum) {
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", path) }
        let hex = digest.digest.finish()[digest.algorithm] ?? ""
        return (digest.digest.byteCount, Checksum(algorithm: digest.algorithm, hex: hex))
    }

    /// Frees the space of an upload that nobody will finish, although its receiver may still hold the file open.
    static func discard(_ path: String) throws {
        guard truncate(path, 0) == 0 || errno == ENOENT else { throw SystemCallError("truncate", path) }
        try FileSystem.remove(path)
    }
}

/// A digest that moves between threads.
private final class SerialDigest: @unchecked Sendable {
    // Sendable because its file's calls follow each other: no two threads are ever in it at once, and each hand-over goes through a lock.
    let digest: MultiDigest
    let algorithm: DigestAlgorithm

    init(_ digest: MultiDigest, _ algorithm: DigestAlgorithm) { (self.digest, self.algorithm) = (digest, algorithm) }
}
