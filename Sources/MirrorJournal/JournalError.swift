/// Why the journal cannot be used, or refused a step. The description says what to do.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is not a journal, or its content contradicts itself. It is never repaired or replaced silently.
    case damaged(path: String, detail: String)
    /// A newer clsyncd wrote it.
    case newer(path: String, version: Int, supported: Int)
    /// The file or its directory cannot be created, read or written: permissions, a full or read-only file system, an input/output error.
    case unwritable(path: String, detail: String)
    /// A step of a publish that its intent does not allow: the caller's order is wrong. Nothing was written.
    case outOfOrder(IntentToken, detail: String)

    /// Whether only a person can help: nothing that the daemon may do by itself ends this state.
    public var needsPerson: Bool {
        switch self {
        case .damaged, .newer: true
        case .unwritable, .outOfOrder: false
        }
    }

    public var description: String {
        switch self {
        case .damaged(let path, let detail):
            "the journal \(path) is damaged: \(detail). Nothing was changed, locally or remotely. Restore it from a backup, "
                + "or move it away together with its -wal and -shm files: the next start then begins without a memory and adopts what is equal by checksum"
        case .newer(let path, let version, let supported):
            "the journal \(path) was written by a newer clsyncd (version \(version); this one reads up to \(supported)). "
                + "Install that version again, or restore a journal from before the upgrade"
        case .unwritable(let path, let detail):
            "the journal \(path) cannot be read or written: \(detail). Check the owner and mode of the state directory (0700) and of the journal (0600), "
                + "and that its file system is writable and has space"
        case .outOfOrder(let token, let detail):
            "the journal refused a step of publish \(token.rawValue): \(detail)"
        }
    }
}
