import LinuxHost
import MirrorCore

/// Opens and reads local files by the mirror's rules. Its calls block: they belong on a `DiskThread`.
struct SourceReader: Sendable {
    let rules: MirrorRules

    /// The file with that fingerprint, opened below the root; nil where it is gone, moved or unreadable.
    /// - Parameter root: the root that was scanned, where it must still be that one.
    func open(_ file: LocalFile, below scanned: DirectoryIdentity? = nil) -> SourceFile? {
        do {
            let root = try RootDirectory.open(rules.path)
            if let scanned, root.identity != scanned { return nil }
            let source = try rules.symlinks == .follow ? root.openFollowing(file.path) : root.openFile(file.path)
            return isUnmoved(source, file) ? source : nil
        } catch {
            return nil
        }
    }

    func isUnmoved(_ source: SourceFile, _ file: LocalFile) -> Bool {
        (try? source.fingerprint())?.equals(file.fingerprint, in: rules.fingerprint) ?? false
    }

    /// Nil where the file moved meanwhile or cannot be read.
    func checksums(of file: LocalFile, _ algorithms: Set<ChecksumAlgorithm>, shouldStop: () -> Bool) throws -> Checksums? {
        guard let source = open(file) else { return nil }
        do {
            let (checksums, bytes) = try FileHasher.hash(source, algorithms, shouldStop: shouldStop)
            return bytes == file.fingerprint.size && isUnmoved(source, file) ? checksums : nil
        } catch is ScanProblem {
            return nil
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
