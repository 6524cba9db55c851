import ContentLibraryAPI
import Digests
import GRDB

/// The bytes of one received file. They never change, and exist as long as an item or a session refers to them.
struct ContentRecord: Sendable {
    let id: String
    let library: String
    /// Below the directory of the library's backing.
    let path: String
    let size: Int64
    let checksum: Checksum

    init(id: String, library: String, path: String, size: Int64, checksum: Checksum) {
        (self.id, self.library, self.path, self.size, self.checksum) = (id, library, path, size, checksum)
    }

    init(row: Row) {
        (id, library, path, size) = (row["id"], row["library"], row["path"], row["size"])
        let algorithm: String = row["algorithm"]
        checksum = Checksum(algorithm: DigestAlgorithm(rawValue: algorithm) ?? .sha1, hex: row["checksum"])
    }

    func insert(_ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO content VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [id, library, path, size, checksum.algorithm.rawValue, checksum.hex])
    }

    static func find(_ db: Database, _ id: String) throws -> ContentRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM content WHERE id = ?", arguments: [id]).map(ContentRecord.init(row:))
    }

    static func all(_ db: Database, library: String) throws -> [ContentRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM content WHERE library = ?", arguments: [library]).map(ContentRecord.init(row:))
    }

    static func exists(_ db: Database, library: String, path: String) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM content WHERE library = ? AND path = ?)", arguments: [library, path]) ?? false
    }

    /// Everything that the item and its sessions refer to.
    static func ids(_ db: Database, item: String) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT content FROM item_file WHERE item = :item
                UNION SELECT f.content FROM update_file f JOIN update_session s ON s.id = f.session WHERE s.item = :item AND f.content IS NOT NULL
                UNION SELECT f.content FROM download_file f JOIN download_session s ON s.id = f.session WHERE s.item = :item
                """,
            arguments: ["item": item])
    }

    /// Gives up those that nothing refers to any more; their files become garbage. An update session that has ended is no reason to keep them:
    /// it goes on naming its files, without what they were.
    static func release(_ db: Database, _ ids: [String]) throws {
        for id in Set(ids) {
            let isUsed =
                try Bool.fetchOne(
                    db,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM item_file WHERE content = :id) OR EXISTS (SELECT 1 FROM download_file WHERE content = :id)
                            OR EXISTS (SELECT 1 FROM update_file f JOIN update_session s ON s.id = f.session
                                WHERE f.content = :id AND s.state = 'ACTIVE')
                        """,
                    arguments: ["id": id]) ?? true
            guard !isUsed, let content = try find(db, id), let library = try LibraryRecord.find(db, content.library) else { continue }
            try db.execute(sql: "UPDATE update_file SET content = NULL WHERE content = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM content WHERE id = ?", arguments: [id])
            try Garbage.add(db, library.backing, path: content.path)
        }
    }
}

/// What is to be taken off the disk, noted in the transaction that gave it up: no crash can lose track of it.
struct Garbage: Sendable {
    let id: Int64
    let backing: Backing
    let path: String

    static func add(_ db: Database, _ backing: Backing, path: String) throws {
        try db.execute(sql: "INSERT INTO garbage (backing_type, backing, path) VALUES (?, ?, ?)", arguments: [backing.type, backing.text, path])
    }

    static func all(_ db: Database) throws -> [Garbage] {
        try Row.fetchAll(db, sql: "SELECT * FROM garbage ORDER BY id").map {
            Garbage(id: $0["id"], backing: Backing(type: $0["backing_type"], text: $0["backing"]), path: $0["path"])
        }
    }

    static func forget(_ db: Database, _ ids: [Int64]) throws {
        for id in ids { try db.execute(sql: "DELETE FROM garbage WHERE id = ?", arguments: [id]) }
    }
}
