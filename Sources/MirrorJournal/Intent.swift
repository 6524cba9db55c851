import ContentLibraryAPI
import MirrorCore

/// Names one intent for good.
public struct IntentToken: Hashable, Sendable, CustomStringConvertible {
    /// A UUID.
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }
}

/// Something begun at the server whose end is not known yet. It is written before the first call that it covers, so that a crash at any moment leaves
/// what is needed to ask the server what became of it.
public struct Intent: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// An update session that brings the item to what the plan says; the item is created before it where `itemToken` is set.
        case publish(IntentPlan)
        case rename(to: String)
        case delete
    }

    /// How far it came. Each state holds what is known in it.
    public enum State: Hashable, Sendable {
        /// Written down; nothing is known of the server. A session, or the item, may exist: creating again with the same token tells.
        case intended
        /// The item that this publish creates exists (`itemID`).
        case itemCreated
        case sessionOpen(UpdateSession.ID)
        /// `complete` may have been called.
        case completing(UpdateSession.ID)
        /// The base holds what was published; the session remains to be deleted.
        case published(UpdateSession.ID)
        /// Given up: the session is to be ended and deleted. Without an id it may exist all the same, as in `intended`.
        case abandoning(UpdateSession.ID?, reason: String)

        public var session: UpdateSession.ID? {
            switch self {
            case .intended, .itemCreated: nil
            case .sessionOpen(let id), .completing(let id), .published(let id): id
            case .abandoning(let id, _): id
            }
        }
    }

    public var token: IntentToken
    public var key: LibraryKey
    public var mirror: String
    /// The item's name, as published: before a rename the old one.
    public var item: String
    public var kind: Kind
    /// The client token of the item's creation; nil where the item exists already.
    public var itemToken: String?
    public var itemID: Item.ID?
    /// The client token of the session's creation.
    public var sessionToken: String
    public var state: State
    /// When the last lease that was seen ends, by the wall clock.
    public var leaseUntil: Timestamp?
    public var createdAt: Timestamp

    public init(
        token: IntentToken, key: LibraryKey, mirror: String, item: String, kind: Kind, itemToken: String? = nil, itemID: Item.ID? = nil,
        sessionToken: String, state: State = .intended, leaseUntil: Timestamp? = nil, createdAt: Timestamp
    ) {
        (self.token, self.key, self.mirror, self.item, self.kind) = (token, key, mirror, item, kind)
        (self.itemToken, self.itemID, self.sessionToken, self.state) = (itemToken, itemID, sessionToken, state)
        (self.leaseUntil, self.createdAt) = (leaseUntil, createdAt)
    }
}

/// What one publish sends and removes, and what it was decided on: enough to resume it, or to record its end, in another process.
public struct IntentPlan: Hashable, Sendable {
    public var files: [PlannedFile]
    /// Remote names.
    public var removals: [String]
    /// The item's type, and the directory that becomes it: what the base will say of a new item.
    public var type: String?
    public var directory: DirectoryIdentity?
    /// The item's content version that the plan was made on; nil where the server gave none, or the item was yet to be created.
    public var expectedContentVersion: String?
    /// The item's list that the plan was made on; nil where it was not read.
    public var seen: [RemoteFile]?

    public init(
        files: [PlannedFile], removals: [String] = [], type: String? = nil, directory: DirectoryIdentity? = nil, expectedContentVersion: String? = nil,
        seen: [RemoteFile]? = nil
    ) {
        (self.files, self.removals, self.type, self.directory) = (files, removals, type, directory)
        (self.expectedContentVersion, self.seen) = (expectedContentVersion, seen)
    }
}

/// One file to send.
public struct PlannedFile: Hashable, Sendable {
    /// The remote name.
    public var name: String
    public var path: RelativePath
    public var fingerprint: Fingerprint
    /// Of the content with this fingerprint, as far as known.
    public var checksums: Checksums
    /// The checksum that is taken while sending.
    public var algorithm: ChecksumAlgorithm?

    public init(name: String, path: RelativePath, fingerprint: Fingerprint, checksums: Checksums = Checksums(), algorithm: ChecksumAlgorithm? = nil) {
        (self.name, self.path, self.fingerprint, self.checksums, self.algorithm) = (name, path, fingerprint, checksums, algorithm)
    }
}

extension Intent {
    /// What was done, for the record.
    public enum Step: Hashable, Sendable {
        case itemCreated(Item.ID)
        case sessionCreated(UpdateSession.ID)
        /// A session that an earlier run left goes on with another plan.
        case replanned
        case completing
        case commit
        case abandon(reason: String)
    }
    public enum Advance: Hashable, Sendable {
        case to(State)
        /// Nothing remains to be done at the server.
        case closed
        case refused
    }

    /// Where a step leads. A step that was recorded already may come again; one that would lose the id of a session is refused.
    public func after(_ step: Step) -> Advance {
        switch (kind, state, step) {
        case (.rename, .intended, .commit), (.delete, .intended, .commit): .closed
        case (.rename, _, _), (.delete, _, _): .refused

        case (_, .intended, .itemCreated): itemToken == nil ? .refused : .to(.itemCreated)
        case (_, .itemCreated, .itemCreated(let id)): id == itemID ? .to(.itemCreated) : .refused

        case (_, .intended, .sessionCreated(let id)): itemToken == nil ? .to(.sessionOpen(id)) : .refused
        case (_, .itemCreated, .sessionCreated(let id)): .to(.sessionOpen(id))
        case (_, .abandoning(nil, let reason), .sessionCreated(let id)): .to(.abandoning(id, reason: reason))
        case (_, _, .sessionCreated(let id)): id == state.session ? .to(state) : .refused

        case (_, .sessionOpen(let id), .replanned), (_, .completing(let id), .replanned): .to(.sessionOpen(id))
        case (_, .sessionOpen(let id), .completing), (_, .completing(let id), .completing): .to(.completing(id))
        case (_, .completing(let id), .commit): .to(.published(id))

        case (_, .published, .abandon): .refused
        case (_, _, .abandon(let reason)): .to(.abandoning(state.session, reason: reason))

        case (_, _, .itemCreated), (_, _, .replanned), (_, _, .completing), (_, _, .commit): .refused
        }
    }
}
