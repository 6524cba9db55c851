import ContentLibraryAPI
import MirrorCore
import MirrorJournal

/// Records a person's word on what a mirror holds. The next pass acts on it.
public struct HoldRelease: Sendable {
    private let journal: Journal
    private let mirror: String

    public init(journal: Journal, mirror: String) { (self.journal, self.mirror) = (journal, mirror) }

    /// Releases those of these holds that a person may release.
    /// - Parameter digest: of the holds as they were shown; nil releases what stands now.
    /// - Returns: the holds released.
    /// - Throws: `ApprovalError` where other holds stand than those that were shown.
    public func release(_ holds: [Hold], digest: String?, at now: Timestamp) async throws -> [Hold] {
        let standing = holds.filter(\.kind.isApprovable)
        guard let present = planDigest(of: standing) else { return [] }
        if let digest, digest != present { throw ApprovalError.moved(present) }
        // What starts the mirror over forgets the approvals of before: it comes first.
        if standing.contains(where: { $0.kind == .libraryChanged }) { try await startAnew() }
        for hold in standing {
            if hold.kind == .rivalWriter, let item = hold.item { try await journal.resetRepairs(of: item, in: mirror) }
            try await journal.record(ApprovalRecord(mirror: mirror, approval: Approval(hold), at: now))
        }
        return standing
    }

    /// Nothing is left of the library that was published to: the mirror's first pass is to come.
    private func startAnew() async throws {
        guard var record = try await journal.mirror(mirror) else { return }
        record.key = nil
        record.libraryName = nil
        record.root = nil
        record.firstPassDone = false
        try await journal.forgetBase(of: mirror, saving: record)
    }
}
