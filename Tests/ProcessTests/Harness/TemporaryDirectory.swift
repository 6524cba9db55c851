import Glibc

/// A directory of its own, removed with everything in it with its last reference.
final class TemporaryDirectory: Sendable {
    enum Medium {
        /// In memory where the machine has a memory file system with room: a disk makes tests that write much slow.
        case memory
        case disk
    }
    let path: String

    private static let prefix = "clsyncd-process-"
    private static let room: UInt64 = 2 << 30

    init(_ medium: Medium = .memory) throws {
        let parent = medium == .memory && Self.hasRoom("/dev/shm") ? "/dev/shm" : "/tmp"
        Self.sweep(parent)
        var template = Array("\(parent)/\(Self.prefix)\(getpid())-XXXXXX\0".utf8.map(CChar.init(bitPattern:)))
        guard mkdtemp(&template) != nil else { throw SystemError("create a directory in \(parent)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { SourceTree.removeAll(Array(path.utf8)) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    private static func hasRoom(_ path: String) -> Bool {
        var status = statvfs()
        return access(path, W_OK | X_OK) == 0 && statvfs(path, &status) == 0 && status.f_bavail * UInt(status.f_frsize) >= UInt(room)
    }

    /// Removes what test processes left that were killed: their ids are in the names.
    private static func sweep(_ parent: String) {
        for name in (try? SourceTree.entries(Array(parent.utf8))) ?? [] {
            let text = String(decoding: name, as: UTF8.self)
            guard text.hasPrefix(prefix), let id = pid_t(text.dropFirst(prefix.count).prefix { $0 != "-" }) else { continue }
            if kill(id, 0) != 0, errno == ESRCH { SourceTree.removeAll(Array("\(parent)/\(text)".utf8)) }
        }
    }
}
