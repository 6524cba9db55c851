import Testing

@testable import MirrorCore

@Suite struct DeletionGuardTests {
    private static func files(_ count: Int, from first: Int = 0) -> Set<String> { Set((first..<(first + count)).map { "item/\($0)" }) }
    private static func judge(
        _ limit: MirrorRules.DeletionLimit, planned: Int, recent: Int = 0, of largest: Int = 100, approvals: [Approval] = []
    ) -> [Hold] {
        var rules = MirrorRules(name: "isos", path: "/srv", library: "ISO images")
        rules.maxDelete = limit
        return DeletionGuard(rules: rules).judge(.init(planned: files(planned), recent: recent, largestCount: largest, approvals: approvals))
    }

    @Test(
        "max-delete",
        arguments: [
            // Percent: beyond ten deletions, and beyond the share.
            (.percent(50), 50, 0, 100, false), (.percent(50), 51, 0, 100, true), (.percent(50), 10, 0, 10, false), (.percent(50), 11, 0, 11, true),
            (.percent(50), 10, 0, 1, false), (.percent(50), 11, 0, 22, false), (.percent(50), 11, 0, 21, true), (.percent(0), 10, 0, 100, false),
            (.percent(0), 11, 0, 100, true), (.percent(99), 99, 0, 100, false), (.percent(99), 100, 0, 100, true),
            // The window counts: with what went already the limit is reached sooner.
            (.percent(50), 1, 49, 100, false), (.percent(50), 1, 50, 100, true), (.percent(50), 1, 9, 1, false), (.percent(50), 1, 10, 1, true),
            // Nothing was ever published: any share of that is too much.
            (.percent(50), 11, 0, 0, true), (.percent(50), 10, 0, 0, false),
            // The guard is switched off.
            (.percent(100), 100, 0, 100, false), (.percent(100), 5000, 5000, 0, false),
            // A count is judged always.
            (.count(0), 1, 0, 100, true), (.count(1), 1, 0, 100, false), (.count(1), 1, 1, 100, true), (.count(10), 10, 0, 10, false),
            (.count(10), 11, 0, 1000, true),
            (.count(5), 3, 2, 0, false), (.count(5), 3, 3, 0, true),
        ] as [(MirrorRules.DeletionLimit, Int, Int, Int, Bool)])
    func maxDelete(_ limit: MirrorRules.DeletionLimit, _ planned: Int, _ recent: Int, _ largest: Int, _ held: Bool) {
        let holds = Self.judge(limit, planned: planned, recent: recent, of: largest)
        #expect(holds.map(\.kind) == (held ? [.maxDelete] : []))
        if let hold = holds.first { #expect(hold.subjects == Self.files(planned) && hold.item == nil && hold.kind.scope == .deletions) }
    }

    @Test("max-delete: without deletions in the pass there is nothing to hold, whatever went before")
    func nothingPlanned() {
        #expect(Self.judge(.count(0), planned: 0, recent: 1000).isEmpty)
        let rules = MirrorRules(name: "isos", path: "/srv", library: "ISO images")
        let facts = DeletionGuard.Facts(
            planned: [], recent: 1000, largestCount: 1, rootChange: "another inode", mappingChanged: true, removesExtraneousAtFirst: true)
        #expect(DeletionGuard(rules: rules).judge(facts).isEmpty)
    }

    @Test("max-delete: an approval covers exactly the list that was shown, and less; never more")
    func approvals() {
        let held = Self.judge(.count(3), planned: 5)
        let approvals = held.map(Approval.init)
        #expect(Self.judge(.count(3), planned: 5, approvals: approvals).isEmpty)
        #expect(Self.judge(.count(3), planned: 4, recent: 1, approvals: approvals).isEmpty)
        #expect(Self.judge(.count(3), planned: 6, approvals: approvals).map(\.kind) == [.maxDelete])
        // The same number of others.
        let others = DeletionGuard(rules: MirrorRules(name: "isos", path: "/srv", library: "ISO images")).judge(
            .init(planned: Self.files(60, from: 1), largestCount: 100, approvals: [Approval(kind: .maxDelete, item: nil, subjects: Self.files(60))]))
        #expect(others.map(\.kind) == [.maxDelete])
        // Two words for two halves are no word for the whole.
        let halves = [Self.files(30), Self.files(30, from: 30)].map { Approval(kind: .maxDelete, item: nil, subjects: $0) }
        #expect(Self.judge(.percent(50), planned: 60, approvals: halves).map(\.kind) == [.maxDelete])
    }

    @Test("max-delete: the word given for root-empty was about the same list")
    func rootEmptyApproval() {
        let approval = Approval(kind: .rootEmpty, item: nil, subjects: Self.files(60))
        #expect(Self.judge(.percent(50), planned: 60, approvals: [approval]).isEmpty)
        #expect(Self.judge(.percent(50), planned: 61, approvals: [approval]).map(\.kind) == [.maxDelete])
        #expect(
            Self.judge(.percent(50), planned: 60, approvals: [Approval(kind: .rootEmpty, item: "item", subjects: Self.files(60))]).map(\.kind) == [.maxDelete])
    }

