import GRDB

/// Why the server cannot start, in words for the person who starts it.
public enum StartupError: Error, Sendable, CustomStringConvertible {
    case dataDirectory(path: String, why: String)
    case locked(path: String)
    case databaseNewer(path: String)
    case databaseFailure(path: String, why: String, damaged: Bool)
    case storage(String, why: String)
    case certificate(path: String, why: String)
    case users(path: String, line: Int?, why: String)
    /// Everything that is wrong with a users file, in the order of its lines.
    case usersFile(path: String, problems: [LineProblem])
    case address(String, why: String)
    case readyFile(path: String, why: String)

    /// What is wrong with a line, counted from 1.
    public struct LineProblem: Sendable, Hashable {
        public let line: Int
        public let why: String
    }

    static func database(path: String, _ error: DatabaseError) -> StartupError {
        let damaged = [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        return .databaseFailure(path: path, why: error.message ?? "SQLite error \(error.resultCode.rawValue)", damaged: damaged)
    }

    /// Whether what the server was given is wrong, rather than what it found.
    public var isMisconfiguration: Bool {
        switch self {
        case .users, .usersFile, .certificate: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .dataDirectory(let path, let why): "the data directory \(path) cannot be used: \(why)"
        case .locked(let path): "the data directory \(path) is in use by another content-library-server"
        case .databaseNewer(let path): "the database \(path) was written by a newer version of content-library-server; use that version"
        case .databaseFailure(let path, let why, damaged: true):
            "the database \(path) is damaged (\(why)); restore it from a backup, or start with an empty data directory"
        case .databaseFailure(let path, let why, damaged: false): "the database \(path) cannot be used: \(why)"
        case .storage(let what, let why): "\(what) cannot be used: \(why)"
        case .certificate(let path, let why): "\(path): \(why)"
        case .users(let path, let line, let why): "\(path)\(line.map { ":\($0)" } ?? ""): \(why)"
        case .usersFile(let path, let problems): problems.map { "\(path):\($0.line): \($0.why)" }.joined(separator: "\n")
        case .address(let address, let why): "cannot listen on \(address): \(why)"
        case .readyFile(let path, let why): "the ready file \(path) cannot be written: \(why)"
        }
    }
}
