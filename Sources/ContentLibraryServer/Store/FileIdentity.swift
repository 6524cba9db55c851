import Glibc

/// Which file it is, and in which state: equal as long as nobody wrote to it. Times are nanoseconds since 1970.
struct FileIdentity: Sendable, Hashable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Int64
    /// Also moved by a new name or other rights.
    let changed: Int64

    private init(_ status: stat) {
        (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }

    /// Of a regular file that is open. Blocks.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    /// Of a regular file; nil if there is none, or only a symbolic link. Blocks.
    init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    /// What stays the same as the file gets another name, or comes back from a backup.
    var mark: String { "\(size):\(modified)" }

    func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }
}
