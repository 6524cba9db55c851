import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@Suite struct MirrorRecordTests {
    let full = MirrorRecord(
        name: "isos", key: .isos, libraryName: "ISO images", creationToken: "uuid", hadLibrary: true,
        root: DirectoryIdentity(device: .max, inode: 1 << 63, born: -5, fileSystem: 0xef53), mapping: "path\u{2}library\u{1}x", firstPassDone: true,
        updatedAt: .at(7))

    @Test func comesBack() async throws {
        let journal = try Journal.inMemory()
        #expect(try await journal.mirror("isos") == nil)
        try await journal.save(full)
        let bare = MirrorRecord(name: "bare", updatedAt: .at(8))
        try await journal.save(bare)
        #expect(try await journal.mirror("isos") == full)
        #expect(try await journal.mirror("bare") == bare)
        #expect(try await journal.mirrors() == [bare, full])

        var changed = full
        changed.root?.born = nil
        changed.key = nil
        try await journal.save(changed)
        #expect(try await journal.mirrors() == [bare, changed])
    }

    @Test func forgettingTheBaseStartsThatMirrorOver() async throws {
        let journal = try Journal.inMemory()
        let time = Timestamp.at(100)
        for mirror in ["isos", "other"] {
            try await journal.save(MirrorRecord(name: mirror, key: .isos, hadLibrary: true, firstPassDone: true, updatedAt: time))
            try await journal.commit(.sample("id-\(mirror)", "item", files: [try .sample("a")]), of: mirror, in: .isos)
            try await journal.recordDeletions(3, at: time, of: mirror, window: .seconds(60))
            try await journal.recordFileCount(9, at: time, of: mirror, window: .seconds(60))
            try await journal.recordRepair(of: "item", in: mirror, at: time, window: .seconds(60))
            try await journal.record(ApprovalRecord(mirror: mirror, approval: Approval(kind: .maxDelete, item: nil, subjects: ["a"]), at: time))
            try await journal.setHold(HoldRecord(mirror: mirror, hold: Hold(.libraryChanged, reason: "gone"), since: time))
            try await journal.store([HashEntry(path: .of("a"), fingerprint: .sample, takenAt: 0, checksums: Checksums())], of: mirror)
        }
        let key = LibraryKey(server: "guid-1", library: "lib-2")
        let record = MirrorRecord(name: "isos", key: key, hadLibrary: true, firstPassDone: true, updatedAt: .at(200))
        try await journal.forgetBase(of: "isos", saving: record)

        for (mirror, left) in [("isos", 0), ("other", 1)] {
            #expect(try await journal.base(of: mirror, in: .isos).count == left)
            #expect(try await journal.deletions(of: mirror, since: .at(0)) == 3 * left)
            #expect(try await journal.largestFileCount(of: mirror, since: .at(0)) == 9 * left)
            #expect(try await journal.repairs(of: "item", in: mirror, since: .at(0)).count == left)
            #expect(try await journal.approvals(of: mirror).count == left)
            #expect(try await journal.holds(of: mirror).count == 1)
            #expect(try await journal.hashes(of: mirror).count == 1)
        }
        let saved = try #require(try await journal.mirror("isos"))
        #expect(saved.key == key && saved.hadLibrary && !saved.firstPassDone && saved.updatedAt == .at(200))
        #expect(try await journal.mirror("other")?.firstPassDone == true)
    }
}
