import GRDB
import Glibc

extension Journal {
    /// Opens `journal.sqlite` in the state directory; creates both where they are missing, the directory with mode 0700, the file with 0600.
    ///
    /// An existing file is looked at read-only first: one that is damaged or newer is left byte for byte as it was. The caller holds the lock of the
    /// state directory.
    public static func open(directory: String) async throws(JournalError) -> Journal {
        let result: Result<Journal, JournalError> = await blocking { Result { () throws(JournalError) in try JournalFile(directory: directory).open() } }
        return try result.get()
    }
}

/// The journal's file and the steps that open it. Blocking.
struct JournalFile {
    let directory: String
    let path: String

    init(directory: String) {
        var directory = directory
        while directory.count > 1, directory.last == "/" { directory.removeLast() }
        self.directory = directory
        path = directory + "/journal.sqlite"
    }

    func open() throws(JournalError) -> Journal {
        try makeDirectory()
        if let status = try status(of: path) {
            try makePrivate(status)
            try inspect(size: status.st_size)
        } else {
            try create()
        }
        do {
            let connection = try DatabaseQueue(path: path, configuration: Journal.configuration(readOnly: false))
            try prepare(connection)
            return Journal(path: path, connection: connection)
        } catch {
            throw JournalError(error, path: path)
        }
    }

    private func makeDirectory() throws(JournalError) {
        if mkdir(directory, 0o700) == 0 {
            guard let slash = directory.lastIndex(of: "/") else { return try sync(directory: ".") }
            return try sync(directory: slash == directory.startIndex ? "/" : String(directory[..<slash]))
        }
        if errno != EEXIST { throw failure(at: directory, "mkdir") }
        guard let status = try status(of: directory), status.st_mode & S_IFMT == S_IFDIR else {
            throw .unwritable(path: directory, detail: "the state directory is not a directory")
        }
    }
    private func makePrivate(_ status: stat) throws(JournalError) {
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unwritable(path: path, detail: "not a regular file") }
        if status.st_mode & 0o077 != 0, chmod(path, 0o600) != 0 { throw failure(at: path, "chmod 0600") }
    }

    /// What can be told without writing: that it is a journal, of a version known here, and whole.
    private func inspect(size: Int) throws(JournalError) {
        // A journal gets its name only once it has its tables: an empty file is what is left of one.
        if size == 0 { throw .damaged(path: path, detail: "the file is empty") }
        do {
            let connection = try DatabaseQueue(path: path, configuration: Journal.configuration(readOnly: true))
            defer { try? connection.close() }
            try connection.read { db in
                let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                guard application == Schema.applicationID, version > 0 else {
                    throw JournalError.damaged(path: path, detail: "an SQLite file, but not a journal of clsyncd")
                }
                guard version <= Schema.version else { throw JournalError.newer(path: path, version: version, supported: Schema.version) }
                // The whole check, at every start: with 100,000 files it takes less than a tenth of a second.
                let verdicts = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
                guard verdicts == ["ok"] else { throw JournalError.damaged(path: path, detail: verdicts.joined(separator: "; ")) }
                if let orphan = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
                    throw JournalError.damaged(path: path, detail: "rows without their owner: \(orphan)")
                }
            }
        } catch {
            throw JournalError(error, path: path)
        }
    }

    /// Makes the tables under another name and moves the whole file into place, so that a crash leaves either no journal or a good one.
    private func create() throws(JournalError) {
        let log = path + "-wal"
        if let status = try status(of: log), status.st_size > 0 {
            throw .damaged(path: path, detail: "the file is gone and its write-ahead log \(log) is not")
        }
        for leftover in [log, path + "-shm", path + ".new", path + ".new-journal"] where unlink(leftover) != 0 && errno != ENOENT {
            throw failure(at: leftover, "unlink")
        }
        let new = path + ".new"
        let file = Glibc.open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file < 0 { throw failure(at: new, "create") }
        close(file)
        do {
            let connection = try DatabaseQueue(path: new, configuration: Journal.configuration(readOnly: false))
            try connection.write(Schema.upgrade)
            try connection.close()
        } catch {
            throw JournalError(error, path: new)
        }
        if rename(new, path) != 0 { throw failure(at: path, "rename") }
        try sync(directory: directory)
    }

    private func prepare(_ connection: DatabaseQueue) throws {
        try connection.writeWithoutTransaction { db in
            guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
                throw JournalError.unwritable(path: path, detail: "its file system does not support a write-ahead log")
            }
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = \(16 << 20)")
            if try Int.fetchOne(db, sql: "PRAGMA user_version") != Schema.version {
                try db.inTransaction {
                    try Schema.upgrade(db)
                    return .commit
                }
            }
        }
    }

    private func status(of path: String) throws(JournalError) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        if errno == ENOENT { return nil }
        throw failure(at: path, "stat")
    }
    private func sync(directory: String) throws(JournalError) {
        let handle = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if handle < 0 { throw failure(at: directory, "open") }
        defer { close(handle) }
        if fsync(handle) != 0 { throw failure(at: directory, "fsync") }
    }
    /// From `errno`: to be called right after the system call.
    private func failure(at path: String, _ call: String) -> JournalError {
        let code = errno
        return .unwritable(path: path, detail: "\(call): \(String(cString: strerror(code)))")
    }
}
