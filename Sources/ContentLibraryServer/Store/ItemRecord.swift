import ContentLibraryAPI
import GRDB

/// An item's row.
struct ItemRecord: Sendable {
    let id: String
    let library: String
    var name: String
    var description: String
    var type: String
    /// The lock of `update`.
    var version: Int64
    var metadataVersion: Int64
    var contentVersion: Int64
    let created: Timestamp
    var modified: Timestamp

    init(id: String, library: String, name: String, description: String, type: String, created: Timestamp) {
        (self.id, self.library, self.name, self.description, self.type) = (id, library, name, description, type)
        (version, metadataVersion, contentVersion) = (1, 1, 1)
        (self.created, self.modified) = (created, created)
    }

    private init(row: Row) {
        (id, library, name, description, type) = (row["id"], row["library"], row["name"], row["description"], row["type"])
        (version, metadataVersion, contentVersion) = (row["version"], row["metadata_version"], row["content_version"])
        (created, modified) = (Timestamp(milliseconds: row["created"]), Timestamp(milliseconds: row["modified"]))
    }

    static func find(_ db: Database, _ id: String) throws -> ItemRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM item WHERE id = ?", arguments: [id]).map(ItemRecord.init(row:))
    }

    static func require(_ db: Database, _ id: String) throws -> ItemRecord {
        guard let found = try find(db, id) else { throw APIError.notFound("library item", id) }
        return found
    }

    /// `invalid_element_type` for an item of a subscribed library: only its publisher changes it.
    static func requireLocal(_ db: Database, _ id: String) throws -> ItemRecord {
        let found = try require(db, id)
        _ = try LibraryRecord.require(db, found.library, of: .local)
        return found
    }

    static func ids(_ db: Database, library: String) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT id FROM item WHERE library = ? ORDER BY created, id", arguments: [library])
    }

    /// The items that match every property that is given.
    static func ids(_ db: Database, named name: String?, library: String?, type: String?, source: String?) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT id FROM item
                WHERE (:key IS NULL OR name_key = :key) AND (:library IS NULL OR library = :library) AND (:type IS NULL OR type = :type)
                    AND (:source IS NULL OR EXISTS (SELECT 1 FROM subscribed_item WHERE item = item.id AND source = :source))
                ORDER BY created, id
                """,
            arguments: ["key": name.map(ItemName.key), "library": library, "type": type, "source": source])
    }

    /// Refuses a name that another item of the library has, whatever its case.
    func requireUniqueName(_ db: Database) throws {
        let other = try String.fetchOne(
            db, sql: "SELECT id FROM item WHERE library = ? AND name_key = ? AND id <> ?", arguments: [library, ItemName.key(name), id])
        if other != nil {
            let library = try LibraryRecord.require(db, library)
            throw APIError.duplicateItemName(name, library: library.name, libraryID: library.id)
        }
    }

    func insert(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, library, name, ItemName.key(name), description, type, version, metadataVersion, contentVersion,
                created.milliseconds, modified.milliseconds,
            ])
    }

    func update(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE item SET name = ?, name_key = ?, description = ?, type = ?, version = ?, metadata_version = ?,
                    content_version = ?, modified = ? WHERE id = ?
                """,
            arguments: [name, ItemName.key(name), description, type, version, metadataVersion, contentVersion, modified.milliseconds, id])
    }

    /// Deletes the item with its files and sessions, and leaves its directory to the garbage collection.
    func delete(_ db: Database) throws {
        let library = try LibraryRecord.require(db, library)
        let contents = try ContentRecord.ids(db, item: id)
        try db.execute(sql: "DELETE FROM item WHERE id = ?", arguments: [id])
        try ContentRecord.release(db, contents)
        try Garbage.add(db, library.backing, path: ContentPath.item(id, library: library.id))
    }

    func model(_ db: Database) throws -> Item.Model {
        let source = try SubscribedItemRecord.find(db, item: id)
        return Item.Model(
            id: .init(rawValue: id), libraryID: .init(rawValue: library), contentVersion: String(contentVersion), creationTime: created,
            description: description, lastModifiedTime: modified, lastSyncTime: source?.synced, metadataVersion: String(metadataVersion), name: name,
            cached: true, size: try ItemFileRecord.totalSize(db, item: id), type: type.isEmpty ? nil : type, version: String(version),
            sourceID: source.map { .init(rawValue: $0.source) })
    }
}

/// A published file of an item, with what its bytes are.
struct ItemFileRecord: Sendable {
    let name: String
    let version: Int64
    let content: ContentRecord

    private init(row: Row) {
        (name, version) = (row["name"], row["version"])
        content = ContentRecord(row: row)
    }

    private static let select = "SELECT f.name, f.version, c.* FROM item_file f JOIN content c ON c.id = f.content WHERE f.item = ?"

    static func all(_ db: Database, item: String) throws -> [ItemFileRecord] {
        try Row.fetchAll(db, sql: "\(select) ORDER BY f.name", arguments: [item]).map(ItemFileRecord.init(row:))
    }

    static func find(_ db: Database, item: String, name: String) throws -> ItemFileRecord? {
        try Row.fetchOne(db, sql: "\(select) AND f.name = ?", arguments: [item, name]).map(ItemFileRecord.init(row:))
    }

    /// Adds a file to an item that has none of the name.
    static func insert(_ db: Database, item: String, name: String, content: String) throws {
        try db.execute(sql: "INSERT INTO item_file (item, name, content, version) VALUES (?, ?, ?, 1)", arguments: [item, name, content])
    }

    /// Makes these the only files of an item; one whose name was there has a higher version.
    static func replaceAll(_ db: Database, item: String, with files: [(name: String, content: ContentRecord)]) throws {
        let before = try all(db, item: item)
        try db.execute(sql: "DELETE FROM item_file WHERE item = ?", arguments: [item])
        for (name, content) in files {
            try content.insert(db)
            // Names that Swift holds equal may be two.
            let version = before.first { Array($0.name.utf8) == Array(name.utf8) }?.version ?? 0
            try db.execute(
                sql: "INSERT INTO item_file (item, name, content, version) VALUES (?, ?, ?, ?)", arguments: [item, name, content.id, version + 1])
        }
        try ContentRecord.release(db, before.map(\.content.id))
    }

    /// The bytes of all files of an item.
    static func totalSize(_ db: Database, item: String) throws -> Int64 {
        try Int64.fetchOne(
            db, sql: "SELECT coalesce(sum(c.size), 0) FROM item_file f JOIN content c ON c.id = f.content WHERE f.item = ?", arguments: [item]) ?? 0
    }

    var info: Item.File.Info {
        Item.File.Info(checksumInfo: content.checksum.info, name: name, size: content.size, cached: true, version: String(version))
    }
}
