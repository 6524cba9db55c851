import LinuxHost
import MirrorCore

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

    /// Whether anybody has the file open for writing; nil where it is not there now as it was listed. Throws where it cannot be read.
    func writers(of file: LocalFile) throws(ReadFault) -> WriteLease.Answer? {
        do {
            let root = try RootDirectory.open(rules.path)
            let source = try rules.symlinks == .follow ? root.openFollowing(file.path) : root.openFile(file.path)
            return isUnmoved(source, file) ? WriteLease.probe(source) : nil
        } catch SourceFileError.unreadable(let problem) {
            throw .unreadable(file.path, problem.text)
        } catch {
            return nil
        }
    }
}
