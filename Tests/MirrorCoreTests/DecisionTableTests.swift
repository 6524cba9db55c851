import Testing

@testable import MirrorCore

/// The decision table once more, as the design words it, against every combination of what one file of a mirrored item can be.
@Suite struct DecisionTableTests {
    enum Here: CaseIterable { case gone, asPublished, touched, edited, beingWritten, unmanaged }
    enum Seen: Hashable { case nothing, record, adopt, send, remove, forget, hold, wait, report, leave }

    struct Case: Hashable {
        var manner: ServerManner
        var here: Here
        var isPublished: Bool
        /// What the remote file holds: 1 as published, 2 as the edited local file, 3 as neither.
        var remote: Int?
        var delete: MirrorRules.Deletion
        var drift: MirrorRules.Drift
        var extraneous: MirrorRules.Extraneous
        var adopt: MirrorRules.Adoption
        var hasOpenIntent: Bool
        var listingIsComplete: Bool
    }

    static func cases(_ manner: ServerManner) -> [Case] {
        var cases: [Case] = []
        for here in Here.allCases {
            for isPublished in [false, true] {
                for remote in [nil, 1, 2, 3] as [Int?] {
                    for bits in 0..<64 {
                        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
                        cases.append(
                            Case(
                                manner: manner, here: here, isPublished: isPublished, remote: remote, delete: bit(0) ? .keep : .mirror,
                                drift: bit(1) ? .report : .repair, extraneous: bit(2) ? .remove : .keep, adopt: bit(3) ? .download : .checksum,
                                hasOpenIntent: bit(4), listingIsComplete: bit(5)))
                    }
                }
            }
        }
        return cases
    }

    /// What the design says. Nil where the file is nowhere.
    static func expected(_ its: Case) -> (row: DecisionRow, does: Seen)? {
        let remoteMoved = its.remote != 1
        switch (its.here, its.isPublished, its.remote) {
        case (.unmanaged, _, _): return (.inSync, .leave)
        case (.gone, false, nil): return nil
        case (.gone, false, _?): return (.foreign, its.extraneous == .remove && its.listingIsComplete ? .remove : .leave)
        case (.gone, true, nil): return (.forget, its.listingIsComplete ? .forget : .nothing)
        case (.gone, true, _?) where !its.listingIsComplete: return (.inSync, .leave)
        case (.gone, true, _?): return remoteMoved ? (.goneConflict, .hold) : (.delete, its.delete == .keep ? .leave : .remove)
        case (.beingWritten, false, nil): return (.add, .wait)
        case (.beingWritten, false, _?): return (.conflict, .wait)
        case (.beingWritten, true, nil): return (.lost, .wait)
        case (.beingWritten, true, _?): return (.replace, .wait)
        case (_, false, nil): return (.add, .send)
        case (let here, false, let remote?):
            let isEqual = remote == (here == .edited ? 2 : 1)
            // The list proves it, or the bytes are read back.
            if isEqual, its.manner.proves || (its.adopt == .download && !its.hasOpenIntent) { return (.adopt, .adopt) }
            return its.hasOpenIntent ? (.add, .send) : (.conflict, .hold)
        case (.edited, true, nil): return (.lost, .send)
        case (.edited, true, let remote?):
            if !remoteMoved { return (.replace, .send) }
            return its.manner.proves && remote == 2 ? (.converged, .adopt) : (.localWins, .send)
        case (_, true, nil): return (.lost, its.drift == .report ? .report : .send)
        case (let here, true, _?):
            if remoteMoved { return (.drift, its.drift == .report ? .report : .send) }
            return (.inSync, here == .touched ? .record : .nothing)
        }
    }

    /// Beside the file in question the item has one that is in sync, so that the item is ours and nobody's doubt.
    private static func sides(_ its: Case) -> ItemSides {
        var base = ["z.iso": 9], remote = ["z.iso": 9]
        if its.isPublished { base["a.iso"] = 1 }
        if let content = its.remote { remote["a.iso"] = content }
        var sides = ItemSides(its.manner, local: ["z.iso": 9], base: base, remote: remote)
        switch its.here {
        case .gone: break
        case .asPublished: sides.write("a.iso", 1)
        case .touched:
            sides.write("a.iso", 1)
            sides.touch("a.iso")
        case .edited: sides.write("a.iso", 2)
        case .beingWritten:
            sides.write("a.iso", 2)
            sides.situation.unsettled = ["a.iso": "being written"]
        case .unmanaged: sides.unmanage("a.iso")
        }
        (sides.rules.delete, sides.rules.drift, sides.rules.extraneous, sides.rules.adopt) = (its.delete, its.drift, its.extraneous, its.adopt)
        sides.situation.intended = its.hasOpenIntent ? ["a.iso"] : nil
        sides.situation.local?.listingIsComplete = its.listingIsComplete
        return sides
    }

    private static func seen(_ action: FileDecision.Action) -> Seen? {
        switch action {
        case .nothing: .nothing
        case .refresh: .record
        case .adopt: .adopt
        case .send: .send
        case .remove: .remove
        case .forget: .forget
        case .hold: .hold
        case .wait: .wait
        case .report: .report
        case .leave: .leave
        case .hash, .download: nil
        }
    }

    @Test("every combination does what the design says", arguments: ServerManner.allCases)
    func all(_ manner: ServerManner) {
        var rows: Set<DecisionRow> = []
        for its in Self.cases(manner) {
            let sides = Self.sides(its)
            // What is being written is not read.
            if its.here == .beingWritten { #expect(sides.firstPlan.unknowns.isEmpty, "\(its)") }
            let plan = sides.plan
            let decision = plan.files.first { $0.name == "a.iso" }
            let expected = Self.expected(its)
            #expect(decision?.row == expected?.row, "\(its)")
            #expect(decision.flatMap { Self.seen($0.action) } == expected?.does, "\(its)")
            #expect(plan.fate == (expected?.does == .hold ? .refuse : .keep), "\(its)")
            #expect(plan.holds.map(\.kind) == (expected?.does == .hold ? [.conflict] : []), "\(its)")
            #expect(plan.writes == (expected.map { $0.does == .send || $0.does == .remove } ?? false), "\(its)")
            #expect(plan.isSettled == (expected.map { ![.send, .remove, .hold, .wait, .report].contains($0.does) } ?? true), "\(its)")
            if let row = expected?.row { rows.insert(row) }
        }
        let unseen = Set(DecisionRow.allCases).subtracting(rows)
        #expect(unseen == (manner.proves ? [] : [.converged]))
    }
}
