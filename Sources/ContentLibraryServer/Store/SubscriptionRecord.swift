import ContentLibraryAPI
import GRDB

/// Where a subscribed library takes its content from, and how far it is.
struct SubscriptionRecord: Sendable {
    let library: String
    var subscription: Subscription
    /// The publisher's version of which everything is here.
    var sourceVersion: String?
    /// When the publisher was last asked.
    var tried: Timestamp?
    /// When everything was last here.
    var synced: Timestamp?

    init(library: String, subscription: Subscription) { (self.library, self.subscription) = (library, subscription) }

    private init(row: Row) {
        library = row["library"]
        let user: String? = row["user_name"]
        let password: String? = row["password"]
        var login: Subscription.Login?
        if let user, let password { login = Subscription.Login(user: user, password: password) }
        subscription = Subscription(url: row["url"], login: login, thumbprint: row["thumbprint"], isAutomatic: row["automatic"])
        sourceVersion = row["source_version"]
        let (tried, synced): (Int64?, Int64?) = (row["tried"], row["synced"])
        (self.tried, self.synced) = (tried.map(Timestamp.init(milliseconds:)), synced.map(Timestamp.init(milliseconds:)))
    }

    static func find(_ db: Database, library: String) throws -> SubscriptionRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM subscription WHERE library = ?", arguments: [library]).map(SubscriptionRecord.init(row:))
    }

    /// `not_found` without the library, `invalid_element_type` where it is local.
    static func require(_ db: Database, _ library: String) throws -> (library: LibraryRecord, subscription: SubscriptionRecord) {
        let record = try LibraryRecord.require(db, library)
        guard let found = try find(db, library: library) else { throw APIError.wrongKind(of: library, isNot: .subscribed) }
        return (record, found)
    }

    /// Those that follow their publisher by themselves and have not asked it since.
    static func due(_ db: Database, since moment: Timestamp) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT library FROM subscription WHERE automatic AND (tried IS NULL OR tried < ?)", arguments: [moment.milliseconds])
    }

    /// Inserts, or changes.
    func save(_ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                library, subscription.url, subscription.login?.user, subscription.login?.password, subscription.thumbprint, subscription.isAutomatic,
                sourceVersion, tried?.milliseconds, synced?.milliseconds,
            ])
    }
}

/// Which published item an item copies.
struct SubscribedItemRecord: Sendable {
    let item: String
    /// The publisher's id.
    let source: String
    /// What the publisher said of the files that are here.
    let mark: String
    let synced: Timestamp

    init(item: String, source: String, mark: String, synced: Timestamp) {
        (self.item, self.source, self.mark, self.synced) = (item, source, mark, synced)
    }

    private init(row: Row) {
        (item, source, mark) = (row["item"], row["source"], row["mark"])
        synced = Timestamp(milliseconds: row["synced"])
    }

    static func find(_ db: Database, item: String) throws -> SubscribedItemRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM subscribed_item WHERE item = ?", arguments: [item]).map(SubscribedItemRecord.init(row:))
    }

    static func all(_ db: Database, library: String) throws -> [SubscribedItemRecord] {
        try Row.fetchAll(
            db, sql: "SELECT s.* FROM subscribed_item s JOIN item i ON i.id = s.item WHERE i.library = ?", arguments: [library]
        ).map(SubscribedItemRecord.init(row:))
    }

    func save(_ db: Database) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO subscribed_item VALUES (?, ?, ?, ?)", arguments: [item, source, mark, synced.milliseconds])
    }
}
