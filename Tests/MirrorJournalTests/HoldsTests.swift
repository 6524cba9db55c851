import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@Suite struct HoldsTests {
    @Test func everyKindComesBack() async throws {
        let journal = try Journal.inMemory()
        var written: [HoldRecord] = []
        for kind in Hold.Kind.allCases {
            for item in [nil, "", "item"] {
                let hold = Hold(kind, item: item, reason: "because\nof \(kind)", subjects: ["b/\u{0}", "a"])
                written.append(HoldRecord(mirror: "m", hold: hold, since: .at(Int64(written.count))))
                try await journal.setHold(written[written.count - 1])
            }
        }
        let read = try await journal.holds(of: "m")
        #expect(read.count == written.count && Set(read) == Set(written))
        #expect(read.map(\.hold.item).prefix(Hold.Kind.allCases.count).allSatisfy { $0 == nil }, "the mirror's own come first")
        #expect(Set(read.map(\.hold.digest)) == Set(written.map(\.hold.digest)))
    }

    @Test func aStandingHoldKeepsItsBeginning() async throws {
        let journal = try Journal.inMemory()
        try await journal.setHold(HoldRecord(mirror: "m", hold: Hold(.maxDelete, reason: "3 of 4", subjects: ["a"]), since: .at(1)))
        try await journal.setHold(HoldRecord(mirror: "m", hold: Hold(.maxDelete, reason: "4 of 4", subjects: ["a", "b"]), since: .at(2)))
        let expected = HoldRecord(mirror: "m", hold: Hold(.maxDelete, reason: "4 of 4", subjects: ["a", "b"]), since: .at(1))
        #expect(try await journal.holds() == [expected])
        try await journal.clearHold(.maxDelete, item: nil, of: "m")
        try await journal.setHold(HoldRecord(mirror: "m", hold: expected.hold, since: .at(3)))
        #expect(try await journal.holds().map(\.since) == [.at(3)])
    }

    @Test func clearsExactlyOne() async throws {
        let journal = try Journal.inMemory()
        for mirror in ["m", "n"] {
            for (kind, item) in [(Hold.Kind.conflict, "a"), (.conflict, "b"), (.typeChanged, "a"), (.rootChanged, nil)] {
                try await journal.setHold(HoldRecord(mirror: mirror, hold: Hold(kind, item: item, reason: ""), since: .at(1)))
            }
        }
        try await journal.clearHold(.conflict, item: "a", of: "m")
        try await journal.clearHold(.rootChanged, item: "a", of: "m")
        try await journal.clearHold(.conflict, item: nil, of: "m")
        #expect(
            try await journal.holds(of: "m").map { "\($0.hold.kind.rawValue) \($0.hold.item ?? "-")" } == ["root-changed -", "type-changed a", "conflict b"])
        #expect(try await journal.holds(of: "n").count == 4)
        #expect(try await journal.holds().count == 7)
    }
}
