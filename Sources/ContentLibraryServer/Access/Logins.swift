import ContentLibraryAPI
import Synchronization

/// A caller whose credentials were right.
struct Principal: Sendable {
    let user: String
    let access: Access
    /// The login that the caller showed; nil when it was a password.
    let login: String?
    /// Where the caller reached this server, as a URL: what its transfer URLs begin with.
    let base: String

    /// Held on everything, or at least on some library: which one, the gate has checked by now.
    func require(_ privilege: Privilege) throws(APIError) {
        guard access.holdsSomewhere(privilege) else { throw .unauthorized(user, lacks: privilege) }
    }
}

/// Logins of all three dialects. They live in memory: a restart logs everybody out, and leaves content sessions alone.
final class Logins: Sendable {
    private let table: Mutex<LoginTable>
    private let throttle = Mutex(LoginThrottle())
    private let passwords: PasswordBook
    private let endpoints: Endpoints
    private let now: @Sendable () -> Timestamp

    /// As many as a real server allows at once.
    static let limit = 3000

    init(_ passwords: PasswordBook, idleTimeout: Duration, endpoints: Endpoints, now: @escaping @Sendable () -> Timestamp) {
        table = Mutex(LoginTable(idleTimeout: idleTimeout, limit: Self.limit))
        (self.passwords, self.endpoints, self.now) = (passwords, endpoints, now)
    }

    /// Who calls; a right password is as good as a login on every call, as on a real server.
    func admit(_ caller: Caller) async throws -> Principal {
        let base = endpoints.base(host: caller.header("host"))
        switch caller.credentials {
        case .none: throw APIError.authenticationRequired
        case .session(let id):
            let login = try login(id)
            return Principal(user: login.user, access: login.access, login: id, base: base)
        case .login(let user, let password):
            guard let access = try await verify(user, password, from: caller.peer) else { throw APIError.authenticationRequired }
            return Principal(user: user, access: access, login: nil, base: base)
        }
    }

    func register(on router: inout Router<Principal>) {
        router.on(Session.create) { caller in
            guard caller.login == nil else { throw APIError.authenticationRequired }
            return Secret(try self.table.withLock { try $0.open(user: caller.user, access: caller.access, now: self.now()) })
        }
        router.on(Session.get) { caller in
            guard let id = caller.login else { throw APIError.authenticationRequired }
            let login = try self.login(id)
            return Session.Info(user: login.user, createdTime: login.created, lastAccessedTime: login.lastAccessed)
        }
        router.on(Session.delete) { caller in
            guard let id = caller.login else { throw APIError.authenticationRequired }
            try self.table.withLock { try $0.close(id) }
            return Nothing()
        }
    }

    /// A locked user is refused as for a wrong password, after the same work: as on a vCenter, the answer does not tell. Names that are nobody's
    /// are not counted; nothing can be guessed of them.
    private func verify(_ user: String, _ password: String, from address: String?) async throws -> Access? {
        let key = LoginThrottle.Key(user: user, address: address)
        let isKnown = passwords.access(of: user) != nil
        let access = try await passwords.verify(user, password: password, from: key.address)
        let moment = now()
        return throttle.withLock { throttle in
            guard !throttle.isLocked(key, now: moment) else { return nil }
            if access != nil { throttle.succeeded(key) } else if isKnown { throttle.failed(key, now: moment) }
            return access
        }
    }

    /// Logs out whoever has this login.
    func close(_ id: String) throws { try table.withLock { try $0.close(id) } }

    /// The living logins of a user.
    func count(of user: String) -> Int { table.withLock { $0.count(of: user, now: now()) } }

    func expire() { table.withLock { $0.expire(now: now()) } }

    private func login(_ id: String) throws -> LoginTable.Login {
        guard let login = try table.withLock({ try $0.use(id, now: now()) }) else { throw APIError.authenticationRequired }
        return login
    }
}
