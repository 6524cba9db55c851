import Dispatch
import GRDB
import Synchronization

/// The daemon's durable record: what it published, the hashes it knows, what it has begun, and what waits for a person.
///
/// One SQLite file in write-ahead mode on one connection. Every method is one transaction: when it returns, what it wrote is on the disk
/// (`synchronous = FULL`); when it throws, nothing of it is. A call that has begun runs to its end although its task is cancelled: what was done at
/// the server has to be recorded all the same. Methods may be called from any task at any time; they run one after the other, off the cooperative pool.
///
/// Never stored: passwords, login sessions, transfer URLs.
public final class Journal: Sendable {
    /// The file; `:memory:` for a journal in memory.
    public let path: String
    private let connection: DatabaseQueue
    private let isInMemory: Bool
    private let isClosed = Mutex(false)

    init(path: String, connection: DatabaseQueue, isInMemory: Bool = false) {
        (self.path, self.connection, self.isInMemory) = (path, connection, isInMemory)
    }

    /// A journal without a file, for simulations: each call ends without suspending its task, so that one executor sees one order of events, and
    /// `close()` leaves it usable, so that it outlives what would have been the process.
    public static func inMemory() throws(JournalError) -> Journal {
        do {
            let connection = try DatabaseQueue(configuration: configuration(readOnly: false))
            try connection.write(Schema.upgrade)
            return Journal(path: ":memory:", connection: connection, isInMemory: true)
        } catch {
            throw JournalError(error, path: ":memory:")
        }
    }

    /// Another journal in memory, as a process that ended now would leave this one to the next.
    public func copy() throws(JournalError) -> Journal {
        let copy = try Journal.inMemory()
        do { try connection.backup(to: copy.connection) } catch { throw JournalError(error, path: path) }
        return copy
    }

    static func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.readonly = readOnly
        configuration.foreignKeysEnabled = true
        // Another process may be looking: `sqlite3 journal.sqlite`, a backup.
        configuration.busyMode = .timeout(10)
        return configuration
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(JournalError) -> T {
        if isInMemory { return try settled(Result { try writeInline(body) }) }
        return try await queued { connection, done in connection.asyncWrite(body) { _, result in done(result) } }
    }
    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(JournalError) -> T {
        if isInMemory { return try settled(Result { try readInline(body) }) }
        return try await queued { connection, done in connection.asyncRead { db in done(Result { try body(db.get()) }) } }
    }
    private func writeInline<T>(_ body: (Database) throws -> T) throws -> T { try connection.write(body) }
    private func readInline<T>(_ body: (Database) throws -> T) throws -> T { try connection.read(body) }

    /// Hands work to the connection's queue, which runs it after all that came before, and waits for its end. The lock makes everything that was
    /// accepted come before the close.
    private func queued<T: Sendable>(
        _ start: (DatabaseQueue, _ done: @escaping @Sendable (Result<T, any Error>) -> Void) -> Void
    ) async throws(JournalError) -> T {
        let result: Result<T, any Error> = await withCheckedContinuation { continuation in
            let isAccepted = isClosed.withLock { isClosed in
                if !isClosed { start(connection) { continuation.resume(returning: $0) } }
                return !isClosed
            }
            if !isAccepted { continuation.resume(returning: .failure(JournalError.unwritable(path: path, detail: "it is closed"))) }
        }
        return try settled(result)
    }
    private func settled<T>(_ result: Result<T, any Error>) throws(JournalError) -> T {
        do { return try result.get() } catch { throw JournalError(error, path: path) }
    }

    /// Moves the write-ahead log into the file and empties it.
    public func checkpoint() async throws(JournalError) {
        if isInMemory { return }
        try await queued { connection, done in
            connection.asyncWriteWithoutTransaction { db in done(Result { _ = try db.checkpoint(.truncate) }) }
        }
    }
    /// Waits for the calls under way, checkpoints and closes the file. Later calls throw, save a second close, which does nothing. Without it nothing is
    /// lost, but the next start has to read the log.
    public func close() async throws(JournalError) {
        if isInMemory { return }
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        if wasClosed { return }
        try settled(await blocking { [connection] in Result { try connection.close() } })
    }
}

/// Runs what blocks on a thread that may block.
func blocking<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { done in DispatchQueue.global().async { done.resume(returning: body()) } }
}

extension JournalError {
    /// What a failed access means for the file at `path`.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as JournalError: self = error
        case let row as UnreadableRow: self = .damaged(path: path, detail: row.detail)
        case let error as DatabaseError:
            let detail = "\(error.message ?? "SQLite error") (SQLite code \(error.extendedResultCode.rawValue))"
            switch error.resultCode {
            // A statement of ours that SQLite cannot prepare or a constraint that it breaks means that the tables are not those we made.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_FORMAT:
                self = .damaged(path: path, detail: detail)
            default: self = .unwritable(path: path, detail: detail)
            }
        default: self = .damaged(path: path, detail: "\(error)")
        }
    }
}
