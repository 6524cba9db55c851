import ContentLibraryAPI
import Testing

@testable import MirrorCore

/// The rows of the decision table, each under its own name, against servers of every manner.
@Suite struct ReconcilerTests {
    // MARK: local only

    @Test("local only: add", arguments: ServerManner.allCases)
    func localOnly(_ manner: ServerManner) {
        ItemSides(manner, local: ["a.iso": 1], base: nil, remote: nil).expect(.add, .send, fate: .create)
        ItemSides(manner, local: ["a.iso": 1], base: nil, remote: [:]).expect(.add, .send)
        ItemSides(manner, local: ["a.iso": 1, "b.iso": 2], base: ["b.iso": 2], remote: ["b.iso": 2]).expect(.add, .send)
    }

    @Test("local only, not stable: waits, and creates no item")
    func localOnlyUnsettled() {
        let sides = ItemSides(local: ["a.iso": 1], base: nil, remote: nil).with { $0.situation.unsettled = ["a.iso": "being written"] }
        sides.expect(.add, .wait("being written"))
        sides.with { $0.write("b.iso", 2) }.expect(.add, .send, of: "b.iso", fate: .create)
    }

    // MARK: local equals remote, no base

    @Test("local equals remote, no base: adopt", arguments: ServerManner.allCases)
    func adopt(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: nil, remote: ["a.iso": 1])
        if manner.proves {
            sides.expect(.adopt, .adopt)
            #expect(!sides.plan.writes && sides.plan.onlyRecords)
        } else {
            // Never by name and size.
            sides.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        }
        let downloading = sides.with { $0.rules.adopt = .download }
        downloading.expect(.adopt, .adopt)
        #expect(downloading.firstPlan.unknowns.map(\.action) == [manner.proves ? .hash([manner == .checksum ? .sha1 : .sha512]) : .download])
    }

    @Test("local equals remote, no base, an intent of ours open: adopt without a transfer, where the server proves it")
    func adoptAfterCrash() {
        for manner in ServerManner.allCases {
            let sides = ItemSides(manner, local: ["a.iso": 1], base: nil, remote: ["a.iso": 1]).with { $0.situation.intended = ["a.iso"] }
            if manner.proves { sides.expect(.adopt, .adopt) } else { sides.expect(.add, .send) }
        }
    }

    // MARK: local differs from remote, no base

    @Test("local differs from remote, no base: conflict, the item is held and nothing written", arguments: ServerManner.allCases, MirrorRules.Adoption.allCases)
    func conflict(_ manner: ServerManner, _ adoption: MirrorRules.Adoption) {
        var sides = ItemSides(manner, local: ["a.iso": 1], base: nil, remote: ["a.iso": 2])
        sides.rules.adopt = adoption
        sides.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        #expect(!sides.plan.writes && !sides.plan.isSettled)
    }

    @Test("conflict: its equal files are adopted all the same, and no other file of the item is written", arguments: ServerManner.allCases.filter(\.proves))
    func conflictBesideOthers(_ manner: ServerManner) {
        var sides = ItemSides(
            manner, local: ["a.iso": 1, "equal.iso": 3, "new.iso": 4, "moved.iso": 6], base: ["moved.iso": 5, "gone.iso": 7],
            remote: ["a.iso": 2, "equal.iso": 3, "moved.iso": 5, "gone.iso": 7])
        sides.situation.local?.type = "iso"
        sides.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        sides.expect(.adopt, .adopt, of: "equal.iso", fate: .refuse, holds: [.conflict])
        sides.expect(.add, .hold, of: "new.iso", fate: .refuse, holds: [.conflict])
        sides.expect(.replace, .hold, of: "moved.iso", fate: .refuse, holds: [.conflict])
        sides.expect(.delete, .hold, of: "gone.iso", fate: .refuse, holds: [.conflict])
        #expect(!sides.plan.writes && sides.plan.onlyRecords && sides.plan.deletions.isEmpty)
    }

    @Test("conflict: an open intent of ours sends, for what is there may be ours", arguments: ServerManner.allCases)
    func openIntent(_ manner: ServerManner) {
        ItemSides(manner, local: ["a.iso": 1], base: nil, remote: ["a.iso": 2]).with { $0.situation.intended = ["a.iso"] }.expect(.add, .send)
    }

    @Test("conflict: an open intent of ours says nothing of a file that it does not send", arguments: ServerManner.allCases)
    func intentOfAnotherFile(_ manner: ServerManner) {
        ItemSides(manner, local: ["a.iso": 1, "b.iso": 3], base: nil, remote: ["a.iso": 2]).with { $0.situation.intended = ["b.iso"] }
            .expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
    }

    @Test("conflict: an approval takes it over, bound to the version and checksum that were shown", arguments: ServerManner.allCases)
    func approvedConflict(_ manner: ServerManner) {
        var sides = ItemSides(manner, local: ["a.iso": 1], base: nil, remote: ["a.iso": 2])
        sides.approve(sides.plan.holds)
        sides.expect(.conflict, .send)
        sides.with { $0.write("a.iso", 5) }.expect(.conflict, .send)
        sides.with { $0.upload("a.iso", 3) }.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        sides.with { $0.upload("a.iso", 2, version: "v9") }.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        if manner.proves { sides.with { $0.upload("a.iso", 3, version: "v2") }.expect(.conflict, .hold, fate: .refuse, holds: [.conflict]) }
        sides.with { $0.situation.item = "other" }.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        // A second conflict was not shown: the item waits for its own approval.
        let second = sides.with {
            $0.write("b.iso", 1)
            $0.upload("b.iso", 2)
        }
        second.expect(.conflict, .hold, of: "b.iso", fate: .refuse, holds: [.conflict])
        #expect(!second.plan.writes)
    }

    @Test("conflict: a word that released a remote file to be foreign is none to overwrite it", arguments: ServerManner.allCases)
    func releasedIsNotTakenOver(_ manner: ServerManner) {
        var sides = ItemSides(manner, local: [:], base: ["a.iso": 1], remote: ["a.iso": 2])
        sides.approve(sides.plan.holds)
        sides.expect(.goneConflict, .forget)
        sides.situation.base?.files = [:]
        sides.write("a.iso", 3)
        sides.expect(.conflict, .hold, fate: .refuse, holds: [.conflict])
        // Nor is the word for taking it over one for letting it go.
        sides.situation.approvals = []
        sides.approve(sides.plan.holds)
        sides.expect(.conflict, .send)
        var gone = ItemSides(manner, local: [:], base: ["a.iso": 1], remote: ["a.iso": 2])
        gone.situation.approvals = sides.situation.approvals
        gone.expect(.goneConflict, .hold, fate: .refuse, holds: [.conflict])
    }

    @Test("conflict: where the list proves nothing, an approval ends with the item's version, or with the item")
    func approvalOfUnprovenConflict() {
        for manner in ServerManner.allCases {
            var sides = ItemSides(manner, local: ["a.iso": 1], base: nil, remote: ["a.iso": 2])
            sides.approve(sides.plan.holds)
            for moved in [sides.with { $0.moveRemoteItem() }, sides.with { $0.situation.remote?.id = "item-2" }] {
                if manner.proves { moved.expect(.conflict, .send) } else { moved.expect(.conflict, .hold, fate: .refuse, holds: [.conflict]) }
            }
        }
    }

    @Test("conflict: once approved, nothing is downloaded to compare")
    func approvedWithoutDownload() {
        var sides = ItemSides(.nothing, local: ["a.iso": 1], base: nil, remote: ["a.iso": 2])
        sides.rules.adopt = .download
        sides.approve(sides.plan.holds)
        #expect(sides.firstPlan.sends.map(\.name) == ["a.iso"])
    }

    @Test("conflict: a file that is not stable is not compared, nor held")
    func conflictUnsettled() {
        let sides = ItemSides(local: ["a.iso": 1], base: nil, remote: ["a.iso": 2]).with { $0.situation.unsettled = ["a.iso": "being written"] }
        sides.expect(.conflict, .wait("being written"))
    }

    // MARK: remote only, no base

    @Test("remote only, no base: foreign, left alone", arguments: ServerManner.allCases)
    func foreign(_ manner: ServerManner) {
        let item = ItemSides(manner, local: nil, base: nil, remote: ["theirs.iso": 1])
        item.expect(.foreign, .leave("foreign"), of: "theirs.iso")
        #expect(item.plan.isSettled)
        let file = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1, "theirs.iso": 1])
        file.expect(.foreign, .leave("foreign"), of: "theirs.iso")
    }

    @Test("remote only, no base, extraneous = remove: goes, with its item where nothing else is in it")
    func extraneous() {
        var item = ItemSides(local: nil, base: nil, remote: ["theirs.iso": 1])
        item.rules.extraneous = .remove
        item.situation.isRemovableAsExtraneous = true
        item.expect(.foreign, .remove, of: "theirs.iso", fate: .delete)
        #expect(item.plan.deletions == ["debian-12/theirs.iso"])
        var file = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1, "theirs.iso": 1])
        file.rules.extraneous = .remove
        file.expect(.foreign, .remove, of: "theirs.iso")
        #expect(file.plan.deletions == ["debian-12/theirs.iso"])
        var empty = ItemSides(local: nil, base: nil, remote: [:])
        empty.rules.extraneous = .remove
        empty.situation.isRemovableAsExtraneous = true
        #expect(empty.plan.fate == .delete && empty.plan.deletions == ["debian-12/"])
    }

    @Test("remote only, no base, extraneous = remove: an item that may not go keeps its files too")
    func extraneousButProtected() {
        var item = ItemSides(local: nil, base: nil, remote: ["theirs.vmtx": 1])
        item.rules.extraneous = .remove
        for type in ["vm-template", "ovf", nil] {
            item.situation.remote?.type = type
            item.expect(.foreign, .leave("foreign"), of: "theirs.vmtx")
            #expect(item.plan.deletions.isEmpty && !item.plan.writes)
        }
    }

    @Test("remote only, no base, extraneous = remove: an empty directory makes nobody's item ours")
    func extraneousEmptyDirectory() {
        var sides = ItemSides(local: [:], base: nil, remote: ["theirs.vmtx": 1])
        sides.rules.extraneous = .remove
        for type in ["vm-template-2", "ovf", nil] {
            sides.situation.remote?.type = type
            sides.expect(.foreign, .leave("foreign"), of: "theirs.vmtx")
        }
        // One that may go has its files removed; the directory keeps the item.
        sides.situation.isRemovableAsExtraneous = true
        sides.expect(.foreign, .remove, of: "theirs.vmtx")
    }

    @Test("remote only, no base, extraneous = remove: nothing goes on an incomplete listing")
    func extraneousIncomplete() {
        var item = ItemSides(local: nil, base: nil, remote: ["theirs.iso": 1])
        item.rules.extraneous = .remove
        item.situation.isRemovableAsExtraneous = true
        item.situation.localIsProven = false
        item.expect(.foreign, .leave("foreign"), of: "theirs.iso")
        var file = ItemSides(local: [:], base: [:], remote: ["theirs.iso": 1])
        file.rules.extraneous = .remove
        file.situation.local?.listingIsComplete = false
        file.expect(.foreign, .leave("foreign"), of: "theirs.iso")
    }

    // MARK: local, base and remote equal

    @Test("local, base and remote equal: nothing", arguments: ServerManner.allCases)
    func inSync(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        sides.expect(.inSync, .nothing)
        #expect(sides.firstPlan.isSettled && !sides.firstPlan.onlyRecords)
        #expect(ItemSides(manner, local: [:], base: [:], remote: [:]).plan.isSettled)
    }

    @Test("local, base and remote equal, another status only: re-hashed, never re-uploaded", arguments: ServerManner.allCases)
    func statusOnly(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.touch("a.iso") }
        #expect(sides.firstPlan.unknowns.map(\.action) == [.hash([.sha1])])
        sides.expect(.inSync, .refresh)
        #expect(!sides.plan.writes && sides.plan.onlyRecords && sides.plan.isSettled)
        // Where the mirror is told not to compare it, it is not even read.
        let narrow = sides.with { $0.rules.fingerprint = [.size, .modified, .inode] }
        #expect(narrow.firstPlan.unknowns.isEmpty)
        narrow.expect(.inSync, .refresh)
    }

    @Test("local, base and remote equal: a version that moved under an equal checksum is no difference")
    func versionOnly() {
        for manner in ServerManner.allCases {
            let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.upload("a.iso", 1, version: "v9") }
            if manner.proves { sides.expect(.inSync, .nothing) } else { sides.expect(.drift, .send) }
        }
    }

    @Test("local, base and remote equal: a list without the checksum that it had is judged by versions")
    func checksumWithdrawn() {
        var sides = ItemSides(.checksum, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        sides.manner = .emptyChecksum
        sides.upload("a.iso", 1)
        sides.expect(.inSync, .nothing)
        sides.with { $0.moveRemoteItem() }.expect(.drift, .send)
        sides.with { $0.upload("a.iso", 1, version: "v9") }.expect(.drift, .send)
    }

    @Test("local, base and remote equal: a checksum that the list gives later is held against what was sent")
    func checksumGivenLater() {
        var sides = ItemSides(.emptyChecksum, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        sides.manner = .checksum
        sides.with { $0.upload("a.iso", 1, version: "v9") }.expect(.inSync, .nothing)
        sides.with { $0.upload("a.iso", 2, version: "v1") }.expect(.drift, .send)
        // Of one that was not taken of what was sent only the versions tell.
        sides.manner = .otherAlgorithm
        sides.with { $0.upload("a.iso", 1, version: "v1") }.expect(.inSync, .nothing)
        sides.with { $0.upload("a.iso", 1, version: "v9") }.expect(.drift, .send)
    }

    @Test("local, base and remote equal: a local file under another path is the same remote file")
    func otherPath() {
        let sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        sides.with { $0.situation.local?.files["a.iso"]?.path = RelativePath("debian-12/sub/a.iso") ?? .root }.expect(.inSync, .refresh)
    }

    // MARK: local moved

    @Test("local moved: replace, also where length and times of nothing else differ", arguments: ServerManner.allCases)
    func replace(_ manner: ServerManner) {
        let sides = ItemSides(manner, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1])
        let sameLength = sides.with { $0.write("a.iso", 2) }
        #expect(sameLength.firstPlan.unknowns.map(\.action) == [.hash([.sha1])])
        sameLength.expect(.replace, .send)
        let longer = sides.with { $0.write("a.iso", 2, size: 101) }
        // Another length is another content: nothing is read before it is sent.
        #expect(longer.firstPlan.sends.map(\.name) == ["a.iso"])
    }

    @Test("local moved: another length is seen whatever the mirror compares")
    func replaceByLength() {
        let sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with {
            $0.write("a.iso", 1, size: 101)
            $0.rules.fingerprint = [.modified]
        }
        sides.expect(.replace, .send)
    }

    @Test("local moved, not stable: the published version stays")
    func replaceUnsettled() {
        let sides = ItemSides(local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.situation.unsettled = ["a.iso": "being written"] }
        for size: Int64 in [100, 101] {
            let moved = sides.with { $0.write("a.iso", 2, size: size) }
            moved.expect(.replace, .wait("being written"))
            #expect(moved.firstPlan.unknowns.isEmpty && !moved.plan.writes)
        }
    }

    @Test("local moved, and nothing recorded of what was sent: replace")
    func replaceUnrecorded() {
        var sides = ItemSides(.nothing, local: ["a.iso": 1], base: ["a.iso": 1], remote: ["a.iso": 1]).with { $0.touch("a.iso") }
        sides.situation.base?.files["a.iso"]?.checksums = Checksums()
        sides.expect(.replace, .send)
    }
}
