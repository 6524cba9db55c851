import ContentLibraryAPI
import MirrorCore
import Testing

@testable import MirrorJournal

@Suite struct IntentsTests {
    let journal: Journal
    init() throws { journal = try Journal.inMemory() }

    private let token = IntentToken(rawValue: "t")
    private func plan() throws -> IntentPlan {
        IntentPlan(
            files: [
                PlannedFile(
                    name: "a\u{0}\"\\ 🗂", path: try .of([0xff, UInt8(ascii: "/"), 0x22]), fingerprint: .sample,
                    checksums: Checksums([Checksum(.sha512, hex: "01"), Checksum(.md5, hex: "02")]), algorithm: .sha256),
                PlannedFile(name: "b", path: try .of("item/b"), fingerprint: .sample),
            ],
            removals: ["old", "older"], type: "iso", directory: DirectoryIdentity(device: .max, inode: 1, born: nil, fileSystem: -1),
            expectedContentVersion: "4",
            seen: [RemoteFile(name: "old", version: "1", checksum: Checksum(.md5, hex: "03")), RemoteFile(name: "older", version: "", checksum: nil)])
    }
    private func state() async throws -> Intent.State? { try await journal.intent(token)?.state }

    @Test func everyKindAndStateComesBack() async throws {
        let kinds: [Intent.Kind] = [.publish(try plan()), .publish(IntentPlan(files: [])), .rename(to: "new"), .delete]
        var written: [Intent] = []
        for kind in kinds {
            for state in IntentTests.states {
                var intent = Intent.sample("token-\(written.count)", kind: kind)
                intent.state = state
                if written.count.isMultiple(of: 2) { (intent.itemToken, intent.itemID, intent.leaseUntil) = ("i", "item-id", .at(99)) }
                intent.createdAt = .at(Int64(written.count))
                try await journal.intend(intent)
                written.append(intent)
            }
        }
        #expect(try await journal.openIntents(in: .isos) == written)
        for intent in written { #expect(try await journal.intent(intent.token) == intent) }
    }

    @Test func aPublishOfANewItemStepByStep() async throws {
        let plan = try plan()
        try await journal.intend(.sample("t", kind: .publish(plan), itemToken: "i"))
        try await journal.recordItem("item-id", contentVersion: "1", of: token)
        #expect(try await state() == .itemCreated)
        try await journal.recordSession("sess", leaseUntil: .at(300), of: token)
        #expect(try await state() == .sessionOpen("sess"))
        try await journal.recordLease(until: .at(600), of: token)

        var sent = plan.files[0]
        sent.fingerprint.size = 99
        sent.checksums.insert(Checksum(.sha256, hex: "ff"))
        try await journal.recordCompleting(sent: [sent], of: token)
        let completing = try #require(try await journal.intent(token))
        #expect(completing.itemID == "item-id" && completing.leaseUntil == .at(600) && completing.state == .completing("sess"))
        var expected = plan
        expected.expectedContentVersion = "1"
        expected.files[0] = sent
        #expect(completing.kind == .publish(expected), "the files as sent, for a base made without the answer")

        let item = BaseItem.sample("item-id", "item", files: [try .sample("b")])
        try await journal.commit(item, of: "m", in: .isos, closing: token)
        #expect(try await state() == .published("sess"))
        #expect(try await journal.base(of: "m", in: .isos) == ["item": item])
        try await journal.close(token)
        #expect(try await state() == nil)
        try await journal.close(token)
    }

    @Test func aRefusedStepChangesNothing() async throws {
        try await journal.intend(.sample("t"))
        let before = try await journal.intent(token)
        let item = BaseItem.sample("id", "item")
        let other = LibraryKey(server: "guid-2", library: "lib-1")
        let unknown = IntentToken(rawValue: "unknown")
        let tries: [@Sendable () async throws -> Void] = [
            { [journal, token] in try await journal.recordItem("x", contentVersion: nil, of: token) },
            { [journal, token] in try await journal.recordCompleting(sent: [], of: token) },
            { [journal, token] in try await journal.commit(item, of: "m", in: .isos, closing: token) },
            { [journal, token] in try await journal.forget("id", of: "m", in: .isos, closing: token) },
            { [journal, token] in try await journal.rename("id", to: "x", of: "m", in: .isos, closing: token) },
            { [journal, token] in try await journal.commit(item, of: "m", in: other, closing: token) },
            { [journal, token] in try await journal.commit(item, of: "n", in: .isos, closing: token) },
            { [journal] in try await journal.commit(item, of: "m", in: .isos, closing: unknown) },
            { [journal] in try await journal.recordSession("s", leaseUntil: nil, of: unknown) },
            { [journal] in try await journal.recordAbandoning(unknown, reason: "") },
            { [journal] in try await journal.intend(.sample("t", item: "another")) },
        ]
        for (n, attempt) in tries.enumerated() {
            let error = await failure(attempt)
            guard case .outOfOrder = error else {
                Issue.record("try \(n): \(String(describing: error))")
                continue
            }
            #expect(error?.needsPerson == false)
        }
        #expect(try await journal.openIntents(in: .isos) == [before])
        #expect(try await journal.base(of: "m", in: .isos).isEmpty)
        try await journal.recordLease(until: .at(1), of: unknown)
    }

    @Test func aFileThatWasNotPlannedCannotHaveBeenSent() async throws {
        try await journal.intend(.sample("t", kind: .publish(try plan())))
        try await journal.recordSession("s", leaseUntil: nil, of: token)
        let stranger = PlannedFile(name: "stranger", path: try .of("x"), fingerprint: .sample)
        let error = await failure { try await journal.recordCompleting(sent: [stranger], of: token) }
        guard case .outOfOrder = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(try await state() == .sessionOpen("s"))
    }

    @Test func anAbandonedIntentLearnsItsSession() async throws {
        try await journal.intend(.sample("t"))
        try await journal.recordAbandoning(token, reason: "the item moved")
        try await journal.recordSession("late", leaseUntil: .at(5), of: token)
        #expect(try await state() == .abandoning("late", reason: "the item moved"))
        try await journal.recordAbandoning(token, reason: "again")
        #expect(try await state() == .abandoning("late", reason: "again"))
    }

    @Test func aRenameOrDeletionClosesWithItsRecord() async throws {
        try await journal.commit(.sample("id", "item", files: [try .sample("a")]), of: "m", in: .isos)
        try await journal.intend(.sample("t", kind: .rename(to: "new")))
        try await journal.rename("id", to: "new", of: "m", in: .isos, closing: token)
        #expect(try await journal.base(of: "m", in: .isos).keys.sorted() == ["new"])
        try await journal.intend(.sample("t", item: "new", kind: .delete))
        try await journal.forget("id", of: "m", in: .isos, closing: token)
        #expect(try await journal.base(of: "m", in: .isos).isEmpty)
        #expect(try await journal.openIntents(in: .isos).isEmpty)
    }

    @Test func intentsAreOfTheirLibrary() async throws {
        let other = LibraryKey(server: "guid-1", library: "lib-2")
        let foreign = LibraryKey(server: "guid-2", library: "lib-1")
        for (n, key) in [LibraryKey.isos, other, foreign].enumerated() { try await journal.intend(.sample("t\(n)", key: key)) }
        #expect(try await journal.openIntents(in: .isos).map(\.token.rawValue) == ["t0"])
        #expect(try await journal.openIntents(onServer: "guid-1").map(\.token.rawValue) == ["t0", "t1"])
        #expect(try await journal.openIntents(onServer: "guid-2").map(\.token.rawValue) == ["t2"])
        #expect(try await journal.openIntents(onServer: "guid").isEmpty)
    }
}
