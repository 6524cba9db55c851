import ContentLibraryAPI
import Digests

/// Who is logged in. A value: time is an argument.
struct LoginTable: Sendable {
    struct Login: Sendable, Hashable {
        let user: String
        let access: Access
        let created: Timestamp
        fileprivate(set) var lastAccessed: Timestamp
    }

    /// By the digest of the session id: looking an id up then says nothing, by its time, about the ids that exist.
    private var logins: [String: Login] = [:]
    private let idleTimeout: Duration
    private let limit: Int

    init(idleTimeout: Duration, limit: Int) { (self.idleTimeout, self.limit) = (idleTimeout, limit) }

    var count: Int { logins.count }

    /// The living ones of a user.
    func count(of user: String, now: Timestamp) -> Int { logins.values.count { $0.user == user && !isOver($0, now) } }

    /// Enters a login under a new, unguessable id.
    mutating func open(user: String, access: Access, now: Timestamp) throws -> String {
        expire(now: now)
        guard logins.count < limit else { throw APIError.tooManyLogins(limit: limit, user: user) }
        let id = RandomText.hex(16)
        logins[try Self.key(id)] = Login(user: user, access: access, created: now, lastAccessed: now)
        return id
    }

    /// The login, whose idle time begins anew; nil when it is unknown or was idle for too long.
    mutating func use(_ id: String, now: Timestamp) throws -> Login? {
        let key = try Self.key(id)
        guard var login = logins[key] else { return nil }
        guard !isOver(login, now) else {
            logins[key] = nil
            return nil
        }
        login.lastAccessed = max(now, login.lastAccessed)
        logins[key] = login
        return login
    }

    mutating func close(_ id: String) throws { logins[try Self.key(id)] = nil }

    mutating func expire(now: Timestamp) { logins = logins.filter { !isOver($0.value, now) } }

    private func isOver(_ login: Login, _ now: Timestamp) -> Bool { now > login.lastAccessed + idleTimeout }

    private static func key(_ id: String) throws -> String { try DigestAlgorithm.sha256.hexDigest(of: Array(id.utf8)) }
}
