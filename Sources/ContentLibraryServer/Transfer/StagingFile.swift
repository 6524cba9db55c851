import Digests
import Glibc

/// Takes the bytes of one upload while they come. Its calls block, and follow each other: the receiver begins the next one only after the former has returned.
protocol UploadSink: Sendable {
    func write(_ bytes: [UInt8]) throws
    /// Puts the bytes on the disk and says what they are. The last call.
    func finish() throws -> (size: Int64, checksum: Checksum)
}

/// A file of the staging directory, and the digests over what is in it.
final class StagingFile: UploadSink {
    let path: String
    private let descriptor: Int32
    private let digest: SerialDigest

    /// Makes the file; it must not exist.
    /// - Parameter besides: further digests, for `finishAll()`.
    init(path: String, algorithm: DigestAlgorithm, besides: [DigestAlgorithm] = []) throws {
        self.path = path
        digest = SerialDigest(try MultiDigest([algorithm] + besides), algorithm)
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws { try write(bytes[...]) }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        try bytes.withUnsafeBytes { buffer in
            digest.digest.update(buffer)
            try FileSystem.writeAll(buffer, to: descriptor, path)
        }
    }

    func finish() throws -> (size: Int64, checksum: Checksum) {
        let (size, digests) = try finishAll()
        return (size, Checksum(algorithm: digest.algorithm, hex: digests[digest.algorithm] ?? ""))
    }

    /// As `finish()`, with every digest.
    func finishAll() throws -> (size: Int64, digests: [DigestAlgorithm: String]) {
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", path) }
        return (digest.digest.byteCount, digest.digest.finish())
    }

    /// Frees the space of an upload that nobody will finish, although its receiver may still hold the file, or a file of the directory, open.
    static func discard(_ path: String) throws {
        if FileSystem.isDirectory(path) {
            for name in try FileSystem.names(in: path) { try discard("\(path)/\(name)") }
            return try FileSystem.remove(path)
        }
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
