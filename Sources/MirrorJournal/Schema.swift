import GRDB

/// The tables of a journal.
///
/// Texts are TEXT under the BINARY collation, which compares bytes: names that differ only in Unicode normalisation stay two. Paths are BLOBs, since a
/// file name need not be UTF-8. Unsigned 64-bit numbers are kept as the signed number of the same bits; wall times are milliseconds since the epoch,
/// file times nanoseconds.
enum Schema {
    /// `clsy`: tells a journal from any other SQLite file.
    static let applicationID: Int32 = 0x636c_7379
    static var version: Int { steps.count }

    /// One script a version; `PRAGMA user_version` counts the scripts that a file has seen.
    static let steps = [
        """
        CREATE TABLE mirror (
            name TEXT PRIMARY KEY, server TEXT, library TEXT, library_name TEXT, creation_token TEXT, had_library INTEGER NOT NULL,
            root_device INTEGER, root_inode INTEGER, root_born INTEGER, root_file_system INTEGER,
            mapping TEXT, first_pass_done INTEGER NOT NULL, updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE item (
            row INTEGER PRIMARY KEY, mirror TEXT NOT NULL, server TEXT NOT NULL, library TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, type TEXT,
            content_version TEXT, last_modified INTEGER, device INTEGER, inode INTEGER, born INTEGER, file_system INTEGER, verified_at INTEGER,
            mount_point INTEGER NOT NULL,
            UNIQUE (mirror, server, library, id), UNIQUE (mirror, server, library, name)
        ) STRICT;
        CREATE TABLE file (
            item INTEGER NOT NULL REFERENCES item (row) ON DELETE CASCADE, name TEXT NOT NULL, path BLOB NOT NULL,
            size INTEGER NOT NULL, modified INTEGER NOT NULL, changed INTEGER NOT NULL, inode INTEGER NOT NULL,
            md5 TEXT, sha1 TEXT, sha256 TEXT, sha512 TEXT,
            remote_name TEXT NOT NULL, remote_version TEXT NOT NULL, remote_algorithm TEXT, remote_checksum TEXT,
            PRIMARY KEY (item, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE hash (
            mirror TEXT NOT NULL, path BLOB NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL, changed INTEGER NOT NULL, inode INTEGER NOT NULL,
            taken_at INTEGER NOT NULL, md5 TEXT, sha1 TEXT, sha256 TEXT, sha512 TEXT,
            PRIMARY KEY (mirror, path)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE intent (
            token TEXT PRIMARY KEY, server TEXT NOT NULL, library TEXT NOT NULL, mirror TEXT NOT NULL, item TEXT NOT NULL,
            kind TEXT NOT NULL, new_name TEXT, plan TEXT, item_token TEXT, item_id TEXT, session_token TEXT NOT NULL,
            state TEXT NOT NULL, session_id TEXT, reason TEXT, lease_until INTEGER, created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX intent_by_library ON intent (server, library);

        CREATE TABLE hold (
            mirror TEXT NOT NULL, kind TEXT NOT NULL, item TEXT, reason TEXT NOT NULL, subjects TEXT NOT NULL, since INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX hold_by_mirror ON hold (mirror, item, kind);
        CREATE TABLE approval (
            mirror TEXT NOT NULL, kind TEXT NOT NULL, item TEXT, digest TEXT NOT NULL, subjects TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX approval_by_mirror ON approval (mirror, item, kind);

        CREATE TABLE deletion (mirror TEXT NOT NULL, second INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (mirror, second)) STRICT, WITHOUT ROWID;
        CREATE TABLE file_count (
            mirror TEXT NOT NULL, second INTEGER NOT NULL, largest INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (mirror, second)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE repair (mirror TEXT NOT NULL, item TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
        CREATE INDEX repair_by_item ON repair (mirror, item, at);

        CREATE TABLE manner (server TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (server, name)) STRICT, WITHOUT ROWID;
        """
    ]

    /// Brings a database from the version it has to this one's; to be called in a transaction.
    static func upgrade(_ db: Database) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        for step in steps.dropFirst(version) { try db.execute(sql: step) }
        try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(steps.count)")
    }
}
