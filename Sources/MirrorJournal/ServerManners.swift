import ContentLibraryAPI
import GRDB

/// What was learnt of how a server behaves, by a name that its reader gives it: asked once, not again.
extension Journal {
    public func recordManner(_ name: String, of server: String, at time: Timestamp) async throws(JournalError) {
        try await write { db in try db.run("INSERT OR REPLACE INTO manner VALUES (?, ?, ?)", [server.stored, name.stored, time.stored]) }
    }
    public func manners(of server: String) async throws(JournalError) -> Set<String> {
        try await read { db in
            Set(try db.all(of: "manner", "SELECT name FROM manner WHERE server = ?", [server.stored]) { try $0.text() })
        }
    }
}
