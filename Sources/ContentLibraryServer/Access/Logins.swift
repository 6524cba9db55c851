import ContentLibraryAPI
import Synchronization

/// A caller whose credentials were right.
struct Principal: Sendable {
    let user: String
    let role: Role
    /// The login that the caller showed; nil when it was a password.
    let login: String?
    /// Where the caller reached this server, as a URL: what its transfer URLs begin with.
    let base: String

    func require(_ privilege: Privilege) throws(APIError) {
        guard role.privileges.contains(privilege) else { throw .unauthorized(user, lacks: privilege) }
    }
}

/// Logins of all three dialects. They live in memory: a restart logs everybody out, and leaves content sessions alone.
final class Logins: Sendable {
    private let table: Mutex<LoginTable>
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
            return Principal(user: login.user, role: login.role, login: id, base: base)
        case .login(let user, let password):
            guard let role = try await passwords.verify(user, password: password) else { throw APIError.authenticationRequired }
            return Principal(user: user, role: role, login: nil, base: base)
        }
    }

    func register(on router: inout Router<Principal>) {
        router.on(Session.create) { caller in
            guard caller.login == nil else { throw APIError.authenticationRequired }
            return Secret(try self.table.withLock { try $0.open(user: caller.user, role: caller.role, now: self.now()) })
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

    func expire() { table.withLock { $0.expire(now: now()) } }

    private func login(_ id: String) throws -> LoginTable.Login {
        guard let login = try table.withLock({ try $0.use(id, now: now()) }) else { throw APIError.authenticationRequired }
        return login
    }
}
