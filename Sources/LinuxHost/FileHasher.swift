import Digests
import MirrorCore

/// Reads a file once, from its beginning to its end, and takes its checksums.
public enum FileHasher {
    static let bufferBytes = 1 << 20

    /// - Parameters:
    ///   - shouldStop: asked before every buffer of 1 MiB; true ends the work with `CancellationError`.
    ///   - progress: told after every buffer how many bytes of the file have been read so far.
    /// - Returns: the checksums and the number of bytes they cover. Whether the file held still meanwhile is the caller's to judge, by its
    ///   fingerprint before and after.
    /// - Throws: `ScanProblem` where the file cannot be read, `DigestError` where OpenSSL refuses an algorithm.
    public static func hash(
        _ file: SourceFile, _ algorithms: Set<ChecksumAlgorithm>, shouldStop: () -> Bool = { false }, progress: (Int64) -> Void = { _ in }
    ) throws -> (checksums: Checksums, bytes: Int64) {
        let digest = try MultiDigest(algorithms.sorted().map(\.digest))
        file.adviseSequential()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferBytes, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            if shouldStop() { throw CancellationError() }
            let count = try file.read(into: buffer, at: digest.byteCount)
            digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if count > 0 { progress(digest.byteCount) }
            // read(into:at:) comes back short only at the end.
            if count < buffer.count { break }
        }
        let results = digest.finish()
        return (Checksums(algorithms.compactMap { algorithm in results[algorithm.digest].map { Checksum(algorithm, hex: $0) } }), digest.byteCount)
    }
}

extension ChecksumAlgorithm {
    /// The same algorithm in the words of `Digests`.
    var digest: DigestAlgorithm {
        switch self {
        case .sha1: .sha1
        case .sha256: .sha256
        case .sha512: .sha512
        case .md5: .md5
        }
    }
}
