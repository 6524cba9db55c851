import ContentLibraryAPI

/// One line of the decision table (base, local, remote).
public enum DecisionRow: String, Hashable, Sendable, CaseIterable {
    case add = "local only"
    case adopt = "local equals remote, no base"
    case conflict = "local differs from remote, no base"
    case foreign = "remote only, no base"
    case inSync = "local, base and remote equal"
    case replace = "local moved"
    case drift = "remote moved"
    case localWins = "local and remote moved apart"
    case converged = "local and remote moved alike"
    case delete = "local gone"
    case goneConflict = "local gone, remote moved"
    case lost = "remote gone"
    case forget = "base only"
}

/// What a pass does about one file of an item, and why.
public struct FileDecision: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case nothing
        /// Equal: the record's fingerprint is brought up to date, no call is made.
        case refresh
        /// Equal without our having sent it: recorded, not sent.
        case adopt
        case send
        case remove
        case forget
        /// Waits for a person; nothing is written.
        case hold
        /// The local file is not stable yet; its last published version stays.
        case wait(String)
        /// Somebody moved the remote file, and the configuration says to report only.
        case report
        /// Not ours, kept on purpose, or not managed: the remote copy stays.
        case leave(String)
        /// The contents must be compared first, with these algorithms.
        case hash(Set<ChecksumAlgorithm>)
        /// The server gives no checksum: only reading the remote file back can tell.
        case download
    }
    public var name: String
    public var row: DecisionRow
    public var action: Action
    public var local: LocalFile?
    public var base: BaseFile?
    public var remote: RemoteFile?

    public init(name: String, row: DecisionRow, action: Action, local: LocalFile? = nil, base: BaseFile? = nil, remote: RemoteFile? = nil) {
        (self.name, self.row, self.action) = (name, row, action)
        (self.local, self.base, self.remote) = (local, base, remote)
    }

    /// What an approval of this file's conflict is bound to: the remote version and checksum that were shown, and what becomes of them. A word that
    /// lets a remote file be foreign is none to overwrite it.
    var subject: String {
        let shown = "version \(remote?.version ?? "-") \(remote?.checksum?.description ?? "no checksum")"
        return row == .goneConflict ? "\(name) forgotten at \(shown)" : "\(name) \(shown)"
    }
}

/// What a pass does about one item. A value: carrying it out is somebody else's.
public struct ItemPlan: Hashable, Sendable {
    public enum Fate: Hashable, Sendable {
        /// The item stays what it is; its files may move.
        case keep
        case create
        /// The directory is gone and the remote item holds nothing but what we published, unmoved.
        case delete
        /// Nothing of ours is left at the server, and nothing here: the record goes, whatever else the server has stays.
        case forget
        /// Nothing may be done to it now; its holds say why.
        case refuse
    }
    public var item: String
    public var itemID: Item.ID?
    /// The type to create with, or to change to where `retypes`.
    public var type: String?
    public var retypes: Bool
    public var fate: Fate
    /// Sorted by name.
    public var files: [FileDecision]
    public var holds: [Hold]

    public init(
        item: String, itemID: Item.ID? = nil, type: String? = nil, retypes: Bool = false, fate: Fate = .keep, files: [FileDecision] = [], holds: [Hold] = []
    ) {
        (self.item, self.itemID, self.type, self.retypes) = (item, itemID, type, retypes)
        (self.fate, self.files, self.holds) = (fate, files, holds)
    }

    public var sends: [FileDecision] { files.filter { $0.action == .send } }
    public var removals: [FileDecision] { files.filter { $0.action == .remove } }
    public var adoptions: [FileDecision] { files.filter { $0.action == .adopt } }
    public var waiting: [FileDecision] { files.filter { if case .wait = $0.action { true } else { false } } }
    /// Files whose contents must be compared before the plan stands.
    public var unknowns: [FileDecision] {
        files.filter {
            switch $0.action {
            case .hash, .download: true
            default: false
            }
        }
    }
    /// Whether the server must be told something.
    public var writes: Bool { fate == .create || fate == .delete || retypes || !sends.isEmpty || !removals.isEmpty }
    /// Whether only the record changes.
    public var onlyRecords: Bool {
        !writes
            && (fate == .forget
                || files.contains {
                    switch $0.action {
                    case .refresh, .adopt, .forget: true
                    default: false
                    }
                })
    }
    /// Whether nothing is left to do, to wait for or to report.
    public var isSettled: Bool {
        !writes && holds.isEmpty && waiting.isEmpty && unknowns.isEmpty && fate == .keep && !files.contains { $0.action == .hold || $0.action == .report }
    }
    /// What the guard counts: one subject for each remote file that would go.
    public var deletions: Set<String> {
        switch fate {
        case .delete:
            let present = files.filter { $0.remote != nil }
            return present.isEmpty ? ["\(item)/"] : Set(present.map { "\(item)/\($0.name)" })
        default: return Set(removals.map { "\(item)/\($0.name)" })
        }
    }
    /// The same plan with nothing in it that deletes, for while deletions are held.
    public func withoutDeletions() -> ItemPlan {
        var plan = self
        if plan.fate == .delete { plan.fate = .keep }
        plan.files = files.map { decision in
            var decision = decision
            if decision.action == .remove { decision.action = .leave("its deletion is held") }
            return decision
        }
        return plan
    }
}
