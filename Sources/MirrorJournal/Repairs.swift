import ContentLibraryAPI
import GRDB
import MirrorCore

/// How often an item had to be repaired: a count that grows tells of somebody else who writes it.
extension Journal {
    /// Adds a repair and drops those that are older than the window.
    public func recordRepair(of item: String, in mirror: String, at time: Timestamp, window: Duration) async throws(JournalError) {
        try await write { db in
            let whose: [Argument] = [mirror.stored, item.stored]
            try db.run("INSERT INTO repair (mirror, item, at) VALUES (?, ?, ?)", whose + [time.stored])
            try db.run("DELETE FROM repair WHERE mirror = ? AND item = ? AND at < ?", whose + [time.minus(window).stored])
        }
    }
    /// The times, the oldest first.
    public func repairs(of item: String, in mirror: String, since time: Timestamp) async throws(JournalError) -> [Timestamp] {
        try await read { db in
            let sql = "SELECT at FROM repair WHERE mirror = ? AND item = ? AND at >= ? ORDER BY at"
            return try db.all(of: "repair", sql, [mirror.stored, item.stored, time.stored]) { try $0.timestamp() }
        }
    }
    public func resetRepairs(of item: String, in mirror: String) async throws(JournalError) {
        try await write { db in try db.run("DELETE FROM repair WHERE mirror = ? AND item = ?", [mirror.stored, item.stored]) }
    }
}
