import ContentLibraryAPI
import GRDB
import Logging

/// What the operations share: the store, the storage, the disk's threads, who is logged in, what is under way, and the time.
final class ServiceContext: Sendable {
    let store: Store
    /// Of reads that depend on the store alone.
    let answers: RememberedAnswers
    let storage: StorageMap
    let disk: Disk
    let logins: Logins
    let transfers = Transfers()
    let faults: FaultInjector
    let profile: ServerProfile
    let now: @Sendable () -> Timestamp
    let sessionTimeout: Duration
    let endpoints: Endpoints
    /// This server's own id, made at its first start.
    let serverGUID: String
    let logger: Logger
    let reached: @Sendable (DurableStep) -> Void

    init(
        store: Store, storage: StorageMap, disk: Disk, logins: Logins, now: @escaping @Sendable () -> Timestamp, sessionTimeout: Duration,
        endpoints: Endpoints, serverGUID: String, logger: Logger, faults: FaultInjector,
        profile: ServerProfile, reached: @escaping @Sendable (DurableStep) -> Void
    ) {
        (self.faults, self.profile, answers) = (faults, profile, RememberedAnswers(store))
        (self.store, self.storage, self.disk, self.logins, self.now) = (store, storage, disk, logins, now)
        (self.sessionTimeout, self.endpoints, self.serverGUID, self.logger, self.reached) = (sessionTimeout, endpoints, serverGUID, logger, reached)
    }

    /// Stops what belongs to sessions that ended, and frees what they had received so far.
    func stopTransfers(of sessions: [String]) async {
        for session in sessions { await discard(transfers.stop(session: session)) }
    }

    /// Frees the space of uploads that were told to stop.
    func discard(_ uploads: [Transfer]) async {
        for path in uploads.compactMap(\.stagingPath) {
            do { try await disk.run { try StagingFile.discard(path) } } catch {
                logger.warning("an interrupted upload stays on the disk until the next start", metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
    }

    /// Takes off the disk what transactions gave up. What fails now is tried again at the next call.
    func collectGarbage() async {
        do {
            let found = try await store.read(Garbage.all)
            guard !found.isEmpty else { return }
            let removed = try await disk.run { [storage, logger] in
                found.compactMap { garbage -> Int64? in
                    do {
                        try FileSystem.remove("\(storage.directory(of: garbage.backing))/\(garbage.path)")
                        return garbage.id
                    } catch {
                        logger.warning("unused content stays on the disk for now", metadata: ["path": "\(garbage.path)", "error": "\(error)"])
                        return nil
                    }
                }
            }
            reached(.garbageRemoved)
            try await store.write { db in try Garbage.forget(db, removed) }
        } catch {
            logger.warning("unused content stays on the disk for now", metadata: ["error": "\(error)"])
        }
    }

    /// Deletes sessions whose lease is over, frees what they held, and forgets logins and tokens whose time is over.
    func sweep() async throws {
        let now = now()
        logins.expire()
        let ended = try await store.write { db in
            let updates = try SessionRecord.expired(db, .update, now: now)
            let downloads = try SessionRecord.expired(db, .download, now: now)
            for id in updates { try SessionRecord.delete(db, .update, id) }
            for id in downloads { try SessionRecord.delete(db, .download, id) }
            try TokenRecord.expire(db, now: now)
            return updates + downloads
        }
        await stopTransfers(of: ended)
        await collectGarbage()
    }
}

/// A creation's specification in one line: a token replayed with another line is refused.
func specificationText(_ fields: String?...) -> String {
    fields.map { $0.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined(separator: ",")
}
