import ContentLibraryAPI
import GRDB
import MirrorCore

/// The steps of a publish, in their order: intend, record the item, record the session, record that it completes, commit, close.
extension Journal {
    /// Before the first call to the server.
    public func intend(_ intent: Intent) async throws(JournalError) {
        try await write { db in
            guard try Intent.find(intent.token, db) == nil else { throw JournalError.outOfOrder(intent.token, detail: "the token is in use") }
            try intent.insert(db)
        }
    }
    /// The item that the intent's `itemToken` created, and its content version: what the session must be made on.
    public func recordItem(_ id: Item.ID, contentVersion: String?, of token: IntentToken) async throws(JournalError) {
        try await advance(token, by: .itemCreated(id)) { intent in
            intent.itemID = id
            guard case .publish(var plan) = intent.kind else { return }
            plan.expectedContentVersion = contentVersion
            intent.kind = .publish(plan)
        }
    }
    public func recordSession(_ id: UpdateSession.ID, leaseUntil: Timestamp?, of token: IntentToken) async throws(JournalError) {
        try await advance(token, by: .sessionCreated(id)) { intent in
            if let leaseUntil { intent.leaseUntil = leaseUntil }
        }
    }
    /// After a renewal. An intent that is closed by now needs none.
    public func recordLease(until: Timestamp, of token: IntentToken) async throws(JournalError) {
        try await write { db in try db.run("UPDATE intent SET lease_until = ? WHERE token = ?", [until.stored, token.rawValue.stored]) }
    }
    /// Before a session of an earlier run goes on: what it will send and remove now. The session is still open, whatever its `complete` came to.
    public func recordPlan(_ plan: IntentPlan, of token: IntentToken) async throws(JournalError) {
        try await advance(token, by: .replanned) { intent in intent.kind = .publish(plan) }
    }
    /// Before `complete`. The files as they were sent, with the checksums that were taken on the way, replace the plan's of the same names: should the
    /// answer be lost, the base is made of them.
    public func recordCompleting(sent files: [PlannedFile], of token: IntentToken) async throws(JournalError) {
        try await advance(token, by: .completing) { intent in
            guard case .publish(var plan) = intent.kind else { return }
            var sent = Dictionary(files.map { (Array($0.name.utf8), $0) }) { _, last in last }
            for index in plan.files.indices {
                if let file = sent.removeValue(forKey: Array(plan.files[index].name.utf8)) { plan.files[index] = file }
            }
            if let stranger = sent.values.first { throw JournalError.outOfOrder(token, detail: "\(stranger.name) was sent and not planned") }
            intent.kind = .publish(plan)
        }
    }
    /// Before the session is cancelled or failed, or where it is only known that one may exist.
    public func recordAbandoning(_ token: IntentToken, reason: String) async throws(JournalError) {
        try await advance(token, by: .abandon(reason: reason)) { _ in }
    }
    /// Nothing of it remains at the server: the deletion of its session was confirmed, or its creation was refused. Closing what is closed does nothing.
    public func close(_ token: IntentToken) async throws(JournalError) {
        try await write { db in try Intent.delete(token, db) }
    }

    public func intent(_ token: IntentToken) async throws(JournalError) -> Intent? { try await read { db in try Intent.find(token, db) } }
    /// The oldest first.
    public func openIntents(in key: LibraryKey) async throws(JournalError) -> [Intent] {
        try await read { db in try Intent.all("server = ? AND library = ?", [key.server.stored, key.library.rawValue.stored], db) }
    }
    /// Of every library of the server: their sessions are ours to end, also where no mirror uses the library any more. The oldest first.
    public func openIntents(onServer server: String) async throws(JournalError) -> [Intent] {
        try await read { db in try Intent.all("server = ?", [server.stored], db) }
    }

    private func advance(
        _ token: IntentToken, by step: Intent.Step, _ change: @escaping @Sendable (inout Intent) throws -> Void
    ) async throws(JournalError) {
        try await write { db in
            guard var intent = try Intent.find(token, db) else { throw JournalError.outOfOrder(token, detail: "it is not open") }
            try intent.advance(by: step, db, change)
        }
    }
}

extension Intent {
    /// The part of a change of the base that concerns the intent behind it, if there is one.
    static func advance(_ token: IntentToken?, of owner: BaseOwner, by step: Step, _ db: Database) throws {
        guard let token else { return }
        guard var intent = try find(token, db) else { throw JournalError.outOfOrder(token, detail: "it is not open") }
        guard intent.mirror.utf8.elementsEqual(owner.mirror.utf8), intent.key == owner.key else {
            throw JournalError.outOfOrder(token, detail: "it is of mirror \(intent.mirror) and library \(intent.key)")
        }
        try intent.advance(by: step, db) { _ in }
    }

