import ContentLibraryAPI
import HTTPTransport
import MirrorCore
import MirrorJournal
import Synchronization

/// All that publishing one item needs: the plan, and the three sides it was made from.
struct Publication: Sendable {
    var mirror: String
    var rules: MirrorRules
    var key: LibraryKey
    var plan: ItemPlan
    var local: LocalItem?
    var base: BaseItem?
    /// As the plan saw it.
    var remote: RemoteItem?
    /// Of local files as they now are, by remote name; given to the server, which then verifies what it receives.
    var checksums: [String: Checksums] = [:]
    /// The root that was scanned: files are read below this one and no other.
    var root: DirectoryIdentity
    var isMountPoint = false
    /// When the local side was seen, before any of it was read.
    var scannedAt: Timestamp

    var item: String { plan.item }
    /// What is hashed while sending: the fixed algorithm, or the one that the item's list reports.
    var algorithm: ChecksumAlgorithm {
        if case .fixed(let algorithm) = rules.checksum { return algorithm }
        return remote?.files.values.compactMap(\.checksum?.algorithm).first ?? .sha1
    }
}

/// How a publish ended.
enum PublicationOutcome: Sendable {
    /// The server said so: its own list, read after completion, is what was sent.
    case published(BaseItem, bytes: Int64)
    case deleted
    /// The base is only recorded anew.
    case recorded(BaseItem)
    /// Local files moved while they were read, or could not be read; nothing of the session was published.
    case unstable([ReadFault])
    /// The remote item moved between plan and session: plan anew.
    case stale(String)
    /// Somebody else's update session holds the item.
    case rival(String)
    case held(Hold)
    /// Nothing was published; the reason is the server's own where it gave one.
    case failed(String, retryAfter: Duration?)
    /// Cancelled: the session was left for the next start, or ended.
    case interrupted

    /// For people.
    var reason: String {
        switch self {
        case .unstable(let faults): faults.map(\.description).joined(separator: "; ")
        case .stale(let why), .rival(let why), .failed(let why, _): why
        case .held(let hold): hold.reason
        case .interrupted: "interrupted"
        case .published: "published"
        case .deleted: "deleted"
        case .recorded: "recorded"
        }
    }
    /// Whether something of the publish may be left at the server, which recovery must ask about.
    var mayLeaveIntent: Bool {
        switch self {
        case .published, .deleted, .recorded, .rival: false
        case .unstable, .stale, .held, .failed, .interrupted: true
        }
    }
}

/// One publish that is under way: how far it is, and the way to tell it that a file moved.
final class PublicationControl: Sendable {
    struct Transfer: Sendable {
        var file: String
        var path: RelativePath
        var progress: TransferProgress
    }
    private struct State {
        var transfers: [String: Transfer] = [:]
        var moved: Set<RelativePath> = []
        var watchers: [RelativePath: AsyncStream<Void>.Continuation] = [:]
    }
    private let state = Mutex(State())

    var transfers: [Transfer] { state.withLock { $0.transfers.values.sorted { $0.file < $1.file } } }

    /// A write event came for the file: what is being read of it is of no use.
    func moved(_ path: RelativePath) {
        let watcher = state.withLock { state in
            state.moved.insert(path)
            return state.watchers[path]
        }
        watcher?.finish()
    }

    /// Ends when the file moves. One stream for each path at a time.
    func movement(of path: RelativePath) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let alreadyMoved = state.withLock { state in
            state.watchers[path] = continuation
            return state.moved.contains(path)
        }
        if alreadyMoved { continuation.finish() }
        return stream
    }
    func isMoved(_ path: RelativePath) -> Bool { state.withLock { $0.moved.contains(path) } }

    func began(_ transfer: Transfer) { state.withLock { $0.transfers[transfer.file] = transfer } }
    func ended(_ file: String) { _ = state.withLock { $0.transfers.removeValue(forKey: file) } }
    var percent: Int64 {
        state.withLock { state in
            let total = state.transfers.values.reduce(Int64(0)) { $0 + $1.progress.total }
            let sent = state.transfers.values.reduce(Int64(0)) { $0 + $1.progress.moved }
            return total > 0 ? min(99, sent * 100 / total) : 0
        }
    }
}
