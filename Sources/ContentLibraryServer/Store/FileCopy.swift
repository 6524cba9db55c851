import Digests
import Glibc

/// A second name or a second body for bytes that lie on a storage already. Its calls block.
enum FileCopy {
    /// Linux's request to share the extents of another file, where the file system can.
    private static let shareExtents: UInt = 0x4004_9409
    private static let chunkSize = 1 << 20

    /// Puts the bytes of `source` at `path`, which must not exist: as a hard link, as shared extents, or byte by byte, as the storage permits.
    /// Returns when they are on the disk; the directory's entry is the caller's to sync. Throws `SystemCallError`, or `Damaged` where the bytes
    /// are not what they were received as.
    static func make(_ path: String, of source: String, size: Int64, checksum: Checksum) throws {
        guard FileSystem.fileSize(source) == size else { throw Damaged(path: source) }
        if link(source, path) == 0 { return }
        guard errno != ENOENT, errno != EEXIST else { throw SystemCallError("link", source) }
        do { try write(path, from: source, checksum) } catch {
            try? FileSystem.remove(path)
            throw error
        }
    }

    /// The source's length or digest is not the recorded one.
    struct Damaged: Error {
        let path: String
    }

    private static func write(_ path: String, from source: String, _ checksum: Checksum) throws {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else { throw SystemCallError("open", source) }
        defer { close(input) }
        let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw SystemCallError("open", path) }
        defer { close(output) }
        if ioctl(output, shareExtents, input) != 0 {
            guard try copy(input, source, to: output, path, checksum.algorithm) == checksum.hex else { throw Damaged(path: source) }
        }
        guard fsync(output) == 0 else { throw SystemCallError("fsync", path) }
    }

    private static func copy(_ input: Int32, _ source: String, to output: Int32, _ path: String, _ algorithm: DigestAlgorithm) throws -> String? {
        let digest = try MultiDigest([algorithm])
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = read(input, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError("read", source)
            }
            if count == 0 { return digest.finish()[algorithm] }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            digest.update(bytes)
            try FileSystem.writeAll(bytes, to: output, path)
        }
    }
}
