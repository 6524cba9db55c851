import ContentLibraryAPI
import GRDB
import MirrorCore

extension Journal {
    /// What the mirror published into the library, by item name.
    ///
    /// Swift compares texts by canonical equivalence, the journal and the server by bytes. Of two items whose names differ only in that way the one
    /// with the lower id is given here; `baseItems` has both.
    public func base(of mirror: String, in key: LibraryKey) async throws(JournalError) -> [String: BaseItem] {
        let items = try await baseItems(of: mirror, in: key)
        return Dictionary(items.map { ($0.name, $0) }) { first, _ in first }
    }
    /// What the mirror published into the library, ordered by item id.
    public func baseItems(of mirror: String, in key: LibraryKey) async throws(JournalError) -> [BaseItem] {
        try await read { db in
            let owner = BaseOwner(mirror: mirror, key: key)
            var files: [Int64: [String: BaseFile]] = [:]
            try db.forEach(of: "file", BaseFile.selection(of: owner.condition), owner.stored) { columns in
                let row = try columns.integer()
                let file = try BaseFile(&columns)
                files[row, default: [:]][file.name] = file
            }
            return try db.all(of: "item", BaseItem.selection(of: owner.condition), owner.stored) { columns in
                let row = try columns.integer()
                return try BaseItem(&columns, files: files.removeValue(forKey: row) ?? [:])
            }
        }
    }
    public func baseItem(_ id: Item.ID, of mirror: String, in key: LibraryKey) async throws(JournalError) -> BaseItem? {
        try await read { db in
            let owner = BaseOwner(mirror: mirror, key: key)
            let (condition, arguments) = (owner.condition + " AND item.id = ?", owner.stored + [id.rawValue.stored])
            var files: [String: BaseFile] = [:]
            try db.forEach(of: "file", BaseFile.selection(of: condition), arguments) { columns in
                columns.skip()
                let file = try BaseFile(&columns)
                files[file.name] = file
            }
            return try db.first(of: "item", BaseItem.selection(of: condition), arguments) { columns in
                columns.skip()
                return try BaseItem(&columns, files: files)
            }
        }
    }

    /// Records the item as it is published now, in place of what was recorded under its id or its name, and moves the intent past its publish: to
    /// `published` where a session remains to be deleted, closed where there was none.
    ///
    /// Throws `outOfOrder`, and records nothing, where the intent is not of this mirror and library or not in a state that leads here.
    public func commit(_ item: BaseItem, of mirror: String, in key: LibraryKey, closing token: IntentToken? = nil) async throws(JournalError) {
        try await write { db in
            try Intent.advance(token, of: BaseOwner(mirror: mirror, key: key), by: .commit, db)
            try item.save(db, BaseOwner(mirror: mirror, key: key))
        }
    }

    /// Records that the item has another name; its id and its files stay. `moving` says which directory became which: the paths of its files and
    /// their cached hashes follow. A recorded item that has the new name is forgotten.
    public func rename(
        _ id: Item.ID, to name: String, moving: (from: RelativePath, to: RelativePath)? = nil, token: ChangeToken? = nil, of mirror: String,
        in key: LibraryKey, closing intent: IntentToken? = nil
    ) async throws(JournalError) {
        try await write { db in
            let owner = BaseOwner(mirror: mirror, key: key)
            try Intent.advance(intent, of: owner, by: .commit, db)
            let isItem = owner.condition + " AND item.id = ?"
            let item = owner.stored + [id.rawValue.stored]
            try db.run("DELETE FROM item WHERE \(owner.condition) AND item.name = ? AND item.id <> ?", owner.stored + [name.stored, id.rawValue.stored])
            let sameItem = "mirror = ? AND item = (SELECT name FROM item WHERE \(isItem))"
            try db.run("UPDATE repair SET item = ? WHERE \(sameItem)", [name.stored, mirror.stored] + item)
            try db.run("UPDATE item SET name = ? WHERE \(isItem)", [name.stored] + item)
            if let token { try db.run("UPDATE item SET content_version = ?, last_modified = ? WHERE \(isItem)", token.stored + item) }
            if let moving {
                let isFile = "item = (SELECT row FROM item WHERE \(isItem))"
                try PathMove(from: moving.from, to: moving.to).apply(to: "file", where: isFile, item, db)
                try PathMove(from: moving.from, to: moving.to).apply(to: "hash", where: "mirror = ?", [mirror.stored], db)
            }
        }
    }

    /// The item is no longer ours: gone at the server, deleted by us, or given up.
    public func forget(_ id: Item.ID, of mirror: String, in key: LibraryKey, closing intent: IntentToken? = nil) async throws(JournalError) {
        try await write { db in
            let owner = BaseOwner(mirror: mirror, key: key)
            try Intent.advance(intent, of: owner, by: .commit, db)
            let (isItem, item) = (owner.condition + " AND item.id = ?", owner.stored + [id.rawValue.stored])
            try db.run("DELETE FROM repair WHERE mirror = ? AND item = (SELECT name FROM item WHERE \(isItem))", [mirror.stored] + item)
            try db.run("DELETE FROM item WHERE \(isItem)", item)
        }
    }

