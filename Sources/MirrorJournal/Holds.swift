import ContentLibraryAPI
import GRDB
import MirrorCore

/// A hold that stands, with when it began. It survives restarts.
public struct HoldRecord: Hashable, Sendable {
    public var mirror: String
    public var hold: Hold
    public var since: Timestamp

    public init(mirror: String, hold: Hold, since: Timestamp) { (self.mirror, self.hold, self.since) = (mirror, hold, since) }
}

extension Journal {
    /// Replaces the hold of that mirror, kind and item. One that stood already keeps the time when it began.
    public func setHold(_ record: HoldRecord) async throws(JournalError) {
        try await write { db in
            let (hold, whose) = (record.hold, HoldRecord.whose(record.mirror, record.hold.kind, record.hold.item))
            let stood = try db.first(of: "hold", "SELECT since FROM hold WHERE \(HoldRecord.condition)", whose) { try $0.timestamp() }
            try db.run("DELETE FROM hold WHERE \(HoldRecord.condition)", whose)
            try db.run(
                "INSERT INTO hold (mirror, kind, item, reason, subjects, since) VALUES (?, ?, ?, ?, ?, ?)",
                whose + [hold.reason.stored, try Subjects.encode(hold.subjects), (stood ?? record.since).stored])
        }
    }
    public func clearHold(_ kind: Hold.Kind, item: String?, of mirror: String) async throws(JournalError) {
        try await write { db in try db.run("DELETE FROM hold WHERE \(HoldRecord.condition)", HoldRecord.whose(mirror, kind, item)) }
    }
    /// Of one mirror, or of all: by mirror, the mirror's own holds before those of its items.
    public func holds(of mirror: String? = nil) async throws(JournalError) -> [HoldRecord] {
        try await read { db in
            let condition = mirror == nil ? "" : "WHERE mirror = ?"
            let sql = "SELECT mirror, kind, item, reason, subjects, since FROM hold \(condition) ORDER BY mirror, item, kind"
            return try db.all(of: "hold", sql, mirror.map { [$0.stored] } ?? []) { columns in
                let (mirror, kind, item): (String, Hold.Kind, String?) = (try columns.text(), try columns.member(), try columns.optionalText())
                let hold = Hold(kind, item: item, reason: try columns.text(), subjects: try columns.subjects())
                return HoldRecord(mirror: mirror, hold: hold, since: try columns.timestamp())
            }
        }
    }
}

extension HoldRecord {
    fileprivate static let condition = "mirror = ? AND kind = ? AND item IS ?"
    fileprivate static func whose(_ mirror: String, _ kind: Hold.Kind, _ item: String?) -> [Argument] { [mirror.stored, kind.rawValue, item?.stored] }
}
