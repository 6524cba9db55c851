import ContentLibraryAPI
import LinuxHost
import MirrorCore

/// What is known of an item's health: what the server said, and when it said it.
public struct ItemStatus: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// The server's list is what the directory holds.
        case inSync = "in-sync"
        /// As `inSync` by our own record; the server gives no checksum to prove it.
        case unverified
        /// Something is to be done and will be.
        case pending
        case publishing
        /// Some files are unstable, unreadable or refused and keep their last published version.
        case partial
        case held
        case failed
        /// The remote side moved, and the configuration says to report only.
        case drift
        /// Exists here and is not mirrored.
        case unmanaged
        /// Gone here, kept in the library on purpose.
        case kept
        case foreign
    }
    public var item: String
    public var id: Item.ID?
    public var type: String?
    public var state: State
    public var reason: String?
    public var verifiedAt: Timestamp?

    public init(item: String, id: Item.ID? = nil, type: String? = nil, state: State, reason: String? = nil, verifiedAt: Timestamp? = nil) {
        (self.item, self.id, self.type, self.state, self.reason, self.verifiedAt) = (item, id, type, state, reason, verifiedAt)
    }
}

/// A mirror as `clsyncd status` shows it.
public struct MirrorStatus: Sendable {
    public enum State: String, Sendable { case inSync = "in-sync", working, pending, held, partial, failed, starting }
    public enum Watch: String, Sendable { case watching, scanning, none }

    public var mirror: String
    public var library: String
    public var libraryID: Library.ID?
    public var state: State
    public var holds: [Hold]
    public var watch: Watch
    /// Why the mirror is scanned instead of watched, or why it does not work at present.
    public var reason: String?
    /// Why the last pass did not reach its end: the server, the login, the library.
    public var problem: String?
    /// Why the mirror is scanned instead of watched.
    public var scanReason: WatchState.Reason?
    public var items: [ItemStatus]
    public var transfers: [TransferStatus]
    public var passedOver: [Unmanaged]

    public init(
        mirror: String, library: String, libraryID: Library.ID? = nil, state: State, holds: [Hold] = [], watch: Watch = .none, reason: String? = nil,
        problem: String? = nil, scanReason: WatchState.Reason? = nil, items: [ItemStatus] = [], transfers: [TransferStatus] = [], passedOver: [Unmanaged] = []
    ) {
        (self.mirror, self.library, self.libraryID, self.state, self.holds, self.watch) = (mirror, library, libraryID, state, holds, watch)
        self.scanReason = scanReason
        (self.reason, self.problem, self.items, self.transfers, self.passedOver) = (reason, problem, items, transfers, passedOver)
    }

    /// Scanned for another reason than the kind of its file system: something on this host is to be put right.
    public var isUnexpectedlyScanning: Bool {
        switch scanReason {
        case nil, .notArmed, .remoteFileSystem: false
        case .watchLimit, .instanceLimit, .failed: true
        }
    }

    public func count(_ states: ItemStatus.State...) -> Int { items.count { states.contains($0.state) } }
    public var verifiedAt: Timestamp? { items.compactMap(\.verifiedAt).min() }
}

/// One file under way.
public struct TransferStatus: Sendable, Hashable {
    public var item: String
    public var file: String
    /// Bytes.
    public var sent: Int64
    public var total: Int64

    public init(item: String, file: String, sent: Int64, total: Int64) { (self.item, self.file, self.sent, self.total) = (item, file, sent, total) }
}
