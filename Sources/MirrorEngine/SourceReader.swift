import HTTPTransport
import LinuxHost
import MirrorCore

/// Why the content of a file was not had. It is tried again later.
struct ReadFault: Error, Hashable, Sendable, CustomStringConvertible {
    var path: RelativePath
    var reason: String

    init(_ path: RelativePath, _ reason: String) { (self.path, self.reason) = (path, reason) }
    static func moved(_ path: RelativePath) -> Self { Self(path, "moved while it was read") }
    static func unreadable(_ path: RelativePath, _ why: String) -> Self { Self(path, "cannot be read: \(why)") }
    /// The transfer's own account of what happened to the file.
    init(_ path: RelativePath, _ fault: TransportError.FileFault) {
        switch fault {
        case .short: self = .moved(path)
        case .errno, .digest: self = .unreadable(path, fault.description)
        }
    }

    var description: String { "\(path): \(reason)" }
}

/// Opens and reads local files by the mirror's rules. Its calls block: they belong on a `DiskThread`.
struct SourceReader: Sendable {
    let rules: MirrorRules

    /// The file with that fingerprint, opened below the root. Throws where it is gone, moved or unreadable.
    /// - Parameter root: the root that was scanned, where it must still be that one.
    func open(_ file: LocalFile, below scanned: DirectoryIdentity? = nil) throws(ReadFault) -> SourceFile {
        do {
            let root = try RootDirectory.open(rules.path)
            if let scanned, root.identity != scanned { throw ReadFault(file.path, "the directory it was found in was replaced") }
            let source = try rules.symlinks == .follow ? root.openFollowing(file.path) : root.openFile(file.path)
            guard isUnmoved(source, file) else { throw ReadFault.moved(file.path) }
            return source
        } catch let fault as ReadFault {
            throw fault
        } catch SourceFileError.unreadable(let problem) {
            throw .unreadable(file.path, problem.text)
        } catch {
            throw ReadFault(file.path, "\(error)")
        }
    }

    func isUnmoved(_ source: SourceFile, _ file: LocalFile) -> Bool {
        (try? source.fingerprint())?.equals(file.fingerprint, in: rules.fingerprint) ?? false
    }

    func checksums(of file: LocalFile, _ algorithms: Set<ChecksumAlgorithm>, shouldStop: () -> Bool) throws -> Checksums {
        let source = try open(file)
        do {
            let (checksums, bytes) = try FileHasher.hash(source, algorithms, shouldStop: shouldStop)
            guard bytes == file.fingerprint.size, isUnmoved(source, file) else { throw ReadFault.moved(file.path) }
            return checksums
        } catch let problem as ScanProblem {
            throw ReadFault.unreadable(file.path, problem.text)
        }
    }

    /// Whether anybody has the file open for writing.
    func writers(of file: LocalFile) -> WriteLease.Answer? {
        do {
            let root = try RootDirectory.open(rules.path)
            return WriteLease.probe(try rules.symlinks == .follow ? root.openFollowing(file.path) : root.openFile(file.path))
        } catch {
            return nil
        }
    }
}
