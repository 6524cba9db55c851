import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@Suite struct RepairsTests {
    @Test func countsWithinTheWindowAndForgetsOlder() async throws {
        let journal = try Journal.inMemory()
        for second in [0, 50, 50, 100] as [Int64] { try await journal.recordRepair(of: "a", in: "m", at: .at(second), window: .seconds(60)) }
        try await journal.recordRepair(of: "b", in: "m", at: .at(100), window: .seconds(60))
        try await journal.recordRepair(of: "a", in: "n", at: .at(100), window: .seconds(60))
        #expect(try await journal.repairs(of: "a", in: "m", since: .at(-100)) == [.at(50), .at(50), .at(100)])
        #expect(try await journal.repairs(of: "a", in: "m", since: .at(51)) == [.at(100)])
        try await journal.resetRepairs(of: "a", in: "m")
        #expect(try await journal.repairs(of: "a", in: "m", since: .at(0)).isEmpty)
        #expect(try await journal.repairs(of: "b", in: "m", since: .at(0)).count == 1)
        #expect(try await journal.repairs(of: "a", in: "n", since: .at(0)).count == 1)
    }
}
