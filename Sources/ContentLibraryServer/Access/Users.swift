import ContentLibraryAPI
import Digests

/// Someone who may log in.
public struct User: Sendable {
    /// How the password is known.
    public enum Password: Sendable, Hashable {
        /// As `crypt(5)` writes it, beginning with `$`.
        case hashed(String)
        case plain(String)
    }

    public let name: String
    public let password: Password
    /// Held on everything.
    public let role: Role
    /// What is held on single libraries besides.
    public let grants: [Grant]

    public init(name: String, password: Password, role: Role = .admin, grants: [Grant] = []) {
        (self.name, self.password, self.role, self.grants) = (name, password, role, grants)
    }

    /// Reads `NAME:PASSWORD[:ROLE]`. The name ends at the first colon; what follows the last colon is the role if it names one of `roles`.
    public init?(_ text: String, roles: [Role] = Role.builtIn) {
        guard let line = UserLine(text, roles: roles) else { return nil }
        self = line.user(grants: [])
    }
}

/// `NAME:PASSWORD[:ROLE]`, taken apart.
struct UserLine {
    let name: String
    let password: User.Password
    /// Nil where none is named.
    let role: Role?

    init?(_ text: String, roles: [Role]) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
        var password = text[text.index(after: colon)...]
        var role: Role?
        if let last = password.lastIndex(of: ":"), let named = roles.first(where: { $0.name == password[password.index(after: last)...] }) {
            (role, password) = (named, password[..<last])
        }
        guard !password.isEmpty else { return nil }
        (name, self.role) = (String(text[..<colon]), role)
        self.password = password.hasPrefix("$") ? .hashed(String(password)) : .plain(String(password))
    }

    func user(grants: [Grant]) -> User { User(name: name, password: password, role: role ?? .admin, grants: grants) }
}
