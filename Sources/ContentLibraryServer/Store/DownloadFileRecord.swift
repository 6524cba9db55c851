import ContentLibraryAPI
import GRDB

/// A file of a download session. The session keeps the bytes that the item had when it began, whatever is published meanwhile.
struct DownloadFileRecord: Sendable {
    let session: String
    let name: String
    let key: TransferKey
    let isPrepared: Bool
    /// The file's size once all of it was transferred, at once or in parts; nil before.
    let transferred: Int64?
    let content: ContentRecord

    private init(row: Row) {
        (session, name) = (row["session"], row["file_name"])
        key = TransferKey(entry: row["entry"], secret: row["secret"])
        (isPrepared, transferred) = (row["prepared"], row["transferred"])
        content = ContentRecord(row: row)
    }

    private static let select = """
        SELECT f.session, f.name AS file_name, f.entry, f.secret, f.prepared, f.transferred, c.*
        FROM download_file f JOIN content c ON c.id = f.content
        """

    static func all(_ db: Database, session: String) throws -> [DownloadFileRecord] {
        try Row.fetchAll(db, sql: "\(select) WHERE f.session = ? ORDER BY f.name", arguments: [session]).map(DownloadFileRecord.init(row:))
    }

    static func require(_ db: Database, session: String, name: String) throws -> DownloadFileRecord {
        let row = try Row.fetchOne(db, sql: "\(select) WHERE f.session = ? AND f.name = ?", arguments: [session, name])
        guard let row else { throw APIError.notInSession(name, session: session) }
        return DownloadFileRecord(row: row)
    }

    static func find(_ db: Database, entry: String) throws -> DownloadFileRecord? {
        try Row.fetchOne(db, sql: "\(select) WHERE f.entry = ?", arguments: [entry]).map(DownloadFileRecord.init(row:))
    }

    static func contents(_ db: Database, session: String) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT content FROM download_file WHERE session = ?", arguments: [session])
    }

    /// The session begins with what the item has.
    static func keep(_ db: Database, item: String, in session: String) throws {
        for file in try ItemFileRecord.all(db, item: item) {
            let key = TransferKey.random()
            try db.execute(
                sql: "INSERT INTO download_file VALUES (?, ?, ?, ?, ?, 0, NULL)",
                arguments: [session, file.name, key.entry, key.secret, file.content.id])
        }
    }

    func markPrepared(_ db: Database) throws {
        try db.execute(sql: "UPDATE download_file SET prepared = 1 WHERE session = ? AND name = ?", arguments: [session, name])
    }

    static func markTransferred(_ db: Database, entry: String, bytes: Int64) throws {
        try db.execute(sql: "UPDATE download_file SET transferred = ? WHERE entry = ?", arguments: [bytes, entry])
    }

    /// Gives up the bytes of a session that ended.
    static func discard(_ db: Database, session: String) throws {
        let contents = try contents(db, session: session)
        try db.execute(sql: "DELETE FROM download_file WHERE session = ?", arguments: [session])
        try ContentRecord.release(db, contents)
    }
}
