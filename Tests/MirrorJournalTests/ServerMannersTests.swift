import ContentLibraryAPI
import MirrorJournal
import Testing

@Suite struct ServerMannersTests {
    @Test func areOfTheirServer() async throws {
        let journal = try Journal.inMemory()
        for name in ["a", "b", "a"] { try await journal.recordManner(name, of: "s", at: .at(1)) }
        try await journal.recordManner("c", of: "t", at: .at(1))
        #expect(try await journal.manners(of: "s") == ["a", "b"])
        #expect(try await journal.manners(of: "t") == ["c"])
        #expect(try await journal.manners(of: "u").isEmpty)
    }
}
