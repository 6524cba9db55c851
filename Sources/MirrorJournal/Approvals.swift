import ContentLibraryAPI
import GRDB
import MirrorCore

/// A person's word, with when it was given. It stands until it is used or replaced.
public struct ApprovalRecord: Hashable, Sendable {
    public var mirror: String
    public var approval: Approval
    public var at: Timestamp

    public init(mirror: String, approval: Approval, at: Timestamp) { (self.mirror, self.approval, self.at) = (mirror, approval, at) }
}

extension Journal {
    /// Replaces an earlier approval of the same kind for the same mirror and item: only the last list that was shown counts.
    public func record(_ record: ApprovalRecord) async throws(JournalError) {
        try await write { db in
            try db.run("DELETE FROM approval WHERE mirror = ? AND kind = ? AND item IS ?", record.whose)
            try db.run(
                "INSERT INTO approval (mirror, kind, item, digest, subjects, at) VALUES (?, ?, ?, ?, ?, ?)",
                record.whose + [record.approval.digest, try Subjects.encode(record.approval.subjects), record.at.stored])
        }
    }
    /// Uses exactly this approval up. False where it no longer stands: it was used, or another list was approved in its place.
    @discardableResult
    public func consume(_ record: ApprovalRecord) async throws(JournalError) -> Bool {
        try await write { db in
            try db.run("DELETE FROM approval WHERE mirror = ? AND kind = ? AND item IS ? AND digest = ?", record.whose + [record.approval.digest])
            return db.changesCount > 0
        }
    }
    public func approvals(of mirror: String) async throws(JournalError) -> [ApprovalRecord] {
        try await read { db in
            let sql = "SELECT mirror, kind, item, subjects, at FROM approval WHERE mirror = ? ORDER BY item, kind"
            return try db.all(of: "approval", sql, [mirror.stored]) { columns in
                let (mirror, kind, item): (String, Hold.Kind, String?) = (try columns.text(), try columns.member(), try columns.optionalText())
                let approval = Approval(kind: kind, item: item, subjects: try columns.subjects())
                return ApprovalRecord(mirror: mirror, approval: approval, at: try columns.timestamp())
            }
        }
    }
}

extension ApprovalRecord {
    fileprivate var whose: [Argument] { [mirror.stored, approval.kind.rawValue, approval.item?.stored] }
}
extension Approval {
    /// That of the hold it releases.
    fileprivate var digest: String { Hold(kind, item: item, reason: "", subjects: subjects).digest }
}
