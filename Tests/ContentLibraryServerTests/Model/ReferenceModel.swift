import ContentLibraryAPI
import Digests

/// What the service is to answer, in the simplest way that says it: dictionaries, one thing at a time, nothing on a disk.
///
/// Written from the specification and not from the service, with its own order of checks: the login, the privilege, the arguments that name a creation,
/// a token's replay, what is named, whose it is, its state, the other arguments. Does not model concurrency, broken storage, and when tokens are forgotten.
struct ReferenceModel {
    struct Refusal: Error {
        let kind: APIError.Kind
        init(_ kind: APIError.Kind) { self.kind = kind }
    }

    enum User: String, CaseIterable {
        case admin, other, reader

        fileprivate func needsToWrite() throws(Refusal) { if self == .reader { throw Refusal(.unauthorized) } }
    }

    /// Bytes that were received once: kept as long as something refers to them.
    struct Content: Hashable {
        let number: Int
        let bytes: [UInt8]
        let algorithm: DigestAlgorithm

        var checksum: String { (try? algorithm.hexDigest(of: bytes)) ?? "" }
        var text: String { "\(bytes.count) bytes, \(algorithm.rawValue) \(checksum)" }
    }

    struct PublishedFile: Hashable {
        var content: Content
        var version: Int
    }

    struct ItemState {
        var library: String
        var name: String
        var description: String
        var type: String?
        var version = 1
        var metadataVersion = 1
        var contentVersion = 1
        let created: Timestamp
        var modified: Timestamp
        var files: [String: PublishedFile] = [:]

        var size: Int { files.values.reduce(0) { $0 + $1.content.bytes.count } }
    }

    struct Push {
        enum State { case waiting, wrong, ready(Content) }
        let path: String
        let size: Int64?
        let checksum: (algorithm: DigestAlgorithm, hex: String)?
        var state = State.waiting
    }

    enum SessionFile {
        case kept(PublishedFile)
        case pushed(Push)
    }

    struct Session {
        let item: String
        let owner: User
        let contentVersion: Int
        var state = "ACTIVE"
        var message: String?
        var progress: Int64 = 0
        var expires: Timestamp
        /// Of an update session.
        var files: [String: SessionFile] = [:]
        var isTouched = false
        /// Of a download session.
        var reading: [String: Reading] = [:]

        var text: String { "\(item) \(state) \(progress) of version \(contentVersion) until \(expires): \(message ?? "-")" }
    }

    struct Reading {
        let content: Content
        var path: String?
        var transferred = 0
    }

    struct Token: Hashable {
        let text: String
        let user: User
        let operation: String
    }

    static let lease = Duration.seconds(300)

    var now: Timestamp
    private(set) var libraries: [String: (name: String, description: String, created: Timestamp)] = [:]
    private(set) var items: [String: ItemState] = [:]
    private var updates: [String: Session] = [:]
    private var downloads: [String: Session] = [:]
    private var tokens: [Token: (spec: [String?], object: String)] = [:]
    private var seen: Set<String> = []
    private var contents = 0

    init(now: Timestamp) { self.now = now }

    // MARK: creation

    /// The id that a creation is to answer with: the token's, or the offered one, which nobody may have seen before.
    private mutating func created(_ offered: String?) -> String {
        guard let offered, seen.insert(offered).inserted else { return "an id that is new" }
        return offered
    }

