import ContentLibraryAPI
import Testing

@testable import MirrorCore

/// The rows of the decision table in which what we published is not what is there: moved or gone, at the server or here.
@Suite struct ReconcilerRemoteTests {
    // MARK: remote moved

    @Test("remote moved: repaired", arguments: ServerManner.allCases)
    func drift(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2])
        sides.expect(.drift, .send)
        if manner.proves { sides.with { $0.upload("a.iso", 2, version: "v1") }.expect(.drift, .send) }
    }

    @Test("remote moved, as only the item's content_version shows: repaired where no checksum denies it", arguments: ServerManner.allCases)
    func driftByContentVersion(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.moveRemoteItem() }
        if manner.proves { sides.expect(.inSync, .nothing) } else { sides.expect(.drift, .send) }
        // A version that either side lacks says nothing.
        sides.with { $0.situation.base?.token.contentVersion = nil }.expect(.inSync, .nothing)
        sides.with { $0.situation.remote?.token.contentVersion = nil }.expect(.inSync, .nothing)
    }

    @Test("remote moved: a moved modification time over an unmoved list is no difference", arguments: ServerManner.allCases)
    func driftByTime(_ manner: ServerManner) {
        ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
            .with { $0.situation.remote?.token.lastModified = Timestamp(milliseconds: 99) }.expect(.inSync, .nothing)
    }

    @Test("remote moved, drift = report: only reported, and not in sync", arguments: ServerManner.allCases)
    func driftReported(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2]).with { $0.rules.drift = .report }
        sides.expect(.drift, .report)
        #expect(!sides.plan.writes && !sides.plan.isSettled)
        sides.with { $0.touch("a.iso") }.expect(.drift, .report)
    }

    @Test("remote moved, the local file not stable: its content is not known, nothing is sent")
    func driftUnsettled() {
        let sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2]).with { $0.situation.unsettled = ["a.iso": "being written"] }
        sides.expect(.drift, .wait("being written"))
        sides.with { $0.touch("a.iso") }.expect(.replace, .wait("being written"))
    }

    @Test("remote moved, shown by the content_version alone: what the record keeps shows it after the token is recorded anew")
    func driftStaysRecorded() {
        for (row, sides) in [
            (.drift, ItemSides(.nothing, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.rules.drift = .report }),
            (.goneConflict, ItemSides(.nothing, local: [:], base: ["a.iso": 1], remote: ["a.iso": 1])),
            (.inSync, ItemSides(.nothing, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.unmanage("a.iso") }),
            (.inSync, ItemSides(.nothing, local: nil, base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.situation.localIsProven = false }),
            (
                .inSync,
                ItemSides(.nothing, local: nil, base: ["a.iso": 1], remote: ["a.iso": 1]).with {
                    $0.situation.unmanaged = Unmanaged(path: .root, reason: .excluded)
                }
            ),
        ] as [(DecisionRow, ItemSides)] {
            var moved = sides.with { $0.moveRemoteItem() }
            let decision = moved.plan.files.first
            #expect(decision?.row == row)
            // The next pass, with the file's record as this one leaves it beside the token as it is now.
            moved.situation.base?.token = ChangeToken(contentVersion: "8", lastModified: nil)
            moved.situation.base?.files["a.iso"] = decision?.base
            #expect(moved.plan.files.first?.row == row)
            // And once nothing is here, it is not taken for ours.
            moved.situation.unmanaged = nil
            moved.situation.localIsProven = true
            moved.situation.local?.unmanaged = [:]
            moved.situation.local?.files = [:]
            #expect(moved.plan.files.first?.action == .hold)
        }
    }

    // MARK: local and remote moved apart

    @Test("local and remote moved apart: local wins", arguments: ServerManner.allCases, MirrorRules.Drift.allCases)
    func localWins(_ manner: ServerManner, _ drift: MirrorRules.Drift) {
        var sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2]).with { $0.write("a.iso", 3) }
        sides.rules.drift = drift
        sides.expect(.localWins, .send)
        // It is reported with what it overwrites.
        #expect(sides.plan.sends.first?.remote == manner.remote("a.iso", 2))
        sides.with { $0.situation.unsettled = ["a.iso": "being written"] }.expect(.replace, .wait("being written"))
        let longer = sides.with {
            $0.write("a.iso", 3, size: 101)
            $0.situation.unsettled = ["a.iso": "being written"]
        }
        longer.expect(.localWins, .wait("being written"))
        #expect(longer.firstPlan.unknowns.isEmpty)
    }

    // MARK: local and remote moved alike

    @Test("local and remote moved alike: adopt", arguments: ServerManner.allCases)
    func converged(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 2]).with { $0.write("a.iso", 2) }
        // Without a checksum nothing tells that they are alike.
        if manner.proves { sides.expect(.converged, .adopt) } else { sides.expect(.localWins, .send) }
        if manner.proves { sides.with { $0.write("a.iso", 2, size: 101) }.expect(.converged, .adopt) }
    }

    // MARK: local gone

    @Test("local gone: the file is removed", arguments: ServerManner.allCases)
    func delete(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1, "b.iso": 2], remote: ["a.iso": 1, "b.iso": 2])
        sides.expect(.delete, .remove, of: "b.iso")
        #expect(sides.plan.deletions == ["debian-12/b.iso"])
        // An empty directory: the item stays, empty.
        ItemSides(manner, local: [:], base: ["a.iso": 1], remote: ["a.iso": 1]).expect(.delete, .remove)
    }

    @Test("local gone, with its directory: the item is deleted", arguments: ServerManner.allCases)
    func deleteItem(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: nil, base: ["a.iso": 1, "b.iso": 2], remote: ["a.iso": 1, "b.iso": 2])
        sides.expect(.delete, .remove, fate: .delete)
        #expect(sides.plan.deletions == ["debian-12/a.iso", "debian-12/b.iso"])
        // Of what we published something is gone already: the rest is still nothing but ours.
        let less = ItemSides(manner, local: nil, base: ["a.iso": 1, "b.iso": 2], remote: ["a.iso": 1])
        less.expect(.delete, .remove, fate: .delete)
        #expect(less.plan.deletions == ["debian-12/a.iso"])
        #expect(ItemSides(manner, local: nil, base: [:], remote: [:]).plan.fate == .delete)
    }

    @Test("local gone, with its directory, and something that is not ours in the item: ours goes, the item stays", arguments: ServerManner.allCases)
    func deleteOurs(_ manner: ServerManner) {
        let foreign = ItemSides(manner, local: nil, base: ["a.iso": 1], remote: ["a.iso": 1, "theirs.iso": 9])
        foreign.expect(.delete, .remove)
        foreign.expect(.foreign, .leave("foreign"), of: "theirs.iso")
        let moved = ItemSides(manner, local: nil, base: ["a.iso": 1, "b.iso": 2], remote: ["a.iso": 1, "b.iso": 9])
        moved.expect(.goneConflict, .hold, of: "b.iso", fate: .refuse, holds: [.conflict])
        #expect(moved.plan.deletions.isEmpty)
    }

    @Test("local gone, delete = keep: kept", arguments: ServerManner.allCases)
    func keep(_ manner: ServerManner) {
        for local in [nil, [:]] as [[String: Int]?] {
            let sides = ItemSides(manner, local: local, base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.rules.delete = .keep }
            sides.expect(.delete, .leave("delete = \"keep\""))
            #expect(sides.plan.deletions.isEmpty && !sides.plan.writes && sides.plan.isSettled)
        }
    }

    @Test("local gone, as an incomplete listing says: nothing is deleted, and the record stays as it is", arguments: ServerManner.allCases)
    func incomplete(_ manner: ServerManner) {
        for remote in [1, 2] {
            var unproven = ItemSides(manner, local: nil, base: ["a.iso": 1], remote: ["a.iso": remote])
            unproven.situation.localIsProven = false
            var unreadable = ItemSides(manner, local: [:], base: ["a.iso": 1], remote: ["a.iso": remote])
            unreadable.situation.localIsProven = true
            unreadable.situation.local?.listingIsComplete = false
            for sides in [unproven, unreadable] {
                let plan = sides.plan
                #expect(plan.deletions.isEmpty && !plan.writes && plan.holds.isEmpty && plan.fate == .keep)
                // `nothing` would record the remote file, moved or not, as ours.
                guard case .leave? = plan.files.first?.action else { return #expect(Bool(false), "\(plan)") }
            }
        }
    }

    @Test("local gone, as a name that is not managed: its remote copy stays", arguments: ServerManner.allCases, [1, 2])
    func unmanaged(_ manner: ServerManner, _ remote: Int) {
        let reasons: [Unmanaged.Reason] = [
            .excluded, .symlink, .special, .badName("too long"), .nestedDirectory, .collision(with: .root),
            .unreadable(ScanProblem(path: .root, code: 13, text: "Permission denied")),
        ]
        for reason in reasons {
            let file = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": remote]).with { $0.unmanage("a.iso", reason) }
            file.expect(.inSync, .leave(reason.text))
            var item = ItemSides(manner, local: nil, base: ["a.iso": 1], remote: ["a.iso": remote, "theirs.iso": 3])
            item.rules.extraneous = .remove
            item.situation.isRemovableAsExtraneous = true
            item.situation.unmanaged = Unmanaged(path: RelativePath("debian-12") ?? .root, reason: reason)
            item.expect(.inSync, .leave(reason.text))
            #expect(!item.plan.writes && !file.plan.writes && item.plan.deletions.isEmpty)
        }
        var foreign = ItemSides(manner, local: [:], base: [:], remote: ["a.iso": remote])
        foreign.rules.extraneous = .remove
        foreign.with { $0.unmanage("a.iso") }.expect(.inSync, .leave("excluded"))
    }

    // MARK: local gone, remote moved

    @Test("local gone, remote moved: conflict, never deleted", arguments: ServerManner.allCases, MirrorRules.Extraneous.allCases)
    func goneConflict(_ manner: ServerManner, _ extraneous: MirrorRules.Extraneous) {
        for local in [nil, [:]] as [[String: Int]?] {
            var sides = ItemSides(manner, local: local, base: ["a.iso": 1], remote: ["a.iso": 2])
            sides.rules.extraneous = extraneous
            sides.expect(.goneConflict, .hold, fate: .refuse, holds: [.conflict])
            #expect(sides.plan.deletions.isEmpty)
        }
    }

    @Test("local gone, remote moved: an approval forgets it, and the remote file stays as foreign", arguments: ServerManner.allCases)
    func approvedGoneConflict(_ manner: ServerManner) {
        var sides = ItemSides(manner, local: [:], base: ["a.iso": 1], remote: ["a.iso": 2])
        sides.approve(sides.plan.holds)
        sides.expect(.goneConflict, .forget)
        #expect(sides.plan.onlyRecords && sides.plan.deletions.isEmpty)
        sides.with { $0.upload("a.iso", 3) }.expect(.goneConflict, .hold, fate: .refuse, holds: [.conflict])
        sides.situation.base?.files = [:]
        sides.expect(.foreign, .leave("foreign"))
    }

    // MARK: remote gone

    @Test("remote gone: added again", arguments: ServerManner.allCases)
    func lost(_ manner: ServerManner) {
        ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: [:]).expect(.lost, .send)
        ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: nil).expect(.lost, .send, fate: .create)
        let moved = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: [:]).with { $0.write("a.iso", 2) }
        moved.expect(.lost, .send)
        moved.with { $0.situation.unsettled = ["a.iso": "being written"] }.expect(.lost, .wait("being written"))
    }

    @Test("remote gone, drift = report: only reported, until the local file moves", arguments: ServerManner.allCases)
    func lostReported(_ manner: ServerManner) {
        for remote in [nil, [:]] as [[String: Int]?] {
            let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: remote).with { $0.rules.drift = .report }
            sides.expect(.lost, .report)
            #expect(!sides.plan.writes && !sides.plan.isSettled)
            // Only its status moved: it is read before anything is decided.
            sides.with { $0.touch("a.iso") }.expect(.lost, .report)
            sides.with { $0.write("a.iso", 2) }.expect(.lost, .send, fate: remote == nil ? .create : .keep)
        }
    }

    // MARK: base only

    @Test("base only: forget", arguments: ServerManner.allCases)
    func forget(_ manner: ServerManner) {
        ItemSides(manner, local: [:], base: ["a.iso": 1], remote: [:]).expect(.forget, .forget)
        ItemSides(manner, local: nil, base: ["a.iso": 1], remote: nil).expect(.forget, .forget, fate: .forget)
        ItemSides(manner, local: [:], base: ["a.iso": 1], remote: nil).expect(.forget, .forget, fate: .forget)
        #expect(ItemSides(manner, local: nil, base: [:], remote: nil).plan.fate == .forget)
    }

    @Test("base only, on an incomplete listing: the record stays")
    func forgetIncomplete() {
        var unproven = ItemSides(local: nil, base: ["a.iso": 1], remote: nil)
        unproven.situation.localIsProven = false
        unproven.expect(.forget, .nothing)
        var unreadable = ItemSides(local: [:], base: ["a.iso": 1], remote: nil)
        unreadable.situation.local?.listingIsComplete = false
        unreadable.expect(.forget, .nothing)
    }

    @Test("base only of its files: an item in which nothing of ours is left is forgotten, and stays")
    func forgetItem() {
        let sides = ItemSides(local: nil, base: [:], remote: ["theirs.iso": 1])
        sides.expect(.foreign, .leave("foreign"), of: "theirs.iso", fate: .forget)
        sides.with { $0.situation.localIsProven = false }.expect(.foreign, .leave("foreign"), of: "theirs.iso")
    }
}
