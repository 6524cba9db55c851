import ContentLibraryAPI
import GRDB
import MirrorCore

/// The checksums of a local file as it was when it was read.
public struct HashEntry: Hashable, Sendable {
    public var path: RelativePath
    /// Equal before and after the read.
    public var fingerprint: Fingerprint
    /// When the read began: nanoseconds since the epoch, on the clock that stamps the files.
    public var takenAt: Int64
    public var checksums: Checksums

    public init(path: RelativePath, fingerprint: Fingerprint, takenAt: Int64, checksums: Checksums) {
        (self.path, self.fingerprint, self.takenAt, self.checksums) = (path, fingerprint, takenAt, checksums)
    }

    /// How coarse a file system's clock may be.
    private static let granularity: Int64 = 2_000_000_000

    /// Whether a later write must have left another time. Within 2 s of a write another one can leave the same times, on a file system that counts
    /// in seconds: such an entry is good for the work at hand, and not for a scan.
    public var isTrusted: Bool {
        func isClear(_ time: Int64) -> Bool {
            let (difference, overflow) = takenAt.subtractingReportingOverflow(time)
            return overflow || difference.magnitude > UInt64(Self.granularity)
        }
        return isClear(fingerprint.modified) && isClear(fingerprint.changed)
    }

    /// The checksums of a file that a scan found with this fingerprint; nil where the file has to be read. Any moved field asks for a read, a moved
    /// ctime alone too: it may be all that a write with restored times leaves.
    public func checksums(of seen: Fingerprint, comparing fields: Fingerprint.Fields) -> Checksums? {
        isTrusted && fingerprint.equals(seen, in: fields) ? checksums : nil
    }
}

/// The hash cache. It is of the mirror alone: what a local file holds does not depend on a library.
extension Journal {
    public func hashes(of mirror: String) async throws(JournalError) -> [RelativePath: HashEntry] {
        try await read { db in
            var out: [RelativePath: HashEntry] = [:]
            try db.forEach(of: "hash", HashEntry.selection + " WHERE mirror = ?", [mirror.stored]) { columns in
                let entry = try HashEntry(&columns)
                out[entry.path] = entry
            }
            return out
        }
    }
    public func hashes(of mirror: String, at paths: some Collection<RelativePath> & Sendable) async throws(JournalError) -> [RelativePath: HashEntry] {
        try await read { db in
            var out: [RelativePath: HashEntry] = [:]
            for path in paths {
                let arguments: [Argument] = [mirror.stored, path.stored]
                out[path] = try db.first(of: "hash", HashEntry.selection + " WHERE mirror = ? AND path = ?", arguments, HashEntry.init)
            }
            return out
        }
    }
    /// Replaces what was known of these paths.
    public func store(_ entries: [HashEntry], of mirror: String) async throws(JournalError) {
        try await write { db in
            for entry in entries {
                try db.run(
                    "INSERT OR REPLACE INTO hash VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [mirror.stored, entry.path.stored] + entry.fingerprint.stored + [entry.takenAt] + entry.checksums.stored)
            }
        }
    }
    /// Drops what is known of these paths and of everything below them; the root stands for all.
    public func voidHashes(of mirror: String, within paths: some Collection<RelativePath> & Sendable) async throws(JournalError) {
        try await write { db in
            for path in paths {
                if path.isRoot {
                    try db.run("DELETE FROM hash WHERE mirror = ?", [mirror.stored])
                } else {
                    try db.run("DELETE FROM hash WHERE mirror = ? AND \(RelativePath.withinCondition)", [mirror.stored] + path.withinArguments)
                }
            }
        }
    }
    /// Drops every path that is not among these: what a complete scan no longer saw.
    public func pruneHashes(of mirror: String, keeping paths: Set<RelativePath>) async throws(JournalError) {
        try await write { db in
            let known = try db.all(of: "hash", "SELECT path FROM hash WHERE mirror = ?", [mirror.stored]) { try $0.path() }
            for path in known where !paths.contains(path) {
                try db.run("DELETE FROM hash WHERE mirror = ? AND path = ?", [mirror.stored, path.stored])
            }
        }
    }
}

extension HashEntry {
    fileprivate static let selection = "SELECT path, size, modified, changed, inode, taken_at, md5, sha1, sha256, sha512 FROM hash"

    fileprivate init(_ columns: inout Columns) throws {
        (path, fingerprint, takenAt, checksums) = (try columns.path(), try columns.fingerprint(), try columns.integer(), try columns.checksums())
    }
}
