import ContentLibraryAPI
import Foundation
import GRDB
import MirrorCore
import Testing

@testable import MirrorJournal

/// What another process finds after this one died: images of the files are taken while the connection is open, so that nothing was closed or checkpointed.
@Suite struct CrashTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    struct Found: Hashable {
        var state: Intent.State?
        var files: [String]?
        var record: Bool
    }
    private func found(in image: Scratch) async throws -> Found {
        let journal = try await Journal.open(directory: image.state)
        let state = try await journal.openIntents(in: .isos).first?.state
        let files = try await journal.base(of: "m", in: .isos)["item"]?.files.keys.sorted()
        let found = Found(state: state, files: files, record: try await journal.mirror("m") != nil)
        try await journal.close()
        return found
    }

    private func steps() throws -> [(Found, @Sendable (Journal) async throws -> Void)] {
        let token = IntentToken(rawValue: "t")
        let item = BaseItem.sample("id", "item", files: [try .sample("a"), try .sample("b")])
        let session = UpdateSession.ID(rawValue: "s")
        return [
            (Found(record: true), { journal in try await journal.save(MirrorRecord(name: "m", key: .isos, updatedAt: .at(0))) }),
            (Found(state: .intended, record: true), { journal in try await journal.intend(.sample("t", itemToken: "i")) }),
            (
                Found(state: .itemCreated, record: true),
                { journal in try await journal.recordItem("id", contentVersion: "1", of: token) }
            ),
            (
                Found(state: .sessionOpen(session), record: true),
                { journal in try await journal.recordSession(session, leaseUntil: nil, of: token) }
            ),
            (Found(state: .completing(session), record: true), { journal in try await journal.recordCompleting(sent: [], of: token) }),
            (
                Found(state: .published(session), files: ["a", "b"], record: true),
                { journal in try await journal.commit(item, of: "m", in: .isos, closing: token) }
            ),
            (Found(files: ["a", "b"], record: true), { journal in try await journal.close(token) }),
        ]
    }

    @Test func everyStepThatReturnedIsThere() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        for (expected, step) in try steps() {
            try await step(journal)
            #expect(try await found(in: scratch.image()) == expected)
        }
    }

    /// A log that was cut anywhere holds whole steps from the first on, and more of them the longer it is.
    @Test func aTornLogHoldsWholeStepsInOrder() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        let steps = try steps()
        for (_, step) in steps { try await step(journal) }
        let order = [Found(record: false)] + steps.map(\.0)
        let full = try scratch.image()
        let log = try full.bytes(full.journal + "-wal")
        var random = SplitMix64(1)
        var reached = 0
        let cuts = [0, 31, 32, log.count] + (0..<60).map { _ in Int.random(in: 0...log.count, using: &random) }
        for cut in cuts.sorted() {
            let image = try scratch.image()
            try image.write(log.prefix(cut), to: image.journal + "-wal")
            let found = try await found(in: image)
            let step = try #require(order.firstIndex(of: found), "cut at \(cut) of \(log.count): \(found)")
            #expect(step >= reached)
            reached = step
        }
        #expect(reached == order.count - 1)
    }

    /// The rows are in the log already when the process dies; without their commit they do not count.
    @Test func anUnfinishedTransactionIsNotThere() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        try await journal.commit(.sample("id", "item", files: [try .sample("a")]), of: "m", in: .isos)
        let scratch = scratch
        let image = try await journal.write { db in
            try db.execute(sql: "PRAGMA cache_size = 5; DELETE FROM item")
            let before = try scratch.bytes(scratch.journal + "-wal").count
            for n in 0..<2000 { try db.run("INSERT INTO manner VALUES (?, ?, 0)", ["s", "manner-\(n)"]) }
            #expect(try scratch.bytes(scratch.journal + "-wal").count > before, "spilled into the log")
            return try scratch.image()
        }
        #expect(try await journal.manners(of: "s").count == 2000)
        let crashed = try await Journal.open(directory: image.state)
        #expect(try await crashed.manners(of: "s").isEmpty)
        #expect(try await crashed.base(of: "m", in: .isos)["item"]?.files.count == 1)
    }
}
