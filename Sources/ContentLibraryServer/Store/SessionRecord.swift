import ContentLibraryAPI
import GRDB

/// The row of a content session of either kind.
struct SessionRecord: Sendable {
    /// The two kinds lie in tables of the same shape.
    enum Kind: Sendable {
        case update, download

        var table: String {
            switch self {
            case .update: "update_session"
            case .download: "download_session"
            }
        }
        var noun: String {
            switch self {
            case .update: "update session"
            case .download: "download session"
            }
        }
    }

    let kind: Kind
    var session: ContentSession
    let item: String
    let owner: String
    /// The item's content version when the session began.
    let contentVersion: Int64

    /// Of an update session, where its client said so.
    var warningBehavior: WarningBehaviors?

    init(kind: Kind, session: ContentSession, item: String, owner: String, contentVersion: Int64) {
        (self.kind, self.session, self.item, self.owner, self.contentVersion) = (kind, session, item, owner, contentVersion)
    }

    private init(kind: Kind, row: Row) {
        self.kind = kind
        (item, owner, contentVersion) = (row["item"], row["owner"], row["content_version"])
        if kind == .update {
            let text: String? = row["warning_behavior"]
            warningBehavior = text.map(WarningBehaviors.init(text:))
        }
        let name: String = row["state"]
        let isCompleting: Bool = kind == .update && row["completing"]
        let state: ContentSession.State =
            switch name {
            case "ACTIVE": isCompleting ? .completing : .active
            case "DONE": .done
            case "CANCELED": .canceled
            default: .failed(Message(id: row["error_id"] ?? "", defaultMessage: row["error_text"] ?? "", args: []))
            }
        session = ContentSession(
            id: row["id"], state: state, progress: row["progress"], lease: Lease(expiration: Timestamp(milliseconds: row["expires"])))
    }

    /// Nil for one that has expired: it is as gone, although its row may still be there.
    static func find(_ db: Database, _ kind: Kind, _ id: String, now: Timestamp) throws -> SessionRecord? {
        let row = try Row.fetchOne(db, sql: "SELECT * FROM \(kind.table) WHERE id = ?", arguments: [id])
        return row.map { SessionRecord(kind: kind, row: $0) }.flatMap { $0.session.lease.isOver(at: now) ? nil : $0 }
    }

    static func require(_ db: Database, _ kind: Kind, _ id: String, now: Timestamp) throws -> SessionRecord {
        guard let found = try find(db, kind, id, now: now) else { throw APIError.notFound(kind.noun, id) }
        return found
    }

    static func ids(_ db: Database, _ kind: Kind, owner: String, item: String?, now: Timestamp) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT id FROM \(kind.table) WHERE owner = :owner AND (:item IS NULL OR item = :item) AND expires >= :now ORDER BY created, id
                """,
            arguments: ["owner": owner, "item": item, "now": now.milliseconds])
    }

    /// Whether an update session holds the item now.
    static func isActive(_ db: Database, item: String, now: Timestamp) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM update_session WHERE item = ? AND state = 'ACTIVE' AND expires >= ?)",
            arguments: [item, now.milliseconds]) ?? false
    }

    /// The library's items that an update session holds now.
    static func activeItems(_ db: Database, library: String, now: Timestamp) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT i.name FROM item i JOIN update_session s ON s.item = i.id
                WHERE i.library = ? AND s.state = 'ACTIVE' AND s.expires >= ? ORDER BY i.name
                """,
            arguments: [library, now.milliseconds])
    }

    /// Every session of an item, of both kinds and in every state.
    static func ids(_ db: Database, item: String) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT id FROM update_session WHERE item = :item UNION ALL SELECT id FROM download_session WHERE item = :item",
            arguments: ["item": item])
    }

    static func expired(_ db: Database, _ kind: Kind, now: Timestamp) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT id FROM \(kind.table) WHERE expires < ?", arguments: [now.milliseconds])
    }

    static func expired(_ db: Database, _ kind: Kind, item: String, now: Timestamp) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT id FROM \(kind.table) WHERE item = ? AND expires < ?", arguments: [item, now.milliseconds])
    }

    /// The update sessions that the server has to complete.
    static func completing(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT id FROM update_session WHERE state = 'ACTIVE' AND completing ORDER BY created, id")
    }

    func insert(_ db: Database, now: Timestamp) throws {
        try db.execute(
            sql: """
                INSERT INTO \(kind.table) (id, item, owner, state, progress, expires, content_version, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                session.id, item, owner, session.state.name, session.progress, session.lease.expiration.milliseconds, contentVersion,
                now.milliseconds,
            ])
    }

    func update(_ db: Database) throws {
        var message: Message?
        if case .failed(let text) = session.state { message = text }
        try db.execute(
            sql: "UPDATE \(kind.table) SET state = ?, error_id = ?, error_text = ?, progress = ?, expires = ? WHERE id = ?",
            arguments: [
                session.state.name, message?.id, message?.defaultMessage, session.progress, session.lease.expiration.milliseconds, session.id,
            ])
        guard kind == .update else { return }
        try db.execute(
            sql: "UPDATE update_session SET warning_behavior = ?, completing = ? WHERE id = ?",
            arguments: [warningBehavior?.text, session.state == .completing, session.id])
    }

    /// Forgets the session and gives up what only it referred to.
    static func delete(_ db: Database, _ kind: Kind, _ id: String) throws {
        let contents: [String]
        switch kind {
        case .update: contents = try UpdateFileRecord.contents(db, session: id)
        case .download: contents = try DownloadFileRecord.contents(db, session: id)
        }
        try db.execute(sql: "DELETE FROM \(kind.table) WHERE id = ?", arguments: [id])
        try ContentRecord.release(db, contents)
    }

    var errorMessage: Message? {
        if case .failed(let message) = session.state { message } else { nil }
    }
}