    @Test(
        "root-changed, mapping-changed, extraneous: each holds the smallest deletion, until that list is approved",
        arguments: [
            (.rootChanged, .init(planned: ["a/b"], largestCount: 100, rootChange: "another inode")),
            (.mappingChanged, .init(planned: ["a/b"], largestCount: 100, mappingChanged: true)),
            (.extraneous, .init(planned: ["a/b"], largestCount: 100, removesExtraneousAtFirst: true)),
        ] as [(Hold.Kind, DeletionGuard.Facts)])
    func causes(_ kind: Hold.Kind, _ facts: DeletionGuard.Facts) {
        for limit in [.percent(100), .percent(50), .count(1000)] as [MirrorRules.DeletionLimit] {
            var rules = MirrorRules(name: "isos", path: "/srv", library: "ISO images")
            rules.maxDelete = limit
            var facts = facts
            let holds = DeletionGuard(rules: rules).judge(facts)
            #expect(holds.map(\.kind) == [kind] && holds.first?.subjects == ["a/b"])
            for other in Hold.Kind.allCases where other != kind { facts.approvals.append(Approval(kind: other, item: nil, subjects: ["a/b"])) }
            #expect(DeletionGuard(rules: rules).judge(facts) == holds)
            facts.approvals.append(contentsOf: holds.map(Approval.init))
            #expect(DeletionGuard(rules: rules).judge(facts).isEmpty)
            facts.planned.insert("a/c")
            #expect(DeletionGuard(rules: rules).judge(facts).map(\.kind) == [kind])
        }
    }

    @Test("seeded: what goes without a word is within the limit, with what went before")
    func neverBeyondTheLimit() {
        var random = SplitMix64(seed: 13)
        var (held, free) = (0, 0)
        for _ in 0..<5000 {
            let (planned, recent) = (Int.random(in: 1...40, using: &random), Int.random(in: 0...20, using: &random))
            let largest = Int.random(in: 0...60, using: &random)
            let limit = Bool.random(using: &random) ? Int.random(in: 0...99, using: &random) : nil
            let count = Int.random(in: 0...40, using: &random)
            let holds = Self.judge(limit.map { .percent($0) } ?? .count(count), planned: planned, recent: recent, of: largest)
            let share = Double(planned + recent) / Double(largest) * 100
            let isWithin = limit.map { planned + recent <= 10 || share <= Double($0) } ?? (planned + recent <= count)
            #expect(holds.isEmpty == isWithin, "\(planned) and \(recent) of \(largest) under \(limit ?? -1)% or \(count)")
            if isWithin { free += 1 } else { held += 1 }
        }
        #expect(held > 500 && free > 500)
    }

    @Test("causes stand beside each other, and each needs its own word")
    func together() {
        var rules = MirrorRules(name: "isos", path: "/srv", library: "ISO images")
        rules.maxDelete = .count(0)
        var facts = DeletionGuard.Facts(planned: ["a/b"], rootChange: "another inode", mappingChanged: true, removesExtraneousAtFirst: true)
        let holds = DeletionGuard(rules: rules).judge(facts)
        #expect(holds.map(\.kind) == [.rootChanged, .mappingChanged, .extraneous, .maxDelete])
        for count in holds.indices {
            facts.approvals = holds.prefix(count).map(Approval.init)
            #expect(DeletionGuard(rules: rules).judge(facts) == Array(holds.dropFirst(count)))
        }
    }

    @Test("the reason tells the numbers")
    func reasons() {
        let percent = Self.judge(.percent(50), planned: 60, recent: 3).first?.reason ?? ""
        #expect(percent.contains("60 files would be deleted") && percent.contains("3 were within the last 3600 s") && percent.contains("\"50%\" of 100"))
        #expect(Self.judge(.count(2), planned: 3).first?.reason.contains("max_delete = 2") == true)
    }
}
