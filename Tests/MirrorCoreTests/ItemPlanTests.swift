import ContentLibraryAPI
import Testing

@testable import MirrorCore

@Suite struct ItemPlanTests {
    private static func decision(_ name: String, _ action: FileDecision.Action, remote: Bool = true) -> FileDecision {
        FileDecision(name: name, row: .inSync, action: action, remote: remote ? RemoteFile(name: name, version: "1", checksum: nil) : nil)
    }
    /// One decision of every action.
    private static let all: [FileDecision] = [
        decision("add", .send, remote: false), decision("adopt", .adopt), decision("download", .download), decision("forget", .forget, remote: false),
        decision("hash", .hash([.sha1])), decision("hold", .hold), decision("leave", .leave("foreign")), decision("nothing", .nothing),
        decision("refresh", .refresh), decision("remove", .remove), decision("replace", .send), decision("report", .report), decision("wait", .wait("written")),
    ]

    @Test func sortsItsDecisions() {
        let plan = ItemPlan(item: "x", files: Self.all)
        #expect(plan.sends.map(\.name) == ["add", "replace"])
        #expect(plan.removals.map(\.name) == ["remove"])
        #expect(plan.adoptions.map(\.name) == ["adopt"])
        #expect(plan.waiting.map(\.name) == ["wait"])
        #expect(plan.unknowns.map(\.name) == ["download", "hash"])
    }

    @Test(
        "what is told to the server, what is only recorded, what is settled",
        arguments: [
            (.nothing, false, false, true), (.refresh, false, true, true), (.adopt, false, true, true), (.forget, false, true, true),
            (.send, true, false, false),
            (.remove, true, false, false), (.hold, false, false, false), (.wait("written"), false, false, false), (.report, false, false, false),
            (.leave("foreign"), false, false, true), (.hash([.sha1]), false, false, false), (.download, false, false, false),
        ] as [(FileDecision.Action, Bool, Bool, Bool)])
    func judgesByAction(_ action: FileDecision.Action, _ writes: Bool, _ records: Bool, _ settled: Bool) {
        let plan = ItemPlan(item: "x", files: [Self.decision("a", action)])
        #expect(plan.writes == writes)
        #expect(plan.onlyRecords == records)
        #expect(plan.isSettled == settled)
    }

    @Test(
        "what is told to the server, by fate",
        arguments: [
            (.keep, false, false, true), (.create, true, false, false), (.delete, true, false, false), (.forget, false, true, false),
            (.refuse, false, false, false),
        ] as [(ItemPlan.Fate, Bool, Bool, Bool)])
    func judgesByFate(_ fate: ItemPlan.Fate, _ writes: Bool, _ records: Bool, _ settled: Bool) {
        let plan = ItemPlan(item: "x", fate: fate)
        #expect(plan.writes == writes)
        #expect(plan.onlyRecords == records)
        #expect(plan.isSettled == settled)
        let retyped = ItemPlan(item: "x", retypes: true, fate: fate)
        #expect(retyped.writes && !retyped.onlyRecords && !retyped.isSettled)
        #expect(!ItemPlan(item: "x", fate: fate, holds: [Hold(.conflict, item: "x", reason: "")]).isSettled)
    }

    @Test("one deletion for each remote file that would go, and for an empty item one")
    func countsDeletions() {
        let files = [Self.decision("a", .remove), Self.decision("b", .remove), Self.decision("gone", .forget, remote: false), Self.decision("c", .send)]
        #expect(ItemPlan(item: "x", files: files).deletions == ["x/a", "x/b"])
        #expect(ItemPlan(item: "x", fate: .delete, files: Array(files.prefix(3))).deletions == ["x/a", "x/b"])
        #expect(ItemPlan(item: "x", fate: .delete).deletions == ["x/"])
        #expect(ItemPlan(item: "x", fate: .delete, files: [Self.decision("gone", .forget, remote: false)]).deletions == ["x/"])
        for fate in [.keep, .create, .forget, .refuse] as [ItemPlan.Fate] { #expect(ItemPlan(item: "x", fate: fate).deletions.isEmpty) }
    }

    @Test("without its deletions a plan deletes nothing and is otherwise the same")
    func withoutDeletions() {
        for fate in [.keep, .create, .delete, .forget, .refuse] as [ItemPlan.Fate] {
            let plan = ItemPlan(item: "x", itemID: "1", type: "iso", retypes: true, fate: fate, files: Self.all, holds: [Hold(.conflict, reason: "")])
            let held = plan.withoutDeletions()
            #expect(held.deletions.isEmpty && held.removals.isEmpty)
            #expect(held.fate == (fate == .delete ? .keep : fate))
            #expect(held.sends == plan.sends && held.holds == plan.holds && held.type == plan.type && held.itemID == plan.itemID && held.retypes)
            #expect(zip(plan.files, held.files).allSatisfy { $0 == $1 || ($0.action == .remove && $1.action == .leave("its deletion is held")) })
            #expect(held.withoutDeletions() == held)
        }
    }

    @Test("a conflict is approved for the version and checksum that were shown")
    func subjects() {
        func subject(_ name: String, _ version: String?, _ checksum: Checksum? = nil, _ row: DecisionRow = .conflict) -> String {
            let remote = version.map { RemoteFile(name: name, version: $0, checksum: checksum) }
            return FileDecision(name: name, row: row, action: .hold, remote: remote).subject
        }
        let subjects = [
            subject("a", "1", nil, .goneConflict), subject("a", "1"), subject("a", "2"), subject("b", "1"), subject("a", nil),
            subject("a", "1", Checksum(.sha1, hex: "aa")),
            subject("a", "1", Checksum(.sha1, hex: "ab")), subject("a", "1", Checksum(.sha256, hex: "aa")), subject("a", "2", Checksum(.sha1, hex: "aa")),
        ]
        #expect(Set(subjects).count == subjects.count)
    }
}
