/// A file of users, and of what they may do:
///
///     @role ROLE = PRIVILEGE, ...       a role of one's own
///     NAME:PASSWORD[:ROLE]              a user, with a role on everything; admin where none is named
///     @grant NAME ROLE LIBRARY          a role on one library, by its id or its name
///
/// Lines may come in any order; empty ones and those that begin with `#` are skipped.
public enum UsersFile {
    /// Blocks. Refuses a file that others can read, and, all at once, the lines that make no sense; `warn` hears of passwords that are not hashed.
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
        var reader = UsersReader()
        let users = reader.read(text)
        let problems = reader.problems.sorted { $0.line < $1.line }
        guard problems.isEmpty else {
            throw StartupError.usersFile(path: path, problems: problems.map { StartupError.LineProblem(line: $0.line, why: $0.why) })
        }
        return users
    }
}

/// Reads the lines of a users file, and goes on after those that are wrong.
private struct UsersReader {
    private(set) var problems: [(line: Int, why: String)] = []
    private var roles = Role.builtIn
    private var grants: [String: [Grant]] = [:]
    private var known: Set<String> = []

    mutating func read(_ text: String) -> [User] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .map { (number: $0.offset + 1, text: String($0.element)) }.filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") }
        let directives = lines.filter { $0.text.hasPrefix("@") }
        // Roles first: the other lines name them.
        for line in directives where line.text.hasPrefix("@role ") { defineRole(line.text.dropFirst("@role ".count), line.number) }
        let entries = lines.filter { !$0.text.hasPrefix("@") }.compactMap { line in readUser(line.text, line.number).map { (line.number, $0) } }
        let names = Set(entries.map(\.1.name))
        for line in directives where !line.text.hasPrefix("@role ") { readGrant(line.text, line.number, names) }
        for (number, entry) in entries where grants[entry.name] != nil && (entry.role ?? .admin) == .admin {
            problems.append(
                (number, "\(entry.name) is \(entry.role == nil ? "admin, as no role is named" : "admin"), so that grants would add nothing; name another role"))
        }
        return entries.map { $0.1.user(grants: grants[$0.1.name] ?? []) }
    }

    private mutating func defineRole(_ text: Substring, _ line: Int) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { $0.trimming() }
        guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains(where: { $0.isWhitespace || $0 == ":" }) else {
            return problems.append((line, "expected @role NAME = PRIVILEGE, PRIVILEGE; a name has no blanks and no colons"))
        }
        guard !roles.contains(where: { $0.name == parts[0] }) else { return problems.append((line, "the role \(parts[0]) is there already")) }
        var privileges: Set<Privilege> = []
        for word in parts[1].split(separator: ",", omittingEmptySubsequences: false).map({ $0.trimming() }) {
            guard let privilege = Privilege(rawValue: word) else {
                problems.append((line, word.isEmpty ? "a privilege is missing" : "there is no privilege \(word)"))
                continue
            }
            privileges.insert(privilege)
        }
        roles.append(Role(name: parts[0], privileges: privileges))
    }

    private mutating func readUser(_ text: String, _ line: Int) -> UserLine? {
        guard let user = UserLine(text, roles: roles) else {
            problems.append((line, "expected NAME:PASSWORD or NAME:PASSWORD:ROLE"))
            return nil
        }
        guard known.insert(user.name).inserted else {
            problems.append((line, "the user \(user.name) is there twice"))
            return nil
        }
        if case .hashed(let hash) = user.password {
            // crypt(5): a hash holds no colon. One with a mistyped role after it would match no password, and say nothing.
            if let colon = hash.lastIndex(of: ":") {
                problems.append((line, "there is no role \(hash[hash.index(after: colon)...])"))
            } else if !PasswordHash.isUsable(hash) {
                problems.append((line, "this system's crypt does not know the hash of \(user.name)"))
            }
        }
        return user
    }

    /// The library is the rest of the line: names hold blanks.
    private mutating func readGrant(_ text: String, _ line: Int, _ users: Set<String>) {
        let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: true).map(String.init)
        guard parts.first == "@grant" else { return problems.append((line, "a line that begins with @ is @role or @grant")) }
        guard parts.count == 4, !parts[3].trimming().isEmpty else { return problems.append((line, "expected @grant NAME ROLE LIBRARY")) }
        let role = roles.first { $0.name == parts[2] }
        if role == nil { problems.append((line, "there is no role \(parts[2])")) }
        if !users.contains(parts[1]) { problems.append((line, "there is no user \(parts[1])")) }
        if let role { grants[parts[1], default: []].append(Grant(role: role, library: parts[3].trimming())) }
    }
}

extension StringProtocol {
    /// Without the blanks around it.
    fileprivate func trimming() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}
