import Glibc

/// A file read whole, with what was true of it while it was open.
package struct SmallFile {
    package var bytes: [UInt8]
    /// Permission bits, without the type.
    package var mode: UInt32
    package var stamp: FileStamp

    /// Opens, reads and closes. Blocks on the disk; never on a pipe or a terminal, which are refused.
    package init(_ path: String, atMost limit: Int) throws(SmallFileError) {
        // A pipe without a writer would block the open.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SmallFileError(errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .directory
        default: throw .notRegular
        }
        mode = UInt32(status.st_mode & ~S_IFMT)
        stamp = FileStamp(status)
        bytes = try Self.readAll(descriptor, atMost: limit)
    }

    private static func readAll(_ descriptor: Int32, atMost limit: Int) throws(SmallFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(errno)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > limit { throw .tooLong(limit: limit) }
        }
    }
}

/// Tells cheaply whether a file was written or replaced.
package struct FileStamp: Hashable, Sendable {
    private var device: UInt64
    private var inode: UInt64
    private var size: Int64
    private var modified: Int64
    private var changed: Int64

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }

    /// Nil where there is no such file, or none that can be seen.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// Why a file could not be read.
package enum SmallFileError: Error, Hashable, CustomStringConvertible {
    case missing
    case permissionDenied
    case directory
    /// A pipe, a socket, a device.
    case notRegular
    /// In bytes.
    case tooLong(limit: Int)
    /// An errno value.
    case system(Int32)

    fileprivate init(errno code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES: self = .permissionDenied
        // open(2): a socket.
        case ENXIO: self = .notRegular
        default: self = .system(code)
        }
    }

    /// What follows the file's name in a message.
    package var description: String {
        switch self {
        case .missing: "no such file"
        case .permissionDenied: "permission denied: this process runs as user \(geteuid())"
        case .directory: "is a directory, not a file"
        case .notRegular: "is not a regular file"
        case .tooLong(let limit): "is longer than \(limit) bytes"
        case .system(let code): String(cString: strerror(code))
        }
    }
}
