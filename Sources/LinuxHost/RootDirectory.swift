import CLinux
import Glibc
import MirrorCore

/// A mirror's root, held for one pass.
///
/// Everything below is reached relative to the held directory, so a rename of the root or of a directory above it moves nothing away under a
/// pass. While an instance lives the file system cannot be unmounted: let it go at the end of the pass. Its calls block (`DiskThread`).
public final class RootDirectory: Sendable {
    /// As configured.
    public let path: String
    public let identity: DirectoryIdentity
    /// The mount on which the root lies, as in `/proc/self/mountinfo`; nil before Linux 5.8.
    public let mountID: UInt64?
    let descriptor: Descriptor
    let resolution: Resolution

    /// How a path below the root is resolved.
    enum Resolution: Sendable {
        /// `openat2(2)` keeps the whole resolution beneath the root.
        case kernel
        /// Component by component: before Linux 5.6, and where a sandbox refuses openat2.
        case walk

        static let best: Resolution = {
            let probe = clinux_open_beneath(AT_FDCWD, ".", CLINUX_OPEN_PLACE)
            if probe >= 0 { close(probe) }
            return probe == -ENOSYS || probe == -EPERM ? .walk : .kernel
        }()
    }

    /// Opens the directory. Where `path` ends in a symbolic link it is followed, this once.
    public static func open(_ path: String) throws(RootUnavailable) -> RootDirectory { try open(path, resolution: .best) }

    static func open(_ path: String, resolution: Resolution) throws(RootUnavailable) -> RootDirectory {
        let number = clinux_open(AT_FDCWD, path, CLINUX_OPEN_ROOT)
        if number < 0 { throw RootUnavailable(path: path, code: -number) }
        let descriptor = Descriptor(owning: number)
        switch FileStatus.of(descriptor) {
        case .failure(let failure): throw RootUnavailable(path: path, code: failure.code)
        case .success(let status):
            switch status.identity(descriptor) {
            case .failure(let failure): throw RootUnavailable(path: path, code: failure.code)
            case .success(let identity):
                return RootDirectory(path: path, identity: identity, mountID: status.mountID, descriptor: descriptor, resolution: resolution)
            }
        }
    }

    private init(path: String, identity: DirectoryIdentity, mountID: UInt64?, descriptor: Descriptor, resolution: Resolution) {
        (self.path, self.identity, self.mountID) = (path, identity, mountID)
        (self.descriptor, self.resolution) = (descriptor, resolution)
    }

    /// The name of the network or user-space file system that the root lies on; nil for a local one.
    public var remoteFileSystem: String? { FileSystemKind.remoteName(magic: identity.fileSystem) }

    /// Opens a regular file below the root; no symbolic link anywhere in `path` is followed, and nothing else than a regular file is opened.
    public func openFile(_ path: RelativePath) throws(SourceFileError) -> SourceFile { try openFile(path, following: false) }

    /// Opens the regular file that `path` leads to through symbolic links, none of which may leave the root. An absolute link stays inside where
    /// it begins with the root's path, as configured or as the kernel knows it.
    public func openFollowing(_ path: RelativePath) throws(SourceFileError) -> SourceFile { try openFile(path, following: true) }

    private func openFile(_ path: RelativePath, following: Bool) throws(SourceFileError) -> SourceFile {
        // Looked at before it is opened: opening a device or a fifo may already do something.
        let place = try opened(path, following ? CLINUX_OPEN_PLACE_FOLLOW : CLINUX_OPEN_PLACE)
        let expected = try regular(place, path)
        let file = try opened(path, following ? CLINUX_OPEN_READ_FOLLOW : CLINUX_OPEN_READ)
        let actual = try regular(file, path)
        guard actual.inode == expected.inode, actual.device == expected.device else { throw .missing(path) }
        return SourceFile(path: path, descriptor: file)
    }

    private func opened(_ path: RelativePath, _ how: clinux_open) throws(SourceFileError) -> Descriptor {
        switch open(path, how) {
        case .success(let descriptor): return descriptor
        case .failure(let failure) where failure.isAbsence: throw .missing(path)
        case .failure(let failure): throw .unreadable(ScanProblem(path, code: failure.code))
        }
    }

    private func regular(_ descriptor: Descriptor, _ path: RelativePath) throws(SourceFileError) -> FileStatus {
        switch FileStatus.of(descriptor) {
        case .success(let status) where status.kind == .file: return status
        case .success: throw .notRegular(path)
        case .failure(let failure): throw .unreadable(ScanProblem(path, code: failure.code))
        }
    }

    /// Whether there is something of this name, judged by looking it up, not by a listing: what must be asked before a deletion is believed.
    public func presence(of path: RelativePath) -> Presence {
        switch open(path, CLINUX_OPEN_PLACE) {
        case .success: return .present
        case .failure(let failure) where failure.isAbsence: return .absent
        case .failure(let failure): return .unknown(ScanProblem(path, code: failure.code))
        }
    }

    public enum Presence: Hashable, Sendable {
        case present, absent
        case unknown(ScanProblem)
    }

    /// Opens what lies at `path` beneath the root.
    func open(_ path: RelativePath, _ how: clinux_open) -> Result<Descriptor, Errno> {
        if resolution == .walk { return walk(path, how) }
        let number = clinux_open_beneath(descriptor.number, path.cPath, how)
        // For the kernel every absolute link leads outside.
        let isFollowing = how == CLINUX_OPEN_READ_FOLLOW || how == CLINUX_OPEN_PLACE_FOLLOW
        if number == -EXDEV && isFollowing { return walk(path, how) }
        return number < 0 ? .failure(Errno(code: -number)) : .success(Descriptor(owning: number))
    }

    private func walk(_ path: RelativePath, _ how: clinux_open) -> Result<Descriptor, Errno> {
        var buffer = [UInt8](repeating: 0, count: 4096)  // PATH_MAX
        let count = clinux_read_link(AT_FDCWD, "/proc/self/fd/\(descriptor.number)", &buffer, buffer.count)
        let prefixes = [Array(self.path.utf8), Array(buffer.prefix(max(count, 0)))].filter { $0.first == UInt8(ascii: "/") }
        return BeneathWalk(root: descriptor, prefixes: prefixes.map(BeneathWalk.components)).open(path, how)
    }
}

/// The root could not be opened.
public struct RootUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    /// The value of `errno(3)`.
    public var code: Int32

    /// Whether there is no directory at the path, rather than one that cannot be looked at.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    public var text: String { code == ENOTDIR ? "not a directory, or below something that is none" : errorText(code) }
    public var description: String { "\(printable(Array(path.utf8))): \(text)" }
}

/// Why a source file could not be opened.
public enum SourceFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is nothing of that name any more, or it changed hands while it was opened: look again.
    case missing(RelativePath)
    /// A directory, symbolic link, fifo, socket or device.
    case notRegular(RelativePath)
    case unreadable(ScanProblem)

    public var description: String {
        switch self {
        case .missing(let path): "\(path): no such file"
        case .notRegular(let path): "\(path): not a regular file"
        case .unreadable(let problem): problem.description
        }
    }
}

/// A failed call's `errno(3)`, before it is known what it was about.
struct Errno: Error, Hashable, Sendable {
    var code: Int32
    /// Whether the name leads to nothing.
    var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}

/// Bytes as a C string.
func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }

extension RelativePath {
    /// As a system call takes it below an open directory: `.` for the root itself.
    var cPath: [CChar] { cString(isRoot ? [UInt8(ascii: ".")] : bytes) }
}
