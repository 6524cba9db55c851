import CLinux
import Glibc

/// Asks the kernel whether anybody has a file open for writing.
public enum WriteLease {
    public enum Answer: Hashable, Sendable {
        case notOpenForWriting
        case openForWriting
        /// The kernel does not say: the file belongs to another user and there is no CAP_LEASE (EACCES), the file system has no leases
        /// (EINVAL and others), or other machines may have it open too, of which some file systems say EAGAIN whether they have or not
        /// (EOPNOTSUPP). The value of `errno(3)`.
        case unsupported(Int32)
    }

    /// Takes a read lease and gives it back at once (`fcntl(2)`, F_SETLEASE): it is granted only while no descriptor and no mapping of the
    /// file is open for writing. Somebody who opens the file for writing in between waits for those microseconds.
    public static func probe(_ file: SourceFile) -> Answer {
        var magic: Int64 = 0
        let failure = clinux_file_system(file.descriptor.number, &magic)
        if failure < 0 || FileSystemKind.remoteName(magic: magic) != nil { return .unsupported(failure < 0 ? -failure : EOPNOTSUPP) }
        switch -clinux_take_lease(file.descriptor.number) {
        case 0:
            clinux_release_lease(file.descriptor.number)
            return .notOpenForWriting
        case EAGAIN: return .openForWriting
        case let code: return .unsupported(code)
        }
    }
}
