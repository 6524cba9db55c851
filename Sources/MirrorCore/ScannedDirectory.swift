/// A directory as one pass of the scanner saw it.
public struct ScannedDirectory: Hashable, Sendable {
    public var identity: DirectoryIdentity
    public var entries: [FileName: Entry]
    /// Why the listing is not complete. A name that is missing from an incomplete listing says nothing.
    public var problem: ScanProblem?

    public init(identity: DirectoryIdentity, entries: [FileName: Entry] = [:], problem: ScanProblem? = nil) {
        (self.identity, self.entries, self.problem) = (identity, entries, problem)
    }

    public enum Entry: Hashable, Sendable {
        case file(Fingerprint)
        case directory(ScannedDirectory)
        /// A directory that could not be opened or identified.
        case unreadableDirectory(ScanProblem)
        /// A symbolic link: to a regular file inside the root, where links are followed; else not looked at.
        case symlink(Fingerprint?)
        /// A fifo, socket or device; never opened.
        case special
        /// An entry that could not be examined.
        case unreadable(ScanProblem)
    }

    /// The directory below this one, where it was scanned.
    public func directory(at path: RelativePath) -> ScannedDirectory? {
        var here = self
        for name in path.components {
            guard case .directory(let next) = here.entries[name] else { return nil }
            here = next
        }
        return here
    }

    /// The first problem in this directory or below it that must stop deletions: `EIO` and `ESTALE` do everywhere, others do where they are.
    public var firstFault: ScanProblem? {
        if let problem, problem.isFault { return problem }
        for entry in entries.values {
            switch entry {
            case .directory(let directory): if let fault = directory.firstFault { return fault }
            case .unreadableDirectory(let problem), .unreadable(let problem): if problem.isFault { return problem }
            case .file, .symlink, .special: continue
            }
        }
        return nil
    }
}

/// A system call that failed on a path during a scan.
public struct ScanProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: RelativePath
    /// The value of `errno(3)`.
    public var code: Int32
    /// The text of `strerror(3)`.
    public var text: String

    public init(path: RelativePath, code: Int32, text: String) { (self.path, self.code, self.text) = (path, code, text) }

    /// EIO (5) and ESTALE (116): the file system itself does not answer truthfully, so nothing seen in the pass proves that a name is gone.
    public var isFault: Bool { code == 5 || code == 116 }
    public var description: String { "\(path): \(text)" }
}
