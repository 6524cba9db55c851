import ContentLibraryAPI
import GRDB
import MirrorCore
import Testing

@testable import MirrorJournal

@Suite struct DeletionWindowTests {
    let journal: Journal
    init() throws { journal = try Journal.inMemory() }
    private let hour = Duration.seconds(3600)

    private func rows(_ table: String) async throws -> Int {
        try await journal.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    @Test func countsWhatLiesInTheWindow() async throws {
        for second in [0, 10, 10, 20] as [Int64] { try await journal.recordDeletions(5, at: .at(second), of: "m", window: hour) }
        try await journal.recordDeletions(100, at: .at(20), of: "n", window: hour)
        let expected: [(Int64, Int)] = [(-5, 20), (0, 20), (1, 15), (10, 15), (11, 5), (20, 5), (21, 0)]
        for (since, count) in expected { #expect(try await journal.deletions(of: "m", since: .at(since)) == count, "since \(since)") }
        #expect(try await journal.deletions(of: "other", since: .at(0)) == 0)
    }
    @Test func theEdgeErrsTowardsCounting() async throws {
        try await journal.recordDeletions(1, at: Timestamp(milliseconds: 10_001), of: "m", window: hour)
        #expect(try await journal.deletions(of: "m", since: Timestamp(milliseconds: 10_999)) == 1)
        #expect(try await journal.deletions(of: "m", since: Timestamp(milliseconds: 11_000)) == 0)
    }
    @Test func rowsAreBounded() async throws {
        for n in 0..<500 as Range<Int64> {
            let time = Timestamp(milliseconds: n * 100)
            try await journal.recordDeletions(1, at: time, of: "m", window: .seconds(10))
            try await journal.recordFileCount(1, at: time, of: "m", window: .seconds(10))
        }
        #expect(try await rows("deletion") == 11)
        #expect(try await rows("file_count") == 12, "the window and the record before it")
        #expect(try await journal.deletions(of: "m", since: Timestamp(milliseconds: 40_000)) == 100)
    }
    @Test func aClockSetBackDoesNotKeepDeletionsForEver() async throws {
        try await journal.recordDeletions(7, at: .at(1_000_000), of: "m", window: hour)
        try await journal.recordFileCount(70, at: .at(1_000_000), of: "m", window: hour)
        try await journal.recordDeletions(1, at: .at(0), of: "m", window: hour)
        try await journal.recordFileCount(1, at: .at(0), of: "m", window: hour)
        #expect(try await journal.deletions(of: "m", since: .at(0)) == 8)
        #expect(try await journal.largestFileCount(of: "m", since: .at(-1)) == 70)
        #expect(try await journal.deletions(of: "m", since: .at(3600)) == 0)
        #expect(try await journal.largestFileCount(of: "m", since: .at(3600)) == 1)
    }

    @Test func theLargestCountOfTheWindowIncludesTheOneItBeganWith() async throws {
        let counts: [(Int64, Int)] = [(0, 100), (10, 90), (10, 200), (10, 50), (20, 60), (30, 40)]
        for (second, count) in counts { try await journal.recordFileCount(count, at: .at(second), of: "m", window: hour) }
        // In the second where the window begins only its last value surely held.
        let expected: [(Int64, Int)] = [(-1, 200), (0, 200), (9, 200), (10, 60), (15, 60), (20, 60), (25, 60), (29, 60), (30, 40), (99, 40)]
        for (since, count) in expected { #expect(try await journal.largestFileCount(of: "m", since: .at(since)) == count, "since \(since)") }
        #expect(try await journal.largestFileCount(of: "n", since: .at(0)) == 0)
    }
    @Test func pruningKeepsTheCountTheWindowBeganWith() async throws {
        try await journal.recordFileCount(100, at: .at(0), of: "m", window: .seconds(60))
        try await journal.recordFileCount(10, at: .at(100), of: "m", window: .seconds(60))
        #expect(try await journal.largestFileCount(of: "m", since: .at(40)) == 100)
        try await journal.recordFileCount(5, at: .at(200), of: "m", window: .seconds(60))
        #expect(try await journal.largestFileCount(of: "m", since: .at(140)) == 10)
        #expect(try await rows("file_count") == 2)
    }
    @Test func secondsBeforeTheEpochAndEndlessWindows() async throws {
        #expect([-1, -1000, -1001, 0, 999, 1000].map { Timestamp(milliseconds: $0).second } == [-1, -1, -2, 0, 0, 1])
        try await journal.recordDeletions(1, at: .at(0), of: "m", window: .seconds(Int64.max))
        #expect(try await journal.deletions(of: "m", since: .at(-1)) == 1)
    }
}
