import CLinux
import Glibc
import MirrorCore

/// Looks at a tree and reports what is there; decides nothing.
///
/// Every failure is part of the result, at the place where it happened; the rest is complete. Names are taken relative to open directories,
/// one descriptor per level, so no rename above them misleads a scan. Its calls block (`DiskThread`).
public enum DirectoryScanner {
    public struct Options: Hashable, Sendable {
        /// How many levels of subdirectories are entered: 0 lists the directory alone, `Int.max` has no limit of its own. A subdirectory that
        /// is not entered has its identity, no entries, and the problem `notEntered`.
        public var descend: Int
        /// Whether symbolic links are looked through, as far as they lead to a regular file inside the root.
        public var followSymlinks: Bool

        public init(descend: Int, followSymlinks: Bool = false) { (self.descend, self.followSymlinks) = (descend, followSymlinks) }
    }

    /// Directories nested deeper than this in a scan are reported as unreadable: it bounds the open descriptors. Linux itself takes no path
    /// of more than 4096 bytes.
    public static let deepest = 128

    /// The problem of a directory that `Options.descend` excluded; its code is 0.
    public static func notEntered(_ path: RelativePath) -> ScanProblem { ScanProblem(path: path, code: 0, text: "not looked into") }

    /// Scans `directory` and what lies below it.
    ///
    /// - Parameter isCancelled: asked every 256 entries and at every directory; true ends the scan with `CancellationError`.
    /// - Throws: `ScanProblem` if `directory` itself cannot be opened, `CancellationError`; nothing else.
    public static func scan(
        _ root: RootDirectory, directory: RelativePath = .root, options: Options, isCancelled: () -> Bool = { false }
    ) throws -> ScannedDirectory {
        try withoutActuallyEscaping(isCancelled) { isCancelled in
            switch root.open(directory, CLINUX_OPEN_DIRECTORY) {
            case .failure(let failure): throw ScanProblem(directory, code: failure.code)
            case .success(let descriptor):
                let walk = Walk(root: root, options: options, isCancelled: isCancelled)
                switch try walk.directory(descriptor, directory, level: 0, parent: nil) {
                case .directory(let scanned): return scanned
                case .unreadableDirectory(let problem): throw problem
                default: throw ScanProblem(directory, code: ENOTDIR)
                }
            }
        }
    }
}

private struct Walk {
    let root: RootDirectory
    let options: DirectoryScanner.Options
    let isCancelled: () -> Bool

    func directory(_ descriptor: Descriptor, _ path: RelativePath, level: Int, parent: DirectoryIdentity?) throws -> ScannedDirectory.Entry {
        if isCancelled() { throw CancellationError() }
        let identity: DirectoryIdentity
        switch FileStatus.of(descriptor).flatMap({ $0.identity(descriptor, parent: parent) }) {
        case .failure(let failure): return .unreadableDirectory(ScanProblem(path, code: failure.code))
        case .success(let found): identity = found
        }
        var result = ScannedDirectory(identity: identity)
        if level > options.descend {
            result.problem = DirectoryScanner.notEntered(path)
            return .directory(result)
        }
        let listing = DirectoryListing.read(descriptor)
        result.problem = listing.problem.map { $0 == DirectoryListing.unsteady ? Self.unsteady(path) : ScanProblem(path, code: $0.code) }
        result.entries.reserveCapacity(listing.entries.count)
        for (index, entry) in listing.entries.enumerated() {
            if index & 255 == 255, isCancelled() { throw CancellationError() }
            if let found = try examine(entry.name, entry.type, in: descriptor, path, identity, level) { result.entries[entry.name] = found }
        }
        return .directory(result)
    }

    /// Nil when the name is gone again.
    private func examine(
        _ name: FileName, _ type: UInt8, in directory: Descriptor, _ path: RelativePath, _ identity: DirectoryIdentity, _ level: Int
    ) throws -> ScannedDirectory.Entry? {
        switch Int(type) {
        case DT_FIFO, DT_SOCK, DT_CHR, DT_BLK: return .special
        case DT_DIR:
            switch try subdirectory(name, in: directory, path, identity, level) {
            case .success(let entry): return entry
            case .failure(let failure) where failure.code == ENOENT: return nil
            // Another kind of file took the name since the listing.
            case .failure(let failure) where failure.code == ENOTDIR || failure.code == ELOOP: break
            case .failure(let failure): return .unreadableDirectory(ScanProblem(path.appending(name), code: failure.code))
            }
        default: break
        }
        switch FileStatus.of(name, in: directory) {
        case .failure(let failure) where failure.code == ENOENT: return nil
        case .failure(let failure): return .unreadable(ScanProblem(path.appending(name), code: failure.code))
        case .success(let status):
            switch status.kind {
            case .file: return .file(status.fingerprint)
            case .special: return .special
            case .symlink: return .symlink(options.followSymlinks ? target(path.appending(name)) : nil)
            case .directory:
                return switch try subdirectory(name, in: directory, path, identity, level) {
                case .success(let entry): entry
                case .failure(let failure) where failure.code == ENOENT: nil
                case .failure(let failure): .unreadableDirectory(ScanProblem(path.appending(name), code: failure.code))
                }
            }
        }
    }

    private func subdirectory(
        _ name: FileName, in directory: Descriptor, _ path: RelativePath, _ identity: DirectoryIdentity, _ level: Int
    ) throws -> Result<ScannedDirectory.Entry, Errno> {
        let below = path.appending(name)
        let isEntered = level + 1 <= options.descend
        if isEntered && level + 1 > DirectoryScanner.deepest { return .success(.unreadableDirectory(Self.tooDeep(below))) }
        let number = clinux_open(directory.number, cString(name.bytes), isEntered ? CLINUX_OPEN_DIRECTORY : CLINUX_OPEN_PLACE)
        if number < 0 { return .failure(Errno(code: -number)) }
        let descriptor = Descriptor(owning: number)
        if !isEntered, case .success(let status) = FileStatus.of(descriptor), status.kind != .directory { return .failure(Errno(code: ENOTDIR)) }
        return .success(try self.directory(descriptor, below, level: level + 1, parent: identity))
    }

    /// The regular file inside the root that the link leads to.
    private func target(_ link: RelativePath) -> Fingerprint? {
        guard case .success(let place) = root.open(link, CLINUX_OPEN_PLACE_FOLLOW), case .success(let status) = FileStatus.of(place),
            status.kind == .file
        else { return nil }
        return status.fingerprint
    }

    private static func unsteady(_ path: RelativePath) -> ScanProblem {
        ScanProblem(path: path, code: EAGAIN, text: "changed every time it was listed")
    }
    private static func tooDeep(_ path: RelativePath) -> ScanProblem {
        ScanProblem(path: path, code: ENAMETOOLONG, text: "nested deeper than \(DirectoryScanner.deepest) directories")
    }
}
