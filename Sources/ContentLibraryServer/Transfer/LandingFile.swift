import Glibc

/// A new file of the staging directory that somebody else writes by its descriptor, at offsets of their own. Its calls block.
final class LandingFile: Sendable {
    let path: String
    let descriptor: Int32

    /// Makes the file; it must not exist.
    init(_ path: String) throws {
        self.path = path
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
    }

    deinit { close(descriptor) }

    /// Puts on the disk what was written, and nothing beyond: an earlier try may have come further.
    func finish(size: Int64) throws(SystemCallError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw SystemCallError("ftruncate", path) }
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", path) }
    }
}
