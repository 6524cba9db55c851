import ContentLibraryAPI
import GRDB
import Logging

/// What a start does before it serves: brings disk and database together again after a crash. The database decides; its calls block.
struct Recovery {
    let store: Store
    let storage: StorageMap
    let logger: Logger

    /// Returns the server's own id.
    func run() throws -> String {
        do {
            let libraries = try store.writeBlocking(LibraryRecord.all)
            for library in libraries { try recover(library) }
            return try store.writeBlocking(Self.serverGUID)
        } catch let error as DatabaseError {
            throw StartupError.database(path: "library.sqlite", error)
        }
    }

    private static func serverGUID(_ db: Database) throws -> String {
        if let known = try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'server_guid'") { return known }
        let new = randomUUID()
        try db.execute(sql: "INSERT INTO setting VALUES ('server_guid', ?)", arguments: [new])
        return new
    }

    private func recover(_ library: LibraryRecord) throws {
        let root: String
        do { root = try storage.directory(of: library.backing) } catch {
            logger.warning(
                "a library's storage cannot be used", metadata: ["library": "\(library.name)", "why": "\(error.messages.first?.defaultMessage ?? "")"])
            return
        }
        do {
            try FileSystem.remove("\(root)/\(ContentPath.staging(library: library.id))")
            let contents = try store.writeBlocking { db in try ContentRecord.all(db, library: library.id) }
            try removeOrphans(of: library, root: root, known: Set(contents.map(\.path)))
            for content in contents where FileSystem.fileSize("\(root)/\(content.path)") != content.size {
                try store.writeBlocking { db in try lost(content, of: library, db) }
            }
        } catch let error as SystemCallError {
            throw StartupError.storage("the storage of the library \(library.name)", why: error.description)
        }
    }

    /// A file that no row names was on its way when the server died; a row comes only after its file is on the disk. What has no name that this
    /// server gives is somebody's own, put there to be pulled, and so is what a pull names.
    private func removeOrphans(of library: LibraryRecord, root: String, known: Set<String>) throws {
        let items = Set(try store.writeBlocking { db in try ItemRecord.ids(db, library: library.id) })
        let top = ContentPath.library(library.id)
        let awaited = try awaited(root: root)
        for directory in try FileSystem.names(in: "\(root)/\(top)") where ContentPath.isItem(directory) && !awaited.contains("\(top)/\(directory)") {
            guard items.contains(directory) else {
                try FileSystem.remove("\(root)/\(top)/\(directory)")
                continue
            }
            for name in try FileSystem.names(in: "\(root)/\(top)/\(directory)") where ContentPath.isFile(name) {
                let path = "\(top)/\(directory)/\(name)"
                if !known.contains(path), !awaited.contains(path) { try FileSystem.remove("\(root)/\(path)") }
            }
        }
    }

    /// The paths below `root` that active sessions pull from, and the directories above them.
    private func awaited(root: String) throws -> Set<String> {
        let uris = try store.writeBlocking(UpdateFileRecord.sources)
        var paths: Set<String> = []
        for uri in uris {
            guard let source = try? PullSource(TransferEndpoint(uri: uri), hosts: .all), var path = try? storage.path(of: source) else { continue }
            while let rest = FileSystem.path(path, below: root) {
                paths.insert(rest)
                path = FileSystem.parent(of: path)
            }
        }
        return paths
    }

    /// Somebody took a file away, or cut it. An upload can be repeated; a published file cannot be conjured up, so it is reported and stays listed.
    private func lost(_ content: ContentRecord, of library: LibraryRecord, _ db: Database) throws {
        let isPublished = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM item_file WHERE content = ?)", arguments: [content.id]) ?? false
        if isPublished {
            logger.error(
                "a published file is missing or was changed on the storage",
                metadata: ["library": "\(library.name)", "path": "\(content.path)", "expected": "\(content.size)"])
            return
        }
        let entries = try String.fetchAll(
            db,
            sql: """
                SELECT entry FROM update_file WHERE content = :content AND entry IS NOT NULL
                UNION SELECT a.entry FROM update_file f JOIN update_file a ON a.session = f.session AND a.name = f.archive WHERE f.content = :content
                """, arguments: ["content": content.id])
        for entry in entries { try UpdateFileRecord.find(db, entry: entry)?.markWaiting(db) }
        try ContentRecord.release(db, [content.id])
    }
}
