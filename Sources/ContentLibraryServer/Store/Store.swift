import ContentLibraryAPI
import GRDB
import Logging
import Synchronization

/// The database: everything about libraries, items and sessions but the bytes. Every change is one transaction, on disk when it returns.
///
/// Reads run beside each other and beside the one writer. Bodies run on the database's own threads.
final class Store: Sendable {
    private let pool: DatabasePool
    private let blocksCallers: Bool
    private let logger: Logger
    private let writes = Atomic(0)

    /// Opens or creates the database at `path`; blocks.
    /// - Parameter blocksCallers: whoever calls waits without suspending its task: for simulations, in which one executor sees one order of events.
    init(path: String, blocksCallers: Bool = false, logger: Logger) throws {
        (self.blocksCallers, self.logger) = (blocksCallers, logger)
        do {
            var configuration = Configuration()
            configuration.foreignKeysEnabled = true
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { db in
                // A completed session has been promised to its client: not even a power cut may take it back.
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            let migrator = Schema.migrator
            if try pool.read(migrator.hasBeenSuperseded) { throw StartupError.databaseNewer(path: path) }
            try migrator.migrate(pool)
        } catch let error as DatabaseError {
            throw StartupError.database(path: path, error)
        }
    }

    func close() throws { try pool.close() }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do { return blocksCallers ? try readBlocking(body) : try await pool.read(body) } catch { throw explained(error) }
    }

    /// Another number after every change, and before anybody is told of it.
    var generation: Int { writes.load(ordering: .acquiring) }

    /// One transaction: on disk when it returns, or nothing of it.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        defer { writes.wrappingAdd(1, ordering: .releasing) }
        do { return blocksCallers ? try writeBlocking(body) : try await pool.write(body) } catch { throw explained(error) }
    }

    /// For the start, before anything is served; blocks.
    func writeBlocking<T>(_ body: (Database) throws -> T) throws -> T {
        defer { writes.wrappingAdd(1, ordering: .releasing) }
        return try pool.write(body)
    }
    private func readBlocking<T>(_ body: (Database) throws -> T) throws -> T { try pool.read(body) }

    private func explained(_ error: any Error) -> any Error {
        guard let failure = error as? DatabaseError else { return error }
        logger.error("database failure", metadata: ["error": "\(failure.resultCode) \(failure.message ?? "")"])
        return failure.resultCode == .SQLITE_FULL ? APIError.storageFull : APIError.internalFailure
    }
}
