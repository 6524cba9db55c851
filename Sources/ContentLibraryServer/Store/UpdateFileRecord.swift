import ContentLibraryAPI
import Digests
import GRDB

/// The part of a transfer URL that makes it a capability: an entry to look up, and a secret to compare.
struct TransferKey: Sendable, Hashable {
    /// 32 hexadecimal digits each.
    let entry: String
    let secret: String

    init(entry: String, secret: String) { (self.entry, self.secret) = (entry, secret) }

    static func random() -> TransferKey { TransferKey(entry: RandomText.hex(16), secret: RandomText.hex(16)) }

    /// Reads the path component that `text` wrote.
    init?(_ component: Substring) {
        guard component.utf8.count == 64, component.utf8.allSatisfy(\.isLowercaseHexDigit) else { return nil }
        (entry, secret) = (String(component.prefix(32)), String(component.dropFirst(32)))
    }

    var text: String { entry + secret }
}

/// A row of an update session's files: kept from the item, pushed, pulled, or out of an archive.
struct UpdateFileRecord: Sendable {
    let session: String
    let file: SessionFile
    /// Of a file that comes. Only a pushed one's is told to anybody.
    let key: TransferKey?
    /// Of a pulled file.
    let source: TransferEndpoint?
    /// Of a pulled file that has two names.
    let moved: MovedFile?
    let expectation: UploadExpectation
    /// There once the bytes are; never of an archive, whose members have them.
    let content: ContentRecord?
    /// Whether the item will have it: not what only serves to check a package, or to bring it.
    let stays: Bool
    /// The name of the archive that it came out of.
    let archive: String?

    var name: String { file.name }

    private init(row: Row) {
        session = row["session"]
        let entry: String? = row["entry"]
        let secret: String? = row["secret"]
        if let entry, let secret { key = TransferKey(entry: entry, secret: secret) } else { key = nil }
        let status: String = row["status"]
        let progress: SessionFile.Progress =
            switch status {
            case "READY": .ready
            case "ERROR": .refused(Message(id: row["error_id"] ?? "", defaultMessage: row["error_text"] ?? "", args: []))
            default: .waiting
            }
        let fromArchive: String? = row["archive"]
        let (uri, thumbprint): (String?, String?) = (row["source"], row["source_thumbprint"])
        source = uri.map { TransferEndpoint(uri: $0, sslCertificateThumbprint: thumbprint) }
        let (first, mark): (String?, String?) = (row["moved_from"], row["moved_mark"])
        if let first, let mark { moved = MovedFile(path: first, mark: mark) } else { moved = nil }
        let origin: SessionFile.Origin =
            switch (key, fromArchive) {
            case (_?, _): uri == nil ? .pushed(progress) : .pulled(progress)
            case (nil, let archive?): .unpacked(archive: archive)
            case (nil, nil): .kept(version: row["version"])
            }
        file = SessionFile(name: row["file_name"], origin: origin)
        let algorithm: String? = row["expected_algorithm"]
        let hex: String? = row["expected_checksum"]
        var checksum: Checksum?
        if let algorithm = algorithm.flatMap(DigestAlgorithm.init(rawValue:)), let hex { checksum = Checksum(algorithm: algorithm, hex: hex) }
        expectation = UploadExpectation(size: row["expected_size"], checksum: checksum)
        let hasContent: String? = row["content"]
        content = hasContent == nil ? nil : ContentRecord(row: row)
        (stays, archive) = (row["stays"], row["archive"])
    }

    private static let select = """
        SELECT f.session, f.name AS file_name, f.entry, f.secret, f.version, f.expected_size, f.expected_algorithm, f.expected_checksum,
            f.status, f.error_id, f.error_text, f.content, f.stays, f.archive, f.source, f.source_thumbprint, f.moved_from, f.moved_mark, c.*
        FROM update_file f LEFT JOIN content c ON c.id = f.content
        """

    static func all(_ db: Database, session: String) throws -> [UpdateFileRecord] {
        try Row.fetchAll(db, sql: "\(select) WHERE f.session = ? ORDER BY f.name", arguments: [session]).map(UpdateFileRecord.init(row:))
    }

