import ContentLibraryAPI
import GRDB

/// A library's row.
struct LibraryRecord: Sendable {
    let id: String
    let name: String
    let description: String
    let backing: Backing
    let version: Int64
    let created: Timestamp
    let modified: Timestamp

    init(id: String, name: String, description: String, backing: Backing, created: Timestamp) {
        (self.id, self.name, self.description, self.backing) = (id, name, description, backing)
        (self.version, self.created, self.modified) = (1, created, created)
    }

    private init(row: Row) {
        (id, name, description) = (row["id"], row["name"], row["description"])
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

    static func all(_ db: Database) throws -> [LibraryRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM library ORDER BY created, id").map(LibraryRecord.init(row:))
    }

    static func ids(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT id FROM library ORDER BY created, id")
    }

    static func ids(_ db: Database, named name: String) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT id FROM library WHERE name_key = ? ORDER BY created, id", arguments: [ItemName.key(name)])
    }

    func insert(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO library VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, name, ItemName.key(name), description, backing.type, backing.text, version, created.milliseconds, modified.milliseconds,
            ])
    }

    static func delete(_ db: Database, _ id: String) throws {
        try db.execute(sql: "DELETE FROM library WHERE id = ?", arguments: [id])
    }

    func model(serverGUID: String) -> Library.Model {
        Library.Model(
            id: .init(rawValue: id), creationTime: created, description: description, lastModifiedTime: modified, name: name,
            storageBackings: [backing.model], type: .local, version: String(version), serverGUID: serverGUID)
    }
}
