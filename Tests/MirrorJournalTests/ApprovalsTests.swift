import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@Suite struct ApprovalsTests {
    private func record(_ kind: Hold.Kind, _ item: String? = nil, _ subjects: Set<String> = ["a"], at seconds: Int64 = 1, mirror: String = "m")
        -> ApprovalRecord
    {
        ApprovalRecord(mirror: mirror, approval: Approval(kind: kind, item: item, subjects: subjects), at: .at(seconds))
    }

    @Test func isUsedOnce() async throws {
        let journal = try Journal.inMemory()
        let approval = record(.maxDelete, nil, ["a", "b"])
        try await journal.record(approval)
        #expect(try await journal.approvals(of: "m") == [approval])
        #expect(try await journal.consume(approval))
        #expect(try await !journal.consume(approval))
        #expect(try await journal.approvals(of: "m").isEmpty)
    }

    @Test func theLastListCounts() async throws {
        let journal = try Journal.inMemory()
        let (first, second) = (record(.maxDelete, nil, ["a"]), record(.maxDelete, nil, ["a", "b"], at: 2))
        try await journal.record(first)
        try await journal.record(second)
        #expect(try await !journal.consume(first), "what was approved in its place must not be used up")
        #expect(try await journal.approvals(of: "m") == [second])
    }

    @Test func isOfItsMirrorKindAndItem() async throws {
        let journal = try Journal.inMemory()
        let others = [record(.conflict, "b"), record(.conflict), record(.typeChanged, "a"), record(.conflict, "a", mirror: "n")]
        for other in others { try await journal.record(other) }
        #expect(try await !journal.consume(record(.conflict, "a")))
        #expect(try await journal.approvals(of: "m").count == 3)
        #expect(try await journal.approvals(of: "n") == [others[3]])
    }
}
