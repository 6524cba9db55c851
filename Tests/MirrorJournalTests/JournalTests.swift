import ContentLibraryAPI
import Foundation
import GRDB
import MirrorCore
import Testing

@testable import MirrorJournal

@Suite struct JournalTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test func everyCommitReachesTheDisk() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        let settings = try await journal.read { db in
            try ["synchronous", "journal_mode", "foreign_keys"].map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
        }
        #expect(settings == ["2", "wal", "1"])
    }

    @Test func aCallThatThrowsLeavesAllAsBefore() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        let before = BaseItem.sample("id", "name", files: [try .sample("a")])
        try await journal.commit(before, of: "m", in: .isos)
        struct Stop: Error {}
        let error = await failure {
            try await journal.write { db in
                try db.execute(sql: "DELETE FROM file; UPDATE item SET name = 'other'")
                throw Stop()
            }
        }
        #expect(error != nil)
        #expect(try await journal.base(of: "m", in: .isos) == ["name": before])
        // A commit whose intent refuses it has replaced nothing.
        try await journal.intend(.sample("t"))
        let refused = await failure {
            try await journal.commit(.sample("id", "name"), of: "m", in: .isos, closing: IntentToken(rawValue: "t"))
        }
        guard case .outOfOrder = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
        #expect(try await journal.base(of: "m", in: .isos) == ["name": before])
        #expect(try await journal.openIntents(in: .isos) == [.sample("t")])
    }

    @Test func aFullDiskIsSaidAndLeavesAllAsBefore() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        let pages = try await journal.read { db in try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0 }
        try await journal.write { db in try db.execute(sql: "PRAGMA max_page_count = \(pages + 4)") }
        let files = try (0..<500).map { try BaseFile.sample("file-\($0)") }
        let error = await failure { try await journal.commit(.sample("id", "big", files: files), of: "m", in: .isos) }
        guard case .unwritable(_, let detail) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(detail.contains("full"))
        #expect(try await journal.base(of: "m", in: .isos).isEmpty)
        try await journal.commit(.sample("id", "small"), of: "m", in: .isos)
        #expect(try await journal.base(of: "m", in: .isos).count == 1)
    }

    @Test func aCancelledTaskStillRecords() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            #expect(Task.isCancelled)
            try await journal.intend(.sample("t"))
        }
        try await task.value
        #expect(try await journal.openIntents(in: .isos).count == 1)
    }

    @Test func callsAfterCloseThrow() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        try await journal.close()
        let errors = [
            await failure { try await journal.recordManner("x", of: "s", at: .at(0)) },
            await failure { _ = try await journal.holds() },
            await failure { try await journal.checkpoint() },
        ]
        for error in errors { #expect(error.map { if case .unwritable = $0 { true } else { false } } == true, "\(String(describing: error))") }
        try await journal.close()
    }

    @Test func checkpointEmptiesTheLog() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        try await journal.recordManner("x", of: "s", at: .at(0))
        #expect(try !scratch.bytes(scratch.journal + "-wal").isEmpty)
        try await journal.checkpoint()
        #expect(try scratch.bytes(scratch.journal + "-wal").isEmpty)
        #expect(try await journal.manners(of: "s") == ["x"])
    }

    @Test(arguments: [false, true]) func aHundredTasksAtOnce(inMemory: Bool) async throws {
        let journal = try await inMemory ? Journal.inMemory() : Journal.open(directory: scratch.state)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for n in 0..<100 {
                group.addTask {
                    let token = IntentToken(rawValue: "t\(n)")
                    try await journal.intend(.sample("t\(n)", item: "item-\(n)"))
                    try await journal.recordSession(UpdateSession.ID(rawValue: "s\(n)"), leaseUntil: .at(9), of: token)
                    try await journal.recordCompleting(sent: [], of: token)
                    let item = BaseItem.sample("id-\(n)", "item-\(n)", files: [try .sample("f")])
                    try await journal.commit(item, of: "m", in: .isos, closing: token)
                    let seen = try await journal.baseItem(item.id, of: "m", in: .isos)
                    #expect(seen == item, "what was committed is read at once")
                    if n.isMultiple(of: 2) { try await journal.close(token) }
                    try await journal.recordDeletions(1, at: .at(5), of: "m", window: .seconds(60))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await journal.base(of: "m", in: .isos).count == 100)
        #expect(try await journal.openIntents(in: .isos).count == 50)
        #expect(try await journal.deletions(of: "m", since: .at(0)) == 100)
    }

    @Test func aJournalInMemoryOutlivesItsClose() async throws {
        let journal = try Journal.inMemory()
        try await journal.intend(.sample("t"))
        try await journal.checkpoint()
        try await journal.close()
        #expect(try await journal.openIntents(in: .isos).count == 1)
    }

    /// Every column that holds text must keep any text: NUL, the escape's own characters, empty, and forms that Swift calls equal.
    @Test func textsComeBackByteForByte() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        let texts = ["", "\u{0}", "a\u{0}b", "\u{1}", "\u{1}0", "\u{1}\u{0}1", "e\u{301}", "\u{e9}", "🗂\u{202e}", "'; DROP TABLE item; --"]
        for text in texts { try await journal.recordManner(text, of: "s" + text, at: .at(0)) }
        for text in texts { #expect(try await journal.manners(of: "s" + text).map { Array($0.utf8) } == [Array(text.utf8)]) }
    }
}
