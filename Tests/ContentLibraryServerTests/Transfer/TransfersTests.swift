import Testing

@testable import ContentLibraryServer

@Suite struct TransfersTests {
    @Test func `what downloads gave is kept over their ends, and no longer than their session`() {
        let transfers = Transfers()
        let (first, second) = (Transfer(entry: "e", session: "s", stagingPath: nil), Transfer(entry: "e", session: "s", stagingPath: nil))
        func given() -> Int64 { transfers.given(entry: "e", session: "s") }
        transfers.give(0..<5, by: first)
        #expect(given() == 0, "it is not under way")
        transfers.begin(download: first)
        transfers.give(0..<5, by: first)
        transfers.end(download: first)
        transfers.give(5..<6, by: first)
        #expect(given() == 5)
        transfers.begin(download: second)
        transfers.give(5..<9, by: second)
        #expect(given() == 9 && transfers.given(entry: "e", session: "t") == 0 && transfers.given(entry: "f", session: "s") == 0)
        _ = transfers.stop(session: "t")
        #expect(given() == 9 && second.end == nil)
        _ = transfers.stop(session: "s")
        #expect(given() == 0 && second.end == .sessionOver)
        transfers.give(0..<9, by: second)
        #expect(given() == 0, "nobody would forget it any more")
    }
}