    static func find(_ db: Database, session: String, name: String) throws -> UpdateFileRecord? {
        try Row.fetchOne(db, sql: "\(select) WHERE f.session = ? AND f.name = ?", arguments: [session, name]).map(UpdateFileRecord.init(row:))
    }

    static func find(_ db: Database, entry: String) throws -> UpdateFileRecord? {
        try Row.fetchOne(db, sql: "\(select) WHERE f.entry = ?", arguments: [entry]).map(UpdateFileRecord.init(row:))
    }

    static func require(_ db: Database, session: String, name: String) throws -> UpdateFileRecord {
        guard let found = try find(db, session: session, name: name) else { throw APIError.notInSession(name, session: session) }
        return found
    }

    static func contents(_ db: Database, session: String) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT content FROM update_file WHERE session = ? AND content IS NOT NULL", arguments: [session])
    }

    /// The session begins with what the item has.
    static func keep(_ db: Database, item: String, in session: String) throws {
        try db.execute(
            sql: """
                INSERT INTO update_file (session, name, version, status, content)
                SELECT ?, name, version, 'READY', content FROM item_file WHERE item = ?
                """,
            arguments: [session, item])
    }

    /// Adds a file that is to come: the client pushes it, or with a source the server pulls it. Nothing may have the name.
    static func add(
        _ db: Database, session: String, name: String, key: TransferKey, _ expectation: UploadExpectation, from source: TransferEndpoint?, stays: Bool
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO update_file
                    (session, name, entry, secret, expected_size, expected_algorithm, expected_checksum, status, stays, source, source_thumbprint)
                VALUES (?, ?, ?, ?, ?, ?, ?, 'WAITING_FOR_TRANSFER', ?, ?, ?)
                """,
            arguments: [
                session, name, key.entry, key.secret, expectation.size, expectation.checksum?.algorithm.rawValue, expectation.checksum?.hex, stays,
                source?.uri, source?.sslCertificateThumbprint,
            ])
        try markChanged(db, session)
    }

    /// Takes a file out, an archive with its members, and gives up what only this session referred to.
    static func remove(_ db: Database, session: String, name: String) throws {
        let contents = try String.fetchAll(
            db, sql: "SELECT content FROM update_file WHERE session = ? AND (name = ? OR archive = ?) AND content IS NOT NULL",
            arguments: [session, name, name])
        try db.execute(sql: "DELETE FROM update_file WHERE session = ? AND (name = ? OR archive = ?)", arguments: [session, name, name])
        try ContentRecord.release(db, contents)
        try markChanged(db, session)
    }

    /// The archive was received: its members take the place of what the item had. A package is replaced as a whole.
    func markUnpacked(_ db: Database, _ members: [(content: ContentRecord, name: String, stays: Bool)]) throws {
        let replaced = try Self.all(db, session: session).filter { $0.key == nil }
        for file in replaced { try Self.remove(db, session: session, name: file.name) }
        for member in members {
            try member.content.insert(db)
            try db.execute(
                sql: "INSERT INTO update_file (session, name, status, content, stays, archive) VALUES (?, ?, 'READY', ?, ?, ?)",
                arguments: [session, member.name, member.content.id, member.stays, name])
        }
        try db.execute(
            sql: "UPDATE update_file SET status = 'READY', error_id = NULL, error_text = NULL WHERE session = ? AND name = ?", arguments: [session, name])
    }

    private static func markChanged(_ db: Database, _ session: String) throws {
        try db.execute(sql: "UPDATE update_session SET changed = 1 WHERE id = ?", arguments: [session])
    }

    /// Whether a file was ever added or removed.
    static func isChanged(_ db: Database, session: String) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT changed FROM update_session WHERE id = ?", arguments: [session]) ?? false
    }

    func markReady(_ db: Database, _ content: ContentRecord, moved: MovedFile?) throws {
        try content.insert(db)
        try db.execute(
            sql: """
                UPDATE update_file SET status = 'READY', content = ?, error_id = NULL, error_text = NULL, moved_from = ?, moved_mark = ?
                WHERE session = ? AND name = ?
                """,
            arguments: [content.id, moved?.path, moved?.mark, session, name])
    }

    /// Where the files of active sessions were, or will be, pulled from.
    static func sources(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT f.source FROM update_file f JOIN update_session s ON s.id = f.session WHERE f.source IS NOT NULL AND s.state = 'ACTIVE'
                """)
    }

    /// What the server has to fetch yet, for sessions that have not ended: by entry, in the order of their sessions.
    static func pulling(_ db: Database, now: Timestamp) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT f.entry FROM update_file f JOIN update_session s ON s.id = f.session
                WHERE f.source IS NOT NULL AND f.status = 'WAITING_FOR_TRANSFER' AND s.state = 'ACTIVE' AND s.expires >= ? ORDER BY s.created, f.name
                """,
            arguments: [now.milliseconds])
    }

    func markRefused(_ db: Database, _ why: Message) throws {
        try db.execute(
            sql: "UPDATE update_file SET status = 'ERROR', error_id = ?, error_text = ? WHERE session = ? AND name = ?",
            arguments: [why.id, why.defaultMessage, session, name])
    }

    /// What was received is no longer what it was: it is given up.
    func markChanged(_ db: Database, _ why: Message) throws {
        guard let current = try Self.find(db, session: session, name: name), let content, current.content?.id == content.id else { return }
        try db.execute(
            sql: "UPDATE update_file SET content = NULL, moved_from = NULL, moved_mark = NULL WHERE session = ? AND name = ?", arguments: [session, name])
        try current.markRefused(db, why)
        try ContentRecord.release(db, [content.id])
    }

    /// Nothing of it is here: what a start finds of an upload whose bytes are not on the disk.
    func markWaiting(_ db: Database) throws {
        for member in try Self.all(db, session: session) where member.archive == name { try Self.remove(db, session: session, name: member.name) }
        try db.execute(
            sql: "UPDATE update_file SET status = 'WAITING_FOR_TRANSFER', content = NULL, error_id = NULL, error_text = NULL WHERE session = ? AND name = ?",
            arguments: [session, name])
    }

    /// Gives up what a session that ends without success received; its entries stay, waiting for what will not come.
    static func discard(_ db: Database, session: String) throws {
        let contents = try String.fetchAll(
            db, sql: "SELECT content FROM update_file WHERE session = ? AND (entry IS NOT NULL OR archive IS NOT NULL) AND content IS NOT NULL",
            arguments: [session])
        try db.execute(sql: "DELETE FROM update_file WHERE session = ? AND archive IS NOT NULL", arguments: [session])
        try db.execute(
            sql: "UPDATE update_file SET status = 'WAITING_FOR_TRANSFER', content = NULL WHERE session = ? AND entry IS NOT NULL AND status = 'READY'",
            arguments: [session])
        try ContentRecord.release(db, contents)
    }

    /// Makes the session's files the item's; a replaced file's version rises, a kept one's stays.
    static func publish(_ db: Database, session: String, item: String) throws {
        let replaced = try String.fetchAll(
            db,
            sql: """
                SELECT content FROM item_file WHERE item = ?
                UNION SELECT content FROM update_file WHERE session = ? AND NOT stays AND content IS NOT NULL
                """,
            arguments: [item, session])
        try db.execute(
            sql: """
                UPDATE update_file SET version = coalesce((SELECT i.version + 1 FROM item_file i WHERE i.item = ? AND i.name = update_file.name), 1)
                WHERE session = ? AND (entry IS NOT NULL OR archive IS NOT NULL)
                """,
            arguments: [item, session])
        try db.execute(sql: "DELETE FROM item_file WHERE item = ?", arguments: [item])
        try db.execute(
            sql: "INSERT INTO item_file (item, name, content, version) SELECT ?, name, content, version FROM update_file WHERE session = ? AND stays",
            arguments: [item, session])
        try ContentRecord.release(db, replaced)
    }
}
