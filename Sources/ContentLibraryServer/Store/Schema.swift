import GRDB

/// The shape of the database. A new shape is a new migration; a shipped one never changes.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in try db.execute(sql: version1) }
        migrator.registerMigration("packages") { db in try db.execute(sql: packages) }
        migrator.registerMigration("warning behavior") { db in try db.execute(sql: "ALTER TABLE update_session ADD COLUMN warning_behavior TEXT") }
        migrator.registerMigration("subscribed libraries") { db in try db.execute(sql: subscribedLibraries) }
        migrator.registerMigration("pulls") { db in try db.execute(sql: pulls) }
        return migrator
    }

    /// Whether a file of a session stays with the item, and the archive that a file came out of.
    private static let packages = """
        ALTER TABLE update_file ADD COLUMN stays INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE update_file ADD COLUMN archive TEXT;
        """

    /// Where a pulled file comes from, the name that a moved one still has, and whether the client has called complete while files were being pulled.
    private static let pulls = """
        ALTER TABLE update_file ADD COLUMN source TEXT;
        ALTER TABLE update_file ADD COLUMN source_thumbprint TEXT;
        ALTER TABLE update_file ADD COLUMN moved_from TEXT;
        ALTER TABLE update_file ADD COLUMN moved_mark TEXT;
        ALTER TABLE update_session ADD COLUMN completing INTEGER NOT NULL DEFAULT 0;
        """

    private static let subscribedLibraries = """
        ALTER TABLE library ADD COLUMN type TEXT NOT NULL DEFAULT 'LOCAL';

        -- Of a subscribed library. The password is kept as it is sent: the directory is its owner's alone.
        CREATE TABLE subscription (
            library TEXT PRIMARY KEY REFERENCES library ON DELETE CASCADE, url TEXT NOT NULL, user_name TEXT, password TEXT, thumbprint TEXT,
            automatic INTEGER NOT NULL, source_version TEXT, tried INTEGER, synced INTEGER
        ) STRICT, WITHOUT ROWID;

        -- Which published item an item copies, and of which state its files are.
        CREATE TABLE subscribed_item (
            item TEXT PRIMARY KEY REFERENCES item ON DELETE CASCADE, source TEXT NOT NULL, mark TEXT NOT NULL, synced INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX subscribed_item_source ON subscribed_item (source);
        """

    /// Times are milliseconds since 1970 in UTC. The unique index on active update sessions is the rule of one per item,
    /// kept by the database as well.
    private static let version1 = """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE library (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL, description TEXT NOT NULL,
            backing_type TEXT NOT NULL, backing TEXT NOT NULL,
            version INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX library_name ON library (name_key);

        CREATE TABLE item (
            id TEXT PRIMARY KEY, library TEXT NOT NULL REFERENCES library ON DELETE CASCADE,
            name TEXT NOT NULL, name_key TEXT NOT NULL, description TEXT NOT NULL, type TEXT NOT NULL,
            version INTEGER NOT NULL, metadata_version INTEGER NOT NULL, content_version INTEGER NOT NULL,
            created INTEGER NOT NULL, modified INTEGER NOT NULL,
            UNIQUE (library, name_key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX item_name ON item (name_key);

        -- The bytes of one file as received: at `path` below the library's directory.
        CREATE TABLE content (
            id TEXT PRIMARY KEY, library TEXT NOT NULL REFERENCES library ON DELETE CASCADE,
            path TEXT NOT NULL, size INTEGER NOT NULL, algorithm TEXT NOT NULL, checksum TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX content_library ON content (library);

        -- What readers see.
        CREATE TABLE item_file (
            item TEXT NOT NULL REFERENCES item ON DELETE CASCADE, name TEXT NOT NULL,
            content TEXT NOT NULL REFERENCES content, version INTEGER NOT NULL,
            PRIMARY KEY (item, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX item_file_content ON item_file (content);

        CREATE TABLE update_session (
            id TEXT PRIMARY KEY, item TEXT NOT NULL REFERENCES item ON DELETE CASCADE, owner TEXT NOT NULL,
            state TEXT NOT NULL, error_id TEXT, error_text TEXT, progress INTEGER NOT NULL, expires INTEGER NOT NULL,
            content_version INTEGER NOT NULL, changed INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX update_session_active ON update_session (item) WHERE state = 'ACTIVE';
        CREATE INDEX update_session_item ON update_session (item);
        CREATE INDEX update_session_expires ON update_session (expires);

        -- What the item will have: files that it had (no entry), and pushed ones.
        CREATE TABLE update_file (
            session TEXT NOT NULL REFERENCES update_session ON DELETE CASCADE, name TEXT NOT NULL,
            entry TEXT UNIQUE, secret TEXT, version INTEGER,
            expected_size INTEGER, expected_algorithm TEXT, expected_checksum TEXT,
            status TEXT NOT NULL, error_id TEXT, error_text TEXT, content TEXT REFERENCES content,
            PRIMARY KEY (session, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX update_file_content ON update_file (content);

        CREATE TABLE download_session (
            id TEXT PRIMARY KEY, item TEXT NOT NULL REFERENCES item ON DELETE CASCADE, owner TEXT NOT NULL,
            state TEXT NOT NULL, error_id TEXT, error_text TEXT, progress INTEGER NOT NULL, expires INTEGER NOT NULL,
            content_version INTEGER NOT NULL, created INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX download_session_item ON download_session (item);
        CREATE INDEX download_session_expires ON download_session (expires);

        CREATE TABLE download_file (
            session TEXT NOT NULL REFERENCES download_session ON DELETE CASCADE, name TEXT NOT NULL,
            entry TEXT NOT NULL UNIQUE, secret TEXT NOT NULL, content TEXT NOT NULL REFERENCES content,
            prepared INTEGER NOT NULL, transferred INTEGER,
            PRIMARY KEY (session, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX download_file_content ON download_file (content);

        -- What a token made; `gone` is when the object was seen to exist no more.
        CREATE TABLE client_token (
            token TEXT NOT NULL, owner TEXT NOT NULL, operation TEXT NOT NULL, spec TEXT NOT NULL,
            object TEXT NOT NULL, gone INTEGER,
            PRIMARY KEY (token, owner, operation)
        ) STRICT, WITHOUT ROWID;

        -- Files and directories that nothing refers to any more, until they are off the disk. Below the backing's directory.
        CREATE TABLE garbage (
            id INTEGER PRIMARY KEY, backing_type TEXT NOT NULL, backing TEXT NOT NULL, path TEXT NOT NULL
        ) STRICT;
        """
}
