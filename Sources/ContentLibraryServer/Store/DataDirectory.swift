import Glibc
import Synchronization

/// The directory of one running server: made if missing, locked until it is let go.
public final class DataDirectory: Sendable {
    /// Absolute, without symbolic links.
    public let path: String
    private let lock: Mutex<Int32?>

    /// Blocks.
    public init(_ given: String) throws(StartupError) {
        do {
            try FileSystem.makeDirectories(given)
        } catch {
            throw .dataDirectory(path: given, why: error.reason)
        }
        guard let real = FileSystem.resolved(given), FileSystem.isDirectory(real) else {
            throw .dataDirectory(path: given, why: "it is not a directory")
        }
        path = real
        let descriptor = open("\(real)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .dataDirectory(path: real, why: String(cString: strerror(errno))) }
        // The kernel releases the lock with the last descriptor, however the process ends.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK ? .locked(path: real) : .dataDirectory(path: real, why: String(cString: strerror(code)))
        }
        lock = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets another server have the directory. Once is enough.
    public func release() {
        lock.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    /// The database's path. The file is made for the owner alone, since it holds transfer secrets; SQLite gives its other files the same mode. Blocks.
    func databasePath() throws(StartupError) -> String {
        let database = "\(path)/library.sqlite"
        let descriptor = open(database, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .dataDirectory(path: path, why: String(cString: strerror(errno))) }
        close(descriptor)
        return database
    }
}