    fileprivate mutating func advance(by step: Step, _ db: Database, _ change: (inout Intent) throws -> Void) throws {
        switch after(step) {
        case .refused: throw JournalError.outOfOrder(token, detail: "\(step) in state \(state)")
        case .closed: try Self.delete(token, db)
        case .to(let next):
            state = next
            try change(&self)
            try Self.delete(token, db)
            try insert(db)
        }
    }
}

extension Intent {
    /// The words of the columns `kind` and `state`.
    private enum KindWord: String { case publish, rename, delete }
    private enum StateWord: String { case intended, itemCreated, sessionOpen, completing, published, abandoning }

    private static let columns = """
        token, server, library, mirror, item, kind, new_name, plan, item_token, item_id, session_token, state, session_id, reason, lease_until, created_at
        """

    fileprivate static func find(_ token: IntentToken, _ db: Database) throws -> Intent? {
        try db.first(of: "intent", "SELECT \(columns) FROM intent WHERE token = ?", [token.rawValue.stored], Intent.init)
    }
    fileprivate static func all(_ condition: String, _ arguments: [Argument], _ db: Database) throws -> [Intent] {
        try db.all(of: "intent", "SELECT \(columns) FROM intent WHERE \(condition) ORDER BY created_at, token", arguments, Intent.init)
    }
    fileprivate static func delete(_ token: IntentToken, _ db: Database) throws {
        try db.run("DELETE FROM intent WHERE token = ?", [token.rawValue.stored])
    }

    fileprivate func insert(_ db: Database) throws {
        let (kindWord, newName, plan): (KindWord, String?, String?) =
            switch kind {
            case .publish(let plan): (.publish, nil, try IntentPlanText.encode(plan))
            case .rename(let name): (.rename, name, nil)
            case .delete: (.delete, nil, nil)
            }
        let (stateWord, reason): (StateWord, String?) =
            switch state {
            case .intended: (.intended, nil)
            case .itemCreated: (.itemCreated, nil)
            case .sessionOpen: (.sessionOpen, nil)
            case .completing: (.completing, nil)
            case .published: (.published, nil)
            case .abandoning(_, let reason): (.abandoning, reason)
            }
        let whose: [Argument] = [token.rawValue.stored, key.server.stored, key.library.rawValue.stored, mirror.stored, item.stored]
        let what: [Argument] = [kindWord.rawValue, newName?.stored, plan?.stored, itemToken?.stored, itemID?.rawValue.stored, sessionToken.stored]
        let how: [Argument] = [stateWord.rawValue, state.session?.rawValue.stored, reason?.stored, leaseUntil?.stored, createdAt.stored]
        try db.run("INSERT INTO intent (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", whose + what + how)
    }

    private init(_ columns: inout Columns) throws {
        token = IntentToken(rawValue: try columns.text())
        key = LibraryKey(server: try columns.text(), library: Library.ID(rawValue: try columns.text()))
        (mirror, item) = (try columns.text(), try columns.text())
        let word: KindWord = try columns.member()
        let (newName, plan) = (try columns.optionalText(), try columns.optionalText())
        switch (word, newName, plan) {
        case (.publish, _, let plan?): kind = .publish(try IntentPlanText.decode(plan))
        case (.rename, let name?, _): kind = .rename(to: name)
        case (.delete, _, _): kind = .delete
        case (.publish, _, nil), (.rename, nil, _): throw columns.unreadable("\(word) lacks its plan or name")
        }
        (itemToken, itemID) = (try columns.optionalText(), try columns.optionalText().map { Item.ID(rawValue: $0) })
        sessionToken = try columns.text()
        let stateWord: StateWord = try columns.member()
        let (session, reason) = (try columns.optionalText().map { UpdateSession.ID(rawValue: $0) }, try columns.optionalText())
        switch (stateWord, session) {
        case (.intended, nil): state = .intended
        case (.itemCreated, nil): state = .itemCreated
        case (.sessionOpen, let id?): state = .sessionOpen(id)
        case (.completing, let id?): state = .completing(id)
        case (.published, let id?): state = .published(id)
        case (.abandoning, let id): state = .abandoning(id, reason: reason ?? "")
        case (.intended, _?), (.itemCreated, _?), (.sessionOpen, nil), (.completing, nil), (.published, nil):
            throw columns.unreadable("state \(stateWord) does not go with session \(session?.rawValue ?? "none")")
        }
        (leaseUntil, createdAt) = (columns.optionalTimestamp(), try columns.timestamp())
    }
}