    private static func checkFormat(_ token: String?) throws(Refusal) {
        guard let token else { return }
        let groups = token.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12], token.allSatisfy({ $0 == "-" || $0.isHexDigit }) else { throw Refusal(.invalidArgument) }
    }

    private func replay(_ token: String?, _ user: User, _ operation: String, _ spec: [String?]) throws(Refusal) -> String? {
        guard let token, let before = tokens[Token(text: token.lowercased(), user: user, operation: operation)] else { return nil }
        guard before.spec == spec else { throw Refusal(.invalidArgument) }
        return before.object
    }

    private mutating func remember(_ token: String?, _ user: User, _ operation: String, _ spec: [String?], _ object: String) {
        if let token { tokens[Token(text: token.lowercased(), user: user, operation: operation)] = (spec, object) }
    }

    // MARK: libraries

    mutating func createLibrary(_ user: User, _ token: String?, name: String, description: String?, offered: String?) throws(Refusal) -> String {
        try user.needsToWrite()
        try Self.checkFormat(token)
        guard !name.isEmpty else { throw Refusal(.invalidArgument) }
        if let before = try replay(token, user, "library", [name, description]) { return before }
        let id = created(offered)
        libraries[id] = (name, description ?? "", now)
        remember(token, user, "library", [name, description], id)
        return id
    }

    func library(_ id: String) throws(Refusal) -> String {
        guard let library = libraries[id] else { throw Refusal(.notFound) }
        return "\(library.name) \(library.description) \(library.created)"
    }

    func libraries(named name: String) -> [String] { libraries.filter { $0.value.name.lowercased() == name.lowercased() }.map(\.key).sorted() }

    mutating func deleteLibrary(_ user: User, _ id: String) throws(Refusal) -> String {
        try user.needsToWrite()
        guard libraries[id] != nil else { throw Refusal(.notFound) }
        let inside = items.filter { $0.value.library == id }.map(\.key)
        guard !inside.contains(where: isHeld) else { throw Refusal(.notAllowedInCurrentState) }
        for item in inside { forget(item) }
        libraries[id] = nil
        return "gone"
    }

    // MARK: items

    static func isGood(itemName name: String) -> Bool { !["", ".", ".."].contains(name) && !name.contains("/") && name.count <= 80 }

    private func requireUnused(_ name: String, in library: String, besides id: String? = nil) throws(Refusal) {
        guard !items.contains(where: { $0.value.library == library && $0.value.name.lowercased() == name.lowercased() && $0.key != id }) else {
            throw Refusal(.alreadyExists)
        }
    }

    mutating func createItem(_ user: User, _ token: String?, library: String, name: String, type: String?, offered: String?) throws(Refusal) -> String {
        try user.needsToWrite()
        try Self.checkFormat(token)
        guard Self.isGood(itemName: name) else { throw Refusal(.invalidArgument) }
        if let before = try replay(token, user, "item", [library, name, type]) { return before }
        guard libraries[library] != nil else { throw Refusal(.notFound) }
        try requireUnused(name, in: library)
        let id = created(offered)
        items[id] = ItemState(library: library, name: name, description: "", type: type, created: now, modified: now)
        remember(token, user, "item", [library, name, type], id)
        return id
    }

    func item(_ id: String) throws(Refusal) -> ItemState {
        guard let item = items[id] else { throw Refusal(.notFound) }
        return item
    }

    func items(of library: String) throws(Refusal) -> [String] {
        guard libraries[library] != nil else { throw Refusal(.notFound) }
        return items.filter { $0.value.library == library }.map(\.key).sorted()
    }

    func items(named name: String?, library: String?, type: String?) throws(Refusal) -> [String] {
        guard name != nil || library != nil || type != nil else { throw Refusal(.invalidArgument) }
        return items.filter { _, item in
            (name == nil || item.name.lowercased() == name?.lowercased()) && (library == nil || item.library == library) && (type == nil || item.type == type)
        }.map(\.key).sorted()
    }

    mutating func updateItem(_ user: User, _ id: String, name: String?, description: String?, version: Int?) throws(Refusal) -> String {
        try user.needsToWrite()
        var item = try item(id)
        guard version == nil || version == item.version else { throw Refusal(.invalidArgument) }
        if let name {
            guard Self.isGood(itemName: name) else { throw Refusal(.invalidArgument) }
            try requireUnused(name, in: item.library, besides: id)
            item.name = name
        }
        item.description = description ?? item.description
        guard name != nil || description != nil else { return "updated" }
        item.version += 1
        item.metadataVersion += 1
        item.modified = now
        items[id] = item
        return "updated"
    }

    mutating func deleteItem(_ user: User, _ id: String) throws(Refusal) -> String {
        try user.needsToWrite()
        _ = try item(id)
        guard !isHeld(id) else { throw Refusal(.notAllowedInCurrentState) }
        forget(id)
        return "gone"
    }

    private mutating func forget(_ item: String) {
        items[item] = nil
        updates = updates.filter { $0.value.item != item }
        downloads = downloads.filter { $0.value.item != item }
    }

    // MARK: update sessions

    private func isHeld(_ item: String) -> Bool { updates.values.contains { $0.item == item && $0.state == "ACTIVE" && $0.expires >= now } }

    private func session(_ id: String, in sessions: [String: Session]) throws(Refusal) -> Session {
        guard let session = sessions[id], session.expires >= now else { throw Refusal(.notFound) }
        return session
    }

    /// The session, for somebody who wants to change it.
    private func update(_ id: String, changedBy user: User) throws(Refusal) -> Session {
        let session = try session(id, in: updates)
        if session.owner != user { try user.needsToWrite() }
        guard session.state == "ACTIVE" else { throw Refusal(.notAllowedInCurrentState) }
        return session
    }

    mutating func createUpdate(_ user: User, _ token: String?, item: String, offered: String?) throws(Refusal) -> String {
        try user.needsToWrite()
        try Self.checkFormat(token)
        if let before = try replay(token, user, "update", [item]) { return before }
        let target = try self.item(item)
        guard !isHeld(item) else { throw Refusal(.resourceBusy) }
        let id = created(offered)
        updates[id] = Session(
            item: item, owner: user, contentVersion: target.contentVersion, expires: now + Self.lease,
            files: target.files.mapValues { .kept($0) })
        remember(token, user, "update", [item], id)
        return id
    }

    func update(_ id: String) throws(Refusal) -> Session { try session(id, in: updates) }

    func updates(_ user: User, item: String?) throws(Refusal) -> [String] {
        try user.needsToWrite()
        return try list(updates, user, item)
    }

    private func list(_ sessions: [String: Session], _ user: User, _ item: String?) throws(Refusal) -> [String] {
        if let item { _ = try self.item(item) }
        return sessions.filter { $0.value.owner == user && $0.value.expires >= now && (item == nil || $0.value.item == item) }.map(\.key).sorted()
    }

    private func kept(_ session: Session, _ progress: Int64?) throws(Refusal) -> Session {
        var session = session
        if let progress {
            guard 0...100 ~= progress else { throw Refusal(.invalidArgument) }
            session.progress = max(session.progress, progress)
        }
        session.expires = now + Self.lease
        return session
    }

    mutating func keepUpdateAlive(_ user: User, _ id: String, _ progress: Int64?) throws(Refusal) -> String {
        updates[id] = try kept(try update(id, changedBy: user), progress)
        return "kept"
    }

    private func ended(_ session: Session, _ state: String, _ message: String? = nil) -> Session {
        var session = session
        (session.state, session.message, session.expires) = (state, message, now + Self.lease)
        return session
    }

    mutating func complete(_ user: User, _ id: String) throws(Refusal) -> String {
        let session = try update(id, changedBy: user)
        try requireReceived(session)
        updates[id] = ended(session, "DONE")
        guard session.isTouched, var item = items[session.item] else { return "done" }
        var files: [String: PublishedFile] = [:]
        for (name, file) in session.files {
            switch file {
            case .kept(let file): files[name] = file
            case .pushed(let push):
                if case .ready(let content) = push.state { files[name] = PublishedFile(content: content, version: (item.files[name]?.version ?? 0) + 1) }
            }
        }
        item.files = files
        item.contentVersion += 1
        item.modified = now
        items[session.item] = item
        return "done"
    }

    private func requireReceived(_ session: Session) throws(Refusal) {
        for case .pushed(let push) in session.files.values {
            guard case .ready = push.state else { throw Refusal(.notAllowedInCurrentState) }
        }
    }

    mutating func cancelUpdate(_ user: User, _ id: String) throws(Refusal) -> String {
        updates[id] = ended(try update(id, changedBy: user), "CANCELED")
        return "canceled"
    }

    mutating func failUpdate(_ user: User, _ id: String, _ text: String) throws(Refusal) -> String {
        updates[id] = ended(try update(id, changedBy: user), "ERROR", text)
        return "failed"
    }

    mutating func deleteUpdate(_ user: User, _ id: String) throws(Refusal) -> String {
        let session = try session(id, in: updates)
        if session.owner != user { try user.needsToWrite() }
        guard session.state != "ACTIVE" else { throw Refusal(.notAllowedInCurrentState) }
        updates[id] = nil
        return "gone"
    }

    // MARK: files of update sessions

    mutating func add(
        _ user: User, _ id: String, _ name: String, size: Int64?, checksum: (algorithm: DigestAlgorithm, hex: String)?, path: String?
    ) throws(Refusal) -> String {
        var session = try update(id, changedBy: user)
        guard !["", ".", ".."].contains(name), !name.contains("/"), size ?? 0 >= 0 else { throw Refusal(.invalidArgument) }
        guard let path, seen.insert(path).inserted else { return "a URL that is new" }
        session.files[name] = .pushed(Push(path: path, size: size, checksum: checksum))
        session.isTouched = true
        updates[id] = session
        return path
    }

    /// What a session holds, upload URLs among it, is its owner's, and of those who could have opened it.
    private func files(of id: String, for user: User) throws(Refusal) -> Session {
        let session = try session(id, in: updates)
        if session.owner != user { try user.needsToWrite() }
        return session
    }

    func updateFile(_ user: User, _ id: String, _ name: String) throws(Refusal) -> String {
        let session = try files(of: id, for: user)
        guard let file = session.files[name] else { throw Refusal(.invalidArgument) }
        return text(of: file, in: session)
    }

    func updateFiles(_ user: User, _ id: String) throws(Refusal) -> [String: String] {
        let session = try files(of: id, for: user)
        return session.files.mapValues { text(of: $0, in: session) }
    }

    /// Of a session that ended only the names are sure.
    private func text(of file: SessionFile, in session: Session) -> String {
        guard session.state == "ACTIVE" else { return "of a session that ended" }
        switch file {
        case .kept(let file): return "NONE READY \(file.content.text)"
        case .pushed(let push):
            switch push.state {
            case .waiting: return "PUSH WAITING_FOR_TRANSFER \(push.path)"
            case .wrong: return "PUSH ERROR \(push.path)"
            case .ready(let content): return "PUSH READY \(content.text) \(push.path)"
            }
        }
    }

    mutating func remove(_ user: User, _ id: String, _ name: String) throws(Refusal) -> String {
        var session = try update(id, changedBy: user)
        guard session.files.removeValue(forKey: name) != nil else { throw Refusal(.invalidArgument) }
        session.isTouched = true
        updates[id] = session
        return "removed"
    }

    func validate(_ user: User, _ id: String) throws(Refusal) -> String {
        try requireReceived(try update(id, changedBy: user))
        return "no errors"
    }

    /// The status of an upload that says its length, or does not, and is as long as `bytes`.
    mutating func put(_ bytes: [UInt8], to path: String, saying length: Int64?) -> Int {
        for (id, session) in updates where session.state == "ACTIVE" && session.expires >= now {
            for (name, file) in session.files {
                guard case .pushed(var push) = file, push.path == path else { continue }
                if case .ready = push.state { return 409 }
                let received = Int64(bytes.count)
                let isOther = push.size.map { $0 < received || ($0 != length && length != nil) } ?? false
                if !isOther, let length, length != received { return 400 }
                let algorithm = push.checksum?.algorithm ?? .sha1
                contents += 1
                let content = Content(number: contents, bytes: bytes, algorithm: algorithm)
                let isGood = !isOther && push.size ?? received == received && push.checksum?.hex ?? content.checksum == content.checksum
                push.state = isGood ? .ready(content) : .wrong
                updates[id]?.files[name] = .pushed(push)
                return isGood ? 200 : 400
            }
        }
        return 404
    }

    // MARK: download sessions

    private func download(_ id: String, changedBy user: User) throws(Refusal) -> Session {
        let session = try session(id, in: downloads)
        guard session.state == "ACTIVE" else { throw Refusal(.notAllowedInCurrentState) }
        return session
    }

    mutating func createDownload(_ user: User, _ token: String?, item: String, offered: String?) throws(Refusal) -> String {
        try Self.checkFormat(token)
        if let before = try replay(token, user, "download", [item]) { return before }
        let target = try self.item(item)
        let id = created(offered)
        downloads[id] = Session(
            item: item, owner: user, contentVersion: target.contentVersion, expires: now + Self.lease,
            reading: target.files.mapValues { Reading(content: $0.content) })
        remember(token, user, "download", [item], id)
        return id
    }

    func download(_ id: String) throws(Refusal) -> Session { try session(id, in: downloads) }
    func downloads(_ user: User, item: String?) throws(Refusal) -> [String] { try list(downloads, user, item) }

    mutating func keepDownloadAlive(_ user: User, _ id: String, _ progress: Int64?) throws(Refusal) -> String {
        downloads[id] = try kept(try download(id, changedBy: user), progress)
        return "kept"
    }

    /// Cancels it, or fails it with a text.
    mutating func endDownload(_ user: User, _ id: String, _ text: String?) throws(Refusal) -> String {
        var session = ended(try download(id, changedBy: user), text == nil ? "CANCELED" : "ERROR", text)
        session.reading = [:]
        downloads[id] = session
        return "ended"
    }

    mutating func deleteDownload(_ user: User, _ id: String) throws(Refusal) -> String {
        _ = try session(id, in: downloads)
        downloads[id] = nil
        return "gone"
    }

    mutating func prepare(_ user: User, _ id: String, _ name: String, path: String?) throws(Refusal) -> String {
        var session = try download(id, changedBy: user)
        guard var file = session.reading[name] else { throw Refusal(.invalidArgument) }
        if file.path == nil, let path, seen.insert(path).inserted { file.path = path }
        session.reading[name] = file
        downloads[id] = session
        return text(of: file)
    }

    func downloadFiles(_ id: String) throws(Refusal) -> [String: String] { try session(id, in: downloads).reading.mapValues(text(of:)) }

    private func text(of file: Reading) -> String {
        let isRead = file.transferred > 0 || (file.content.bytes.isEmpty && file.transferred < 0)
        return "\(file.content.bytes.count) bytes \(file.path ?? "UNPREPARED") \(isRead ? "read, \(file.content.checksum)" : "unread")"
    }

    /// The bytes behind a URL, which are read to their end; nil where it is none.
    mutating func get(_ path: String) -> [UInt8]? {
        for (id, session) in downloads where session.state == "ACTIVE" && session.expires >= now {
            for (name, file) in session.reading where file.path == path {
                downloads[id]?.reading[name]?.transferred = file.content.bytes.isEmpty ? -1 : file.content.bytes.count
                return file.content.bytes
            }
        }
        return nil
    }

    // MARK: what a history goes on with

    var activeUpdates: [String] { active(updates) }
    var activeDownloads: [String] { active(downloads) }

    private func active(_ sessions: [String: Session]) -> [String] {
        sessions.filter { $0.value.state == "ACTIVE" && $0.value.expires >= now }.map(\.key).sorted()
    }

    /// Where bytes are still waited for.
    var waitingPaths: [String] {
        activeUpdates.flatMap { id in
            (updates[id]?.files ?? [:]).values.compactMap { file -> String? in
                guard case .pushed(let push) = file else { return nil }
                if case .ready = push.state { return nil }
                return push.path
            }
        }.sorted()
    }

    var preparedPaths: [String] { activeDownloads.flatMap { id in (downloads[id]?.reading ?? [:]).values.compactMap(\.path) }.sorted() }

    // MARK: what lies on the disk

    /// The contents that something refers to, once what has expired is gone.
    var contentCount: Int {
        var found = Set(items.values.flatMap { $0.files.values.map(\.content) })
        for session in updates.values where session.state == "ACTIVE" && session.expires >= now {
            for file in session.files.values {
                switch file {
                case .kept(let file): found.insert(file.content)
                case .pushed(let push): if case .ready(let content) = push.state { found.insert(content) }
                }
            }
        }
        for session in downloads.values where session.expires >= now { found.formUnion(session.reading.values.map(\.content)) }
        return found.count
    }
}
