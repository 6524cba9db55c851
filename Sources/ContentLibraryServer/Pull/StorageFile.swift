import Glibc

/// A regular file of a storage, open for reading: what a pull reads without any network. Its calls block.
final class StorageFile: Sendable {
    let path: String
    /// As it was opened.
    let identity: FileIdentity
    private let descriptor: Int32

    /// Linux's request to share the extents of another file, where the file system can.
    private static let shareExtents: UInt = 0x4004_9409
    private static let chunkSize = 1 << 20

    /// - Parameter path: absolute, without symbolic links. A file that turns out to lie elsewhere, for somebody moved a directory or put a link in
    ///   its place meanwhile, is not read.
    init(_ path: String) throws(PullFailure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw .noSuchFile(FileSystem.reason(errno)) }
        guard let identity = FileIdentity(descriptor: descriptor), Self.place(of: descriptor) == path else {
            close(descriptor)
            throw .noSuchFile("it is no regular file there")
        }
        self.identity = identity
    }

    deinit { close(descriptor) }

    private static func place(of descriptor: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Nobody wrote to it since it was opened, as far as its times tell.
    func requireUnchanged() throws(PullFailure) {
        guard FileIdentity(descriptor: descriptor) == identity else { throw .changed }
    }

    /// Hands the bytes out in order, from the first to the last. `body` may throw to stop.
    func read(_ body: ([UInt8]) throws -> Void) throws {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        var offset: off_t = 0
        while true {
            let bytes = try [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { buffer, filled in
                repeat { filled = Swift.max(pread(descriptor, buffer.baseAddress, buffer.count, offset), -1) } while filled < 0 && errno == EINTR
                guard filled >= 0 else {
                    filled = 0
                    throw PullFailure.noSuchFile(FileSystem.reason(errno))
                }
            }
            if bytes.isEmpty { return }
            offset += off_t(bytes.count)
            try body(bytes)
        }
    }

    /// Makes `path` of the same extents. False where the file system cannot; nothing is there then.
    func share(as path: String) throws(SystemCallError) -> Bool {
        let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw SystemCallError("open", path) }
        defer { close(output) }
        guard ioctl(output, Self.shareExtents, descriptor) == 0 else {
            try FileSystem.remove(path)
            return false
        }
        guard fsync(output) == 0 else { throw SystemCallError("fsync", path) }
        return true
    }

    /// Gives the very file a second name, whose directory is the caller's to sync. False where that cannot be had: on another file system, say.
    func link(as path: String) throws(SystemCallError) -> Bool {
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", self.path) }
        return linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }
}
