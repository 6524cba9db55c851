import CLinux
import Glibc
import MirrorCore

/// A regular file of a mirror, open for reading; closed with its last owner. Its calls block (`DiskThread`).
public final class SourceFile: Sendable {
    public let path: RelativePath
    let descriptor: Descriptor
    /// Open for reading as long as the instance lives; its position is nobody's.
    public var fileDescriptor: Int32 { descriptor.number }

    init(path: RelativePath, descriptor: Descriptor) { (self.path, self.descriptor) = (path, descriptor) }

    /// What the open file is now, whatever its name leads to meanwhile.
    public func fingerprint() throws(ScanProblem) -> Fingerprint {
        switch FileStatus.of(descriptor) {
        case .success(let status): return status.fingerprint
        case .failure(let failure): throw ScanProblem(path, code: failure.code)
        }
    }

    /// Reads at `offset` until the buffer is full or the file ends; returns the number of bytes. Keeps no position: any thread, any order.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ScanProblem) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor.number, start + done, buffer.count - done, off_t(offset) + off_t(done))
            let code = errno
            if count == 0 { break }
            if count > 0 { done += count } else if code != EINTR { throw ScanProblem(path, code: code) }
        }
        return done
    }

    /// Tells the kernel that the file will be read from its beginning to its end (`posix_fadvise(2)`).
    public func adviseSequential() { posix_fadvise(descriptor.number, 0, 0, POSIX_FADV_SEQUENTIAL) }
}
