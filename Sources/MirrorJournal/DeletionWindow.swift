import ContentLibraryAPI
import GRDB
import MirrorCore

/// What the guard against mass deletions counts. Kept by the second, and no longer than the window, so that the rows are bounded; where a second lies
/// across the window's edge the count errs towards holding.
extension Journal {
    /// Adds deletions; to be called before they are sent, so that a crash counts them too often rather than not at all.
    ///
    /// Records later than `time`, which only a clock set back leaves, count as made now: they leave the window in time.
    public func recordDeletions(_ count: Int, at time: Timestamp, of mirror: String, window: Duration) async throws(JournalError) {
        try await write { db in
            let second = time.second
            let later: [Argument] = [mirror.stored, second]
            let moved = try db.first(of: "deletion", "SELECT sum(count) FROM deletion WHERE mirror = ? AND second > ?", later) { $0.optionalInteger() ?? 0 }
            try db.run("DELETE FROM deletion WHERE mirror = ? AND second > ?", later)
            try db.run(
                "INSERT INTO deletion VALUES (?, ?, ?) ON CONFLICT (mirror, second) DO UPDATE SET count = count + excluded.count",
                [mirror.stored, second, Int64(count) + (moved ?? 0)])
            try db.run("DELETE FROM deletion WHERE mirror = ? AND second < ?", [mirror.stored, time.minus(window).second])
        }
    }
    public func deletions(of mirror: String, since time: Timestamp) async throws(JournalError) -> Int {
        try await read { db in
            let sql = "SELECT sum(count) FROM deletion WHERE mirror = ? AND second >= ?"
            return Int(try db.first(of: "deletion", sql, [mirror.stored, time.second]) { $0.optionalInteger() ?? 0 } ?? 0)
        }
    }

    /// Records how many files the mirror has published as of now.
    public func recordFileCount(_ count: Int, at time: Timestamp, of mirror: String, window: Duration) async throws(JournalError) {
        try await write { db in
            let second = time.second
            let later: [Argument] = [mirror.stored, second]
            let moved = try db.first(of: "file_count", "SELECT max(largest) FROM file_count WHERE mirror = ? AND second > ?", later) { $0.optionalInteger() }
            try db.run("DELETE FROM file_count WHERE mirror = ? AND second > ?", later)
            try db.run(
                """
                INSERT INTO file_count VALUES (?, ?, ?, ?)
                ON CONFLICT (mirror, second) DO UPDATE SET largest = max(largest, excluded.largest), last = excluded.last
                """, [mirror.stored, second, max(Int64(count), (moved ?? nil) ?? 0), Int64(count)])
            // The newest record before the window says how many there were when it began.
            try db.run(
                "DELETE FROM file_count WHERE mirror = ? AND second < (SELECT max(second) FROM file_count WHERE mirror = ? AND second < ?)",
                [mirror.stored, mirror.stored, time.minus(window).second])
        }
    }
    /// The largest number of files published at any one time since then; 0 where nothing was recorded.
    public func largestFileCount(of mirror: String, since time: Timestamp) async throws(JournalError) -> Int {
        try await read { db in
            let sql = """
                SELECT max(
                    ifnull((SELECT max(largest) FROM file_count WHERE mirror = ?1 AND second > ?2), 0),
                    ifnull((SELECT last FROM file_count WHERE mirror = ?1 AND second <= ?2 ORDER BY second DESC LIMIT 1), 0))
                """
            return Int(try db.first(of: "file_count", sql, [mirror.stored, time.second]) { try $0.integer() } ?? 0)
        }
    }
}

extension Timestamp {
    var second: Int64 { milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0) }
    func minus(_ duration: Duration) -> Timestamp {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(duration.wholeNanoseconds / 1_000_000)
        return Timestamp(milliseconds: overflow ? .min : difference)
    }
}
