import ContentLibraryAPI
import GRDB
import MirrorCore

/// What is known of one mirror from earlier runs.
public struct MirrorRecord: Hashable, Sendable {
    /// The mirror's name in the configuration.
    public var name: String
    /// The library that the base belongs to; nil until one was found.
    public var key: LibraryKey?
    /// Its name when it was last seen.
    public var libraryName: String?
    /// The client token of a library that is being created: creating again with it cannot make a second one.
    public var creationToken: String?
    /// Whether this mirror ever had a library: one that had is never given a new one silently.
    public var hadLibrary: Bool
    /// The resolved root of the last good pass.
    public var root: DirectoryIdentity?
    /// `MirrorRules.mappingSignature` under which the base was published.
    public var mapping: String?
    public var firstPassDone: Bool
    public var updatedAt: Timestamp

    public init(
        name: String, key: LibraryKey? = nil, libraryName: String? = nil, creationToken: String? = nil, hadLibrary: Bool = false,
        root: DirectoryIdentity? = nil, mapping: String? = nil, firstPassDone: Bool = false, updatedAt: Timestamp
    ) {
        (self.name, self.key, self.libraryName, self.creationToken, self.hadLibrary) = (name, key, libraryName, creationToken, hadLibrary)
        (self.root, self.mapping, self.firstPassDone, self.updatedAt) = (root, mapping, firstPassDone, updatedAt)
    }
}

extension Journal {
    public func mirror(_ name: String) async throws(JournalError) -> MirrorRecord? {
        try await read { db in try db.first(of: "mirror", MirrorRecord.selection + " WHERE name = ?", [name.stored], MirrorRecord.init) }
    }
    /// Every mirror that was ever recorded, by name.
    public func mirrors() async throws(JournalError) -> [MirrorRecord] {
        try await read { db in try db.all(of: "mirror", MirrorRecord.selection + " ORDER BY name", [], MirrorRecord.init) }
    }
    public func save(_ record: MirrorRecord) async throws(JournalError) { try await write { db in try record.save(db) } }

    /// Starts the mirror over, as `approve` of a changed library does: its base, deletion window, repairs and approvals are gone, and its first pass
    /// is to come. Hashes, holds and open intents stay. Where a record is given it becomes the mirror's in the same transaction.
    public func forgetBase(of mirror: String, saving record: MirrorRecord? = nil) async throws(JournalError) {
        try await write { db in
            try record?.save(db)
            for table in ["item", "deletion", "file_count", "repair", "approval"] {
                try db.run("DELETE FROM \(table) WHERE mirror = ?", [mirror.stored])
            }
            try db.run("UPDATE mirror SET first_pass_done = 0 WHERE name = ?", [mirror.stored])
        }
    }
}

extension MirrorRecord {
    fileprivate static let selection = """
        SELECT name, server, library, library_name, creation_token, had_library, root_device, root_inode, root_born, root_file_system, mapping,
            first_pass_done, updated_at
        FROM mirror
        """

    fileprivate init(_ columns: inout Columns) throws {
        name = try columns.text()
        let (server, library) = (try columns.optionalText(), try columns.optionalText())
        if let server, let library { key = LibraryKey(server: server, library: Library.ID(rawValue: library)) }
        (libraryName, creationToken, hadLibrary) = (try columns.optionalText(), try columns.optionalText(), try columns.flag())
        root = try columns.optionalDirectory()
        (mapping, firstPassDone, updatedAt) = (try columns.optionalText(), try columns.flag(), try columns.timestamp())
    }

    fileprivate func save(_ db: Database) throws {
        let library: [Argument] = [key?.server.stored, key?.library.rawValue.stored, libraryName?.stored, creationToken?.stored, hadLibrary]
        let rest: [Argument] = [mapping?.stored, firstPassDone, updatedAt.stored]
        try db.run("INSERT OR REPLACE INTO mirror VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [name.stored] + library + root.stored + rest)
    }
}
