import ContentLibraryAPI
import Testing

@testable import MirrorCore

/// What is decided of an item as a whole.
@Suite struct ReconcilerItemTests {
    // MARK: which item it is

    @Test("an item of our name with another id is somebody else's: our record says nothing of it", arguments: ServerManner.allCases)
    func anotherItem(_ manner: ServerManner) {
        // Its file and content versions may be those that ours had.
        var sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2])
        sides.upload("a.iso", 2, version: "v1")
        sides.situation.remote?.id = "item-2"
        sides.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        var gone = ItemSides(manner, local: nil, base: ["a.iso": 1], remote: ["a.iso": 1])
        gone.situation.remote?.id = "item-2"
        for extraneous in MirrorRules.Extraneous.allCases {
            gone.rules.extraneous = extraneous
            gone.expect(.foreign, .leave("foreign"), fate: .forget)
            #expect(gone.plan.deletions.isEmpty && !gone.plan.writes)
        }
        gone.situation.localIsProven = false
        #expect(gone.plan.fate == .keep)
    }

    @Test("an item of our name with another id, while ours is not managed here: what is recorded of it never passes for ours", arguments: ServerManner.allCases)
    func anotherItemUnmanaged(_ manner: ServerManner) {
        var sides = ItemSides(manner, local: nil, base: ["a.iso": 1], remote: ["a.iso": 2])
        sides.upload("a.iso", 2, version: "v1")
        sides.situation.remote?.id = "item-2"
        sides.situation.unmanaged = Unmanaged(path: .root, reason: .excluded)
        let recorded = sides.plan.files.first?.base
        sides.situation.base?.files["a.iso"] = recorded
        sides.situation.base?.id = "item-2"
        sides.situation.unmanaged = nil
        sides.expect(.goneConflict, .hold, fate: .refuse, holds: [.conflict])
    }

    @Test("an item of our name with another id and our content is adopted")
    func anotherItemWithOurContent() {
        var sides = ItemSides(.checksum, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        sides.situation.remote?.id = "item-2"
        sides.expect(.adopt, .adopt)
        #expect(sides.plan.itemID == "item-2")
    }

    @Test("an empty directory never creates an item")
    func emptyDirectory() {
        let plan = ItemSides(local: [:], base: nil, remote: nil).plan
        #expect(plan.fate == .keep && !plan.writes && plan.isSettled)
    }

    @Test("an empty file is published")
    func emptyFile() {
        ItemSides(local: [:], base: nil, remote: nil).with { $0.write("empty.txt", 0, size: 0) }.expect(.add, .send, of: "empty.txt", fate: .create)
    }

    @Test("nothing anywhere: nothing")
    func nothing() {
        let plan = ItemSides(local: nil, base: nil, remote: nil).plan
        #expect(plan.isSettled && plan.files.isEmpty && plan.itemID == nil)
    }

    // MARK: holds

    @Test("conflict: an item that differs only in case has the name", arguments: [nil, [:], ["a.iso": 1]] as [[String: Int]?])
    func namesake(_ base: [String: Int]?) {
        var sides = ItemSides(local: ["a.iso": 1], base: base, remote: nil)
        sides.situation.remoteNamesake = "Debian-12"
        let plan = sides.plan
        #expect(plan.holds.map(\.kind) == [.conflict] && plan.fate == .refuse && !plan.writes)
        #expect(plan.holds.first?.reason.contains("Debian-12") == true)
        sides.situation.remoteNamesake = nil
        #expect(sides.plan.fate == .create)
    }

    @Test("conflict: names that come from the server cannot break a line of the log")
    func namesakePrinted() {
        var sides = ItemSides(local: ["a.iso": 1], base: nil, remote: nil)
        sides.situation.remoteNamesake = "DEBIAN-12\n\u{1b}[2J"
        #expect(sides.plan.holds.first?.reason.contains("DEBIAN-12\\x0a\\x1b[2J") == true)
    }

    @Test("rival-writer: repaired three times in a day and moved again", arguments: [.drift, .lost] as [DecisionRow])
    func rivalWriter(_ row: DecisionRow) {
        var sides = ItemSides(local: ["a.iso": 1, "b.iso": 2], base: ["a.iso": 1], remote: row == .drift ? ["a.iso": 9] : [:])
        sides.situation.repairs = 2
        sides.expect(row, .send)
        sides.situation.repairs = 3
        sides.expect(row, .hold, fate: .refuse, holds: [.rivalWriter])
        sides.expect(.add, .hold, of: "b.iso", fate: .refuse, holds: [.rivalWriter])
        #expect(!sides.plan.writes)
        // An approval begins a new count; the next three repairs need a new word.
        sides.approve(sides.plan.holds)
        sides.situation.repairs = 0
        sides.expect(row, .send)
        sides.situation.repairs = 3
        sides.expect(row, .hold, fate: .refuse, holds: [.rivalWriter])
    }

    @Test("rival-writer: what is no repair is sent, however often the item was repaired")
    func noRival() {
        var sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.write("a.iso", 2) }
        sides.situation.repairs = 9
        sides.expect(.replace, .send)
        sides.with { $0.upload("a.iso", 3) }.expect(.localWins, .send)
        // The remote side is as we left it: the hold's cause is gone.
        let quiet = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.situation.repairs = 9 }
        quiet.expect(.inSync, .nothing)
        // Reporting is no repairing.
        let reporting = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2]).with {
            $0.situation.repairs = 9
            $0.rules.drift = .report
        }
        reporting.expect(.drift, .report)
    }

    @Test("root-empty of an item: its directory is empty and no longer the mount it was", arguments: ServerManner.allCases)
    func mountGone(_ manner: ServerManner) {
        var sides = ItemSides(manner, local: [:], base: ["a.iso": 1, "b.iso": 2], remote: ["a.iso": 1, "b.iso": 2])
        sides.situation.mountChanged = true
        sides.expect(.delete, .hold, fate: .refuse, holds: [.rootEmpty])
        #expect(sides.plan.deletions.isEmpty && !sides.plan.writes)
        #expect(sides.plan.holds.first?.item == ItemSides.item)
        sides.with { $0.unmanage("lost+found") }.expect(.delete, .hold, fate: .refuse, holds: [.rootEmpty])
        // A word for less does not cover more.
        let less = sides.with { $0.situation.base?.files["b.iso"] = nil }
        sides.with { $0.approve(less.plan.holds) }.expect(.delete, .hold, fate: .refuse, holds: [.rootEmpty])
        sides.with { $0.approve(sides.plan.holds) }.expect(.delete, .remove)
        less.with { $0.approve(sides.plan.holds) }.expect(.delete, .remove)
        sides.with { $0.situation.mountChanged = false }.expect(.delete, .remove)
        // Nor is the record dropped while it waits, should the item or a file be gone: what is under a missing mount is not known to be gone.
        sides.with { $0.situation.remote = nil }.expect(.forget, .hold, fate: .refuse, holds: [.rootEmpty])
        sides.with { $0.situation.remote?.files = [:] }.expect(.forget, .hold, fate: .refuse, holds: [.rootEmpty])
        // Something is there: not a mount point that waits for its disk.
        sides.with { $0.write("a.iso", 1) }.expect(.delete, .remove, of: "b.iso")
    }

    @Test("type-changed: a virtual machine template is never written, whatever is approved")
    func template() {
        for base in [nil, ["a.iso": 1]] as [[String: Int]?] {
            for local in [nil, ["a.iso": 1], ["a.iso": 2]] as [[String: Int]?] where base != nil || local != nil {
                var sides = ItemSides(local: local, base: base, remote: ["a.iso": 1])
                sides.situation.remote?.type = "vm-template"
                sides.rules.extraneous = .remove
                sides.situation.isRemovableAsExtraneous = true
                sides.approve([Hold(.typeChanged, item: ItemSides.item, reason: "", subjects: ["vm-template", "generic"])])
                let plan = sides.plan
                #expect(plan.holds.map(\.kind) == [.typeChanged] && plan.fate == .refuse)
                #expect(!plan.writes && plan.adoptions.isEmpty && plan.deletions.isEmpty && sides.firstPlan.unknowns.isEmpty)
            }
        }
    }

    @Test("type-changed: somebody else's item of a type of its own keeps it until a person says otherwise")
    func foreignType() {
        var sides = ItemSides(local: ["a.iso": 1, "new.iso": 3], base: nil, remote: ["a.iso": 1, "theirs.bin": 2])
        sides.situation.remote?.type = "firmware"
        let plan = sides.plan
        #expect(plan.holds.map(\.kind) == [.typeChanged] && plan.fate == .refuse && !plan.writes && !plan.retypes)
        // Nothing is recorded either: a record would say that the item is ours.
        #expect(plan.adoptions.isEmpty)
        sides.approve(plan.holds)
        sides.expect(.add, .send, of: "new.iso")
        #expect(!sides.plan.retypes)
        sides.situation.approvals = []
        sides.situation.intended = ["new.iso"]
        #expect(sides.plan.holds.isEmpty)
    }

    @Test("type-changed: an item of packages takes no plain files, whatever is approved")
    func packageItem() {
        for type in [nil, "generic", "iso"] as [String?] {
            for base in [nil, ["a.iso": 1]] as [[String: Int]?] {
                var sides = ItemSides(local: ["a.iso": 1, "new.iso": 3], base: base, remote: ["a.iso": 1])
                sides.situation.local?.type = type
                sides.situation.remote?.type = "ovf"
                // Of our own item the server is asked first whether it changes the type.
                #expect(sides.plan.retypes == (base != nil))
                sides.approve([Hold(.typeChanged, item: ItemSides.item, reason: "", subjects: [type ?? "generic", "package"])])
                let plan = sides.plan
                #expect(plan.holds.map(\.kind) == [.typeChanged] && plan.fate == .refuse && !plan.writes && !plan.retypes && plan.adoptions.isEmpty)
            }
        }
        var package = ItemSides(local: ["a.iso": 1, "new.iso": 3], base: nil, remote: ["a.iso": 1])
        package.situation.local?.type = "ovf"
        package.situation.remote?.type = "ovf"
        #expect(package.plan.holds.isEmpty && package.plan.writes)
    }

    // MARK: types

    @Test(
        "an item whose type changed is retyped",
        arguments: [
            (nil, nil, false), (nil, "", false), (nil, "generic", false), ("generic", nil, false), ("iso", "iso", false), ("iso", nil, true),
            ("iso", "generic", true),
            (nil, "iso", true), ("", "iso", true), ("iso", "ovf", true), ("iso", "ISO", true),
        ] as [(String?, String?, Bool)])
    func retypes(_ local: String?, _ remote: String?, _ retypes: Bool) {
        var sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        sides.situation.local?.type = local
        sides.situation.remote?.type = remote
        #expect(sides.plan.retypes == retypes)
        #expect(sides.plan.writes == retypes && sides.plan.isSettled == !retypes)
        #expect(sides.plan.type == local)
        // An empty directory has no type.
        sides.situation.local?.files = [:]
        #expect(!sides.plan.retypes)
    }

    @Test("type-changed: approved, the item goes on under the type it has")
    func keepsType() {
        var sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.write("a.iso", 2) }
        sides.situation.local?.type = "iso"
        // As the publisher raises it when the server refuses the change.
        let refused = Hold(.typeChanged, item: ItemSides.item, reason: "refused", subjects: ["iso"])
        #expect(sides.plan.retypes)
        sides.approve([refused])
        #expect(!sides.plan.retypes)
        sides.expect(.replace, .send)
        // Another change is another question.
        sides.situation.local?.type = nil
        sides.situation.remote?.type = "iso"
        #expect(sides.plan.retypes)
        sides.approve([Hold(.typeChanged, item: "other", reason: "", subjects: ["generic"])])
        #expect(sides.plan.retypes)
        sides.approve([Hold(.typeChanged, item: ItemSides.item, reason: "", subjects: ["generic"])])
        #expect(!sides.plan.retypes)
    }

    @Test("a held item is not retyped either")
    func heldTypes() {
        var sides = ItemSides(local: ["a.iso": 1], base: nil, remote: ["a.iso": 2])
        sides.situation.local?.type = "iso"
        #expect(sides.plan.holds.map(\.kind) == [.conflict])
        #expect(!sides.plan.retypes && !sides.plan.writes)
    }

    // MARK: names

    @Test("names that are canonically equivalent never trap")
    func equivalentNames() {
        let (composed, decomposed) = ("caf\u{e9}.iso", "cafe\u{301}.iso")
        for (local, base, remote) in [(composed, decomposed, composed), (decomposed, composed, decomposed), (composed, composed, decomposed)] {
            let sides = ItemSides(local: [local: 1], base: [base: 1], remote: [remote: 1])
            #expect(sides.plan.files.count == 1 && sides.plan.isSettled)
            #expect(ItemSides(local: nil, base: [base: 1], remote: [remote: 1]).plan.deletions.count == 1)
            #expect(ItemSides(local: [local: 1], base: nil, remote: [remote: 2]).plan.holds.count == 1)
        }
        // What is removed is what we published, byte for byte.
        let gone = ItemSides(local: [:], base: [decomposed: 1], remote: [composed: 1]).plan
        #expect(gone.removals.map { Array($0.name.utf8) } == [Array(decomposed.utf8)])
    }
}
