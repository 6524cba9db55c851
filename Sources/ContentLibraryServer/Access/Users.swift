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
    public let role: Role

    public init(name: String, password: Password, role: Role = .admin) { (self.name, self.password, self.role) = (name, password, role) }

    /// Reads `NAME:PASSWORD[:ROLE]`. The name ends at the first colon; what follows the last colon is the role if it names one.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
        var password = text[text.index(after: colon)...]
        var role = Role.admin
        if let last = password.lastIndex(of: ":"), let named = Role(rawValue: String(password[password.index(after: last)...])) {
            (role, password) = (named, password[..<last])
        }
        guard !password.isEmpty else { return nil }
        self.init(name: String(text[..<colon]), password: password.hasPrefix("$") ? .hashed(String(password)) : .plain(String(password)), role: role)
    }
}

/// A file with one `NAME:PASSWORD[:ROLE]` a line; empty lines and those that begin with `#` are skipped.
public enum UsersFile {
    /// Blocks. Refuses a file that others can read, and lines that are no users; `warn` hears of passwords that are not hashed.
    public static func read(_ path: String, warn: (String) -> Void) throws -> [User] {
        let bytes: [UInt8]
        do {
            guard try FileSystem.isPrivate(path) else {
                throw StartupError.users(path: path, line: nil, why: "others can read or write it; chmod it to 600")
            }
            bytes = try FileSystem.read(path)
        } catch let error as SystemCallError {
            throw StartupError.users(path: path, line: nil, why: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw StartupError.users(path: path, line: nil, why: "it is not UTF-8") }
        let users = try parse(text, path: path)
        let plain = users.filter { if case .plain = $0.password { true } else { false } }.map(\.name)
        if !plain.isEmpty { warn("\(path) holds passwords that are not hashed, of \(plain.joined(separator: ", ")); mkpasswd -m yescrypt hashes one") }
        return users
    }

    static func parse(_ text: String, path: String) throws -> [User] {
        var users: [User] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let user = User(String(line)) else {
                throw StartupError.users(path: path, line: index + 1, why: "expected NAME:PASSWORD or NAME:PASSWORD:ROLE")
            }
            guard !users.contains(where: { $0.name == user.name }) else {
                throw StartupError.users(path: path, line: index + 1, why: "the user \(user.name) is there twice")
            }
            if case .hashed(let hash) = user.password, !PasswordHash.isUsable(hash) {
                throw StartupError.users(path: path, line: index + 1, why: "this system's crypt does not know the hash of \(user.name)")
            }
            users.append(user)
        }
        return users
    }
}
