import Glibc
import LinuxHost
import MirrorCore
import MirrorJournal

/// The directory that holds the record of what is published, and the lock of whoever works with it.
struct StateDirectory: Sendable {
    let path: String

    /// Makes the directory, for its owner only, where it is missing, and takes its lock.
    func acquire() throws(StateDirectoryError) -> StateLock {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .unusable(path: path, String(cString: strerror(errno))) }
        do {
            return try StateLock.acquire(directory: path)
        } catch .heldByOther(_, let process) {
            throw .inUse(path: path, process: process)
        } catch {
            throw .unusable(path: path, "\(error)")
        }
    }

    /// Opens the journal beside whoever holds the lock, for a look that changes nothing. Where there is none yet, one without a memory.
    func openJournalBeside() async throws(JournalError) -> Journal {
        access("\(path)/journal.sqlite", F_OK) != 0 && [ENOENT, ENOTDIR].contains(errno) ? try .inMemory() : try await .open(directory: path)
    }

    /// Opens the journal by `open` for the body and closes it afterwards, however the body ends.
    static func with<Result: Sendable>(_ journal: Journal, _ body: (Journal) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(journal)
            try await journal.close()
            return result
        } catch {
            try? await journal.close()
            throw error
        }
    }
}

/// Why the state directory cannot be worked with.
enum StateDirectoryError: Error, Hashable, CustomStringConvertible {
    case inUse(path: String, process: Int32?)
    case unusable(path: String, String)

    var description: String {
        switch self {
        case .inUse(let path, let process):
            "another clsyncd\(process.map { " (process \($0))" } ?? "") works with the state directory \(path): stop it, or wait for it to end"
        case .unusable(let path, let detail):
            "the state directory \(path) cannot be used: \(detail); run as its owner or as root, or set state_directory in [daemon]"
        }
    }
}
