import StrictTOML

/// Where the password is read, anew at each login: it may change while the process runs, and it is never kept with the configuration.
struct PasswordSource: Hashable, Sendable {
    let location: ServerSettings.PasswordLocation
    /// `$CREDENTIALS_DIRECTORY`: systemd sets it for a unit with credentials.
    let credentialsDirectory: String?

    init(_ location: ServerSettings.PasswordLocation, environment: [String: String]) {
        self.location = location
        credentialsDirectory = environment["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Differs from an earlier one after the source changed; nil while there is none. Blocks on the disk.
    var stamp: FileStamp? { (try? path()).flatMap { FileStamp(path: $0) } }

    /// The file that holds the password.
    func path() throws(PasswordError) -> String {
        switch location {
        case .file(let path): return path
        case .credential(let name):
            guard let credentialsDirectory else { throw .noCredentials(name: name) }
            return "\(credentialsDirectory)/\(name)"
        }
    }

    /// Reads the password, without the end of its line. Blocks on the disk.
    func read() throws(PasswordError) -> Password {
        let path = try path()
        let file: SmallFile
        do {
            file = try SmallFile(path, atMost: 4096)
        } catch {
            throw .unreadable(path: path, error)
        }
        // systemd guards credentials by the directory, and grants them by access lists, which show as group bits.
        if case .file = location, file.mode & 0o077 != 0 { throw .readableByOthers(path: path, mode: file.mode) }
        var bytes = file.bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        if bytes.isEmpty { throw .empty(path: path) }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw .controlCharacters(path: path) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(path: path) }
        return Password(text: text, stamp: file.stamp)
    }
}

/// A password that was read, and the state of its source then. It shows itself in no description.
struct Password: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String
    let stamp: FileStamp

    var description: String { "(password)" }
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Why there is no password.
enum PasswordError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, SmallFileError)
    case readableByOthers(path: String, mode: UInt32)
    case empty(path: String)
    case controlCharacters(path: String)
    case notUTF8(path: String)
    case noCredentials(name: String)

    var description: String {
        switch self {
        case .unreadable(let path, let error): "password file \(path): \(error)"
        case .readableByOthers(let path, let mode):
            "password file \(path) is open to others (mode 0\(String(mode, radix: 8))): chmod 0600 it, owned by the user of the service"
        case .empty(let path): "password file \(path) is empty"
        case .controlCharacters(let path): "password file \(path) has more than one line, or control characters"
        case .notUTF8(let path): "password file \(path) is not valid UTF-8"
        case .noCredentials(let name): "credential \"\(name)\": $CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=\(name):FILE"
        }
    }
}