    /// Records that the server said these items are as published.
    public func setVerified(_ ids: [Item.ID], at time: Timestamp, of mirror: String, in key: LibraryKey) async throws(JournalError) {
        try await write { db in
            let owner = BaseOwner(mirror: mirror, key: key)
            for id in ids {
                try db.run("UPDATE item SET verified_at = ? WHERE \(owner.condition) AND id = ?", [time.stored] + owner.stored + [id.rawValue.stored])
            }
        }
    }
    /// Records the item's change token: its list was seen and has not moved.
    public func setToken(_ id: Item.ID, _ token: ChangeToken, of mirror: String, in key: LibraryKey) async throws(JournalError) {
        try await write { db in
            let owner = BaseOwner(mirror: mirror, key: key)
            let arguments = token.stored + owner.stored + [id.rawValue.stored]
            try db.run("UPDATE item SET content_version = ?, last_modified = ? WHERE \(owner.condition) AND id = ?", arguments)
        }
    }
}

/// Whose base a row is.
struct BaseOwner {
    var mirror: String
    var key: LibraryKey

    var condition: String { "item.mirror = ? AND item.server = ? AND item.library = ?" }
    var stored: [Argument] { [mirror.stored, key.server.stored, key.library.rawValue.stored] }
}

/// A directory that has another path, applied to rows that hold paths below it.
struct PathMove {
    var from: RelativePath
    var to: RelativePath

    func apply(to table: String, where condition: String, _ arguments: [Argument], _ db: Database) throws {
        let (old, new) = (from.stored, to.stored)
        guard old != new, !old.isEmpty, !new.isEmpty else { return }
        let moved = "CAST(? || substr(path, ?) AS BLOB)"
        try db.run(
            "UPDATE OR REPLACE \(table) SET path = \(moved) WHERE \(condition) AND \(RelativePath.withinCondition)",
            [new, old.count + 1] + arguments + from.withinArguments)
    }
}
extension RelativePath {
    /// That a row's path is this one or below it. `0` is the byte after `/`.
    static let withinCondition = "(path = ? OR (path > CAST(? || '/' AS BLOB) AND path < CAST(? || '0' AS BLOB)))"
    var withinArguments: [Argument] { [stored, stored, stored] }
}

extension ChangeToken {
    fileprivate var stored: [Argument] { [contentVersion?.stored, lastModified?.stored] }
}

extension BaseItem {
    fileprivate static func selection(of condition: String) -> String {
        """
        SELECT row, id, name, type, content_version, last_modified, device, inode, born, file_system, verified_at, mount_point
        FROM item WHERE \(condition) ORDER BY id
        """
    }

    fileprivate init(_ columns: inout Columns, files: [String: BaseFile]) throws {
        let (id, name, type) = (try columns.text(), try columns.text(), try columns.optionalText())
        let token = ChangeToken(contentVersion: try columns.optionalText(), lastModified: columns.optionalTimestamp())
        let directory = try columns.optionalDirectory()
        self.init(
            id: Item.ID(rawValue: id), name: name, type: type, token: token, directory: directory, files: files, verifiedAt: columns.optionalTimestamp(),
            isMountPoint: try columns.flag())
    }

    func save(_ db: Database, _ owner: BaseOwner) throws {
        try db.run("DELETE FROM item WHERE \(owner.condition) AND (id = ? OR name = ?)", owner.stored + [id.rawValue.stored, name.stored])
        try db.run(
            """
            INSERT INTO item (mirror, server, library, id, name, type, content_version, last_modified, device, inode, born, file_system, verified_at, mount_point)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, owner.stored + [id.rawValue.stored, name.stored, type?.stored] + token.stored + directory.stored + [verifiedAt?.stored, isMountPoint])
        let row = db.lastInsertedRowID
        for file in files.values { try file.save(db, item: row) }
    }
}

extension BaseFile {
    fileprivate static func selection(of condition: String) -> String {
        """
        SELECT file.item, file.name, path, file.size, modified, changed, file.inode, md5, sha1, sha256, sha512,
            remote_name, remote_version, remote_algorithm, remote_checksum
        FROM item JOIN file ON file.item = item.row WHERE \(condition)
        """
    }

    fileprivate init(_ columns: inout Columns) throws {
        let (name, path) = (try columns.text(), try columns.path())
        let (fingerprint, checksums) = (try columns.fingerprint(), try columns.checksums())
        let remote = RemoteFile(name: try columns.text(), version: try columns.text(), checksum: try columns.optionalChecksum())
        self.init(name: name, path: path, fingerprint: fingerprint, checksums: checksums, remote: remote)
    }

    fileprivate func save(_ db: Database, item: Int64) throws {
        let seen: [Argument] = [
            remote.name.stored, remote.version.stored, remote.checksum?.algorithm.rawValue, remote.checksum?.hex.stored,
        ]
        try db.run(
            "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [item, name.stored, path.stored] + fingerprint.stored + checksums.stored + seen)
    }
}
