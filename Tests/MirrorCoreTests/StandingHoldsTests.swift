import Testing

@testable import MirrorCore

@Suite struct StandingHoldsTests {
    private let missing = Hold(.rootMissing, reason: "gone")
    private let deletions = Hold(.maxDelete, reason: "two", subjects: ["a/1", "a/2"])
    private let conflict = Hold(.conflict, item: "b", reason: "differs", subjects: ["f version 1"])

    @Test("what is on record stands, and is saved")
    func fromRecord() {
        let holds = StandingHolds(saved: [conflict, deletions])
        #expect(holds.all == [deletions, conflict])
        #expect(holds.ofMirror == [deletions] && holds.ofItems == ["b": [conflict]])
        #expect(!holds.stopsMirror && !holds.isUnsaved)
    }

    @Test("of the mirror, a kind is raised and cleared once; other words for it are neither, but are saved")
    func ofMirror() {
        var holds = StandingHolds()
        #expect(holds.set([missing]) == .init(raised: [missing]))
        #expect(holds.stopsMirror && holds.isUnsaved)
        holds.saved()
        #expect(holds.set([missing]) == .init() && !holds.isUnsaved)
        #expect(holds.set([Hold(.rootMissing, reason: "still gone")]) == .init() && holds.isUnsaved)
        #expect(holds.set([deletions]) == .init(raised: [deletions], cleared: [Hold(.rootMissing, reason: "still gone")]))
        #expect(!holds.stopsMirror)
    }

    @Test("of an item, a hold with other subjects is another one; none leaves nothing behind, and that is saved too")
    func ofItem() {
        var holds = StandingHolds(saved: [conflict])
        #expect(holds.set([conflict], of: "b") == .init() && !holds.isUnsaved)
        var moved = conflict
        moved.subjects = ["f version 2"]
        #expect(holds.set([moved], of: "b") == .init(raised: [moved], cleared: [conflict]))
        holds.saved()
        #expect(holds.set([], of: "b") == .init(cleared: [moved]) && holds.isUnsaved)
        #expect(holds.ofItems.isEmpty && holds.all.isEmpty)
    }
}
