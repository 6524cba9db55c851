import ContentLibraryAPI
import GRDB

/// A library's row.
struct LibraryRecord: Sendable {
    let id: String
    private(set) var name: String
    private(set) var description: String
    let type: Library.Kind
    let backing: Backing
    /// The lock of `update`.
    private(set) var version: Int64
    let created: Timestamp
    private(set) var modified: Timestamp

    init(id: String, name: String, description: String, type: Library.Kind, backing: Backing, version: Int64 = 1, created: Timestamp) {
        (self.id, self.name, self.description, self.type, self.backing) = (id, name, description, type, backing)
        (self.version, self.created, self.modified) = (version, created, created)
    }

    private init(row: Row) {
        (id, name, description) = (row["id"], row["name"], row["description"])
        type = Library.Kind(rawValue: row["type"])
        backing = Backing(type: row["backing_type"], text: row["backing"])
        version = row["version"]
        (created, modified) = (Timestamp(milliseconds: row["created"]), Timestamp(milliseconds: row["modified"]))
    }

    static func find(_ db: Database, _ id: String) throws -> LibraryRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM library WHERE id = ?", arguments: [id]).map(LibraryRecord.init(row:))
    }

    static func require(_ db: Database, _ id: String) throws -> LibraryRecord {
        guard let found = try find(db, id) else { throw APIError.notFound("library", id) }
        return found
    }

    /// `invalid_element_type` for a library of another kind than the one that is asked for.
    static func require(_ db: Database, _ id: String, of type: Library.Kind?) throws -> LibraryRecord {
        let found = try require(db, id)
        if let type, type != found.type { throw APIError.wrongKind(of: id, isNot: type) }
        return found
    }

    static func all(_ db: Database) throws -> [LibraryRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM library ORDER BY created, id").map(LibraryRecord.init(row:))
    }

    /// Of one kind, or of any.
    static func ids(_ db: Database, type: Library.Kind? = nil) throws -> [String] {
        try ids(db, named: nil, type: type, backing: nil)
    }

    /// The libraries that match everything that is given.
    static func ids(_ db: Database, named name: String?, type: Library.Kind?, backing: StorageBacking?) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT id FROM library
                WHERE (:key IS NULL OR name_key = :key) AND (:type IS NULL OR type = :type) AND (:kind IS NULL OR backing_type = :kind) AND (:place IS NULL OR backing = :place)
                ORDER BY created, id
                """,
            arguments: [
                "key": name.map(ItemName.key), "type": type?.rawValue, "kind": backing?.type?.rawValue,
                "place": backing.flatMap { $0.datastoreID ?? $0.storageURI },
            ])
    }

    func insert(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO library (id, name, name_key, description, backing_type, backing, version, created, modified, type)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, name, ItemName.key(name), description, backing.type, backing.text, version, created.milliseconds, modified.milliseconds,
                type.rawValue,
            ])
    }

    /// One more version, unless nothing changes.
    mutating func apply(_ change: MetadataUpdate, changesMore: Bool = false, now: Timestamp) {
        guard changesMore || !change.isEmpty else { return }
        if let name = change.name { self.name = name }
        if let description = change.description { self.description = description }
        version += 1
        modified = max(now, modified)
    }

    func update(_ db: Database) throws {
        try db.execute(
            sql: "UPDATE library SET name = ?, name_key = ?, description = ?, version = ?, modified = ? WHERE id = ?",
            arguments: [name, ItemName.key(name), description, version, modified.milliseconds, id])
    }

    static func delete(_ db: Database, _ id: String) throws {
        try db.execute(sql: "DELETE FROM library WHERE id = ?", arguments: [id])
    }

    func model(_ db: Database, serverGUID: String) throws -> Library.Model {
        let subscription = try SubscriptionRecord.find(db, library: id)
        return Library.Model(
            id: .init(rawValue: id), creationTime: created, description: description, lastModifiedTime: modified, lastSyncTime: subscription?.synced,
            name: name, storageBackings: [backing.model], type: type, version: String(version), subscriptionInfo: subscription?.subscription.model,
            serverGUID: serverGUID)
    }
}
