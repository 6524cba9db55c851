import ContentLibraryAPI
import GRDB

extension SessionRecord {
    /// A session is changed by its owner, or by somebody who could have made it.
    func requireOwner(_ user: Principal) throws(APIError) {
        guard user.user != owner else { return }
        try user.require(kind == .update ? .updateSession : .downloadSession)
    }
}

/// What sessions of both kinds do alike.
extension ServiceContext {
    /// The caller's own sessions, of one item or of all.
    func sessionIDs(_ kind: SessionRecord.Kind, of user: Principal, item: Item.ID?) async throws -> [String] {
        let now = now()
        return try await store.read { db in
            if let item { _ = try ItemRecord.require(db, item.rawValue) }
            return try SessionRecord.ids(db, kind, owner: user.user, item: item?.rawValue, now: now)
        }
    }

    func keepAlive(_ kind: SessionRecord.Kind, _ id: String, progress: Int64?, _ user: Principal) async throws {
        let (now, timeout) = (now(), sessionTimeout)
        try await store.write { db in
            var record = try SessionRecord.require(db, kind, id, now: now)
            try record.requireOwner(user)
            try record.session.keepAlive(progress: progress, now: now, lasting: timeout)
            try record.update(db)
        }
    }

    /// Ends a session without success, and frees what it held.
    func end(
        _ kind: SessionRecord.Kind, _ id: String, _ user: Principal,
        _ change: @escaping @Sendable (inout ContentSession, Timestamp, Duration) throws(APIError) -> Void
    ) async throws {
        let (now, timeout) = (now(), sessionTimeout)
        try await store.write { db in
            var record = try SessionRecord.require(db, kind, id, now: now)
            try record.requireOwner(user)
            try change(&record.session, now, timeout)
            try record.update(db)
            switch kind {
            case .update: try UpdateFileRecord.discard(db, session: id)
            case .download: try DownloadFileRecord.discard(db, session: id)
            }
        }
        await stopTransfers(of: [id])
        await collectGarbage()
    }

    func delete(_ kind: SessionRecord.Kind, _ id: String, _ user: Principal) async throws {
        let now = now()
        try await store.write { db in
            let record = try SessionRecord.require(db, kind, id, now: now)
            try record.requireOwner(user)
            if kind == .update { try record.session.requireEnded(for: "delete") }
            try SessionRecord.delete(db, kind, id)
        }
        await stopTransfers(of: [id])
        await collectGarbage()
    }
}
