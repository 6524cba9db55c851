import Testing

@testable import MirrorCore

@Suite struct HoldTests {
    @Test(
        "every hold: its name, what stops, and whether approve can end it",
        arguments: [
            ("root-missing", .mirror, false), ("root-unreadable", .mirror, false), ("root-empty", .mirror, true), ("root-changed", .deletions, true),
            ("max-delete", .deletions, true), ("mapping-changed", .deletions, true), ("extraneous", .deletions, true), ("library-changed", .mirror, true),
            ("conflict", .item, true), ("rival-writer", .item, true), ("type-changed", .item, true), ("source-not-answering", .mirror, false),
        ] as [(String, Hold.Scope, Bool)])
    func table(_ name: String, _ scope: Hold.Scope, _ approvable: Bool) {
        let kind = Hold.Kind(rawValue: name)
        #expect(kind?.scope == scope)
        #expect(kind?.isApprovable == approvable)
        #expect(Hold.Kind.allCases.count == 12)
    }

    @Test("a digest names the kind, the item and every subject, and nothing else")
    func digests() {
        let hold = Hold(.maxDelete, reason: "60 of 100", subjects: ["a/x", "a/y"])
        #expect(hold.digest == Hold(.maxDelete, reason: "61 of 101", subjects: ["a/y", "a/x"]).digest)
        let others = [
            Hold(.rootChanged, reason: "", subjects: ["a/x", "a/y"]), Hold(.maxDelete, item: "a", reason: "", subjects: ["a/x", "a/y"]),
            Hold(.maxDelete, reason: "", subjects: ["a/x"]), Hold(.maxDelete, reason: "", subjects: ["a/x", "a/y", "a/z"]),
            Hold(.maxDelete, reason: "", subjects: ["a/xa/y"]), Hold(.maxDelete, reason: "", subjects: ["a/", "xa/y"]),
        ]
        #expect(Set(([hold] + others).map(\.digest)).count == others.count + 1)
        #expect(hold.digest.utf8.count == 16 && hold.digest.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
    }

    @Test("a digest is the same on every machine and in every release, for it is typed by people and kept in scripts")
    func digestIsStable() {
        #expect(planDigest(of: [String]()) == "cbf29ce484222325")
        #expect(planDigest(of: ["max-delete", "", "a/x"]) == "fca3b5d80c06d9bf")
    }

    @Test("the digest of a mirror is over what a person can release, in any order")
    func planDigests() {
        let (conflict, tooMany) = (Hold(.conflict, item: "a", reason: "", subjects: ["x"]), Hold(.maxDelete, reason: "", subjects: ["a/x"]))
        let missing = Hold(.rootMissing, reason: "")
        #expect(planDigest(of: [Hold]()) == nil && planDigest(of: [missing]) == nil)
        #expect(planDigest(of: [conflict]) == conflict.digest)
        #expect(planDigest(of: [conflict, missing]) == conflict.digest)
        #expect(planDigest(of: [conflict, tooMany]) == planDigest(of: [tooMany, missing, conflict]))
        #expect(Set([planDigest(of: [conflict]), planDigest(of: [tooMany]), planDigest(of: [conflict, tooMany])]).count == 3)
    }

    @Test("an approval covers what was shown and less, of its kind and item")
    func covers() {
        let hold = Hold(.maxDelete, reason: "", subjects: ["a", "b"])
        #expect(Approval(hold).covers(hold))
        #expect(Approval(hold).covers(Hold(.maxDelete, reason: "another", subjects: ["a"])))
        #expect(!Approval(hold).covers(Hold(.maxDelete, reason: "", subjects: ["a", "b", "c"])))
        #expect(!Approval(hold).covers(Hold(.maxDelete, reason: "", subjects: ["c"])))
        #expect(!Approval(hold).covers(Hold(.rootChanged, reason: "", subjects: ["a", "b"])))
        #expect(!Approval(hold).covers(Hold(.maxDelete, item: "x", reason: "", subjects: ["a"])))
    }

    @Test("seeded: an approval covers exactly the subsets of what was shown")
    func coversSubsets() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            func subjects() -> Set<String> { Set((0..<6).filter { _ in Bool.random(using: &random) }.map { "f\($0)" }) }
            let (shown, later) = (subjects(), subjects())
            let covered = Approval(kind: .extraneous, item: nil, subjects: shown).covers(Hold(.extraneous, reason: "", subjects: later))
            #expect(covered == later.subtracting(shown).isEmpty)
        }
    }
}
