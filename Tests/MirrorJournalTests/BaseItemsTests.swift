import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@Suite struct BaseItemsTests {
    let journal: Journal
    init() throws { journal = try Journal.inMemory() }

    @Test func comesBackWhole() async throws {
        var checksums = Checksums()
        for algorithm in ChecksumAlgorithm.allCases { checksums.insert(Checksum(algorithm, hex: "0\(algorithm.rawValue)")) }
        let path = try RelativePath.of([0xff, 0xfe, UInt8(ascii: "/"), 0x80, 0x0a, 1])
        let odd = BaseFile(
            name: "naïve\n.iso", path: path, fingerprint: Fingerprint(size: .max, modified: .min, changed: .max, inode: 0), checksums: checksums,
            remote: RemoteFile(name: "other name", version: "", checksum: nil))
        let full = BaseItem(
            id: "id-1", name: "full", type: "iso", token: ChangeToken(contentVersion: "", lastModified: .at(-1)),
            directory: DirectoryIdentity(device: 1, inode: .max, born: nil, fileSystem: -1), files: ["naïve\n.iso": odd, "b": try .sample("b")],
            verifiedAt: .at(3))
        let bare = BaseItem(id: "id-2", name: "bare", type: nil, token: ChangeToken(contentVersion: nil, lastModified: nil), directory: nil, files: [:])
        try await journal.commit(full, of: "m", in: .isos)
        try await journal.commit(bare, of: "m", in: .isos)
        #expect(try await journal.base(of: "m", in: .isos) == ["full": full, "bare": bare])
        #expect(try await journal.baseItems(of: "m", in: .isos) == [full, bare])
        #expect(try await journal.baseItem("id-1", of: "m", in: .isos) == full)
        #expect(try await journal.baseItem("id-3", of: "m", in: .isos) == nil)
    }

    @Test func namesThatDifferInOneByteAreTwo() async throws {
        let names = ["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}"]
        for (n, name) in names.enumerated() { try await journal.commit(.sample("id-\(n)", name), of: "m", in: .isos) }
        let items = try await journal.baseItems(of: "m", in: .isos)
        #expect(items.map { [UInt8]($0.name) } == names.map { [UInt8]($0) })
        // A dictionary by text cannot hold two canonically equivalent names: it has the one with the lower id.
        let base = try await journal.base(of: "m", in: .isos)
        #expect(base.count == 2 && base["cafe\u{301}"]?.id == "id-0")
        try await journal.rename("id-1", to: "plain", of: "m", in: .isos)
        #expect(try await journal.base(of: "m", in: .isos).count == 3)
        // The file's name is kept, not the dictionary's key.
        var item = BaseItem.sample("id-9", "x")
        item.files["cafe\u{301}"] = try .sample("caf\u{e9}")
        try await journal.commit(item, of: "m", in: .isos)
        #expect(try await journal.baseItem("id-9", of: "m", in: .isos)?.files.values.map { [UInt8]($0.name) } == [[UInt8]("caf\u{e9}")])
    }

    @Test func aCommitReplacesByIDAndByName() async throws {
        try await journal.commit(.sample("id-1", "one", files: [try .sample("a"), try .sample("b")]), of: "m", in: .isos)
        try await journal.commit(.sample("id-2", "two", files: [try .sample("c")]), of: "m", in: .isos)
        // The same id under another name, with other files.
        let renamed = BaseItem.sample("id-1", "uno", files: [try .sample("b", version: "2")])
        try await journal.commit(renamed, of: "m", in: .isos)
        // The name again with another id: it was deleted and created anew.
        let anew = BaseItem.sample("id-3", "two")
        try await journal.commit(anew, of: "m", in: .isos)
        #expect(try await journal.baseItems(of: "m", in: .isos) == [renamed, anew])
    }

    @Test func anotherKeyOrMirrorSeesNothing() async throws {
        let item = BaseItem.sample("id", "name", files: [try .sample("a")])
        let keys = [LibraryKey.isos, LibraryKey(server: "guid-2", library: "lib-1"), LibraryKey(server: "guid-1", library: "lib-2")]
        for (n, key) in keys.enumerated() {
            for mirror in ["m", "n"] {
                #expect(try await journal.baseItems(of: mirror, in: key).isEmpty)
                #expect(try await journal.baseItem("id", of: mirror, in: key) == nil)
                var mine = item
                mine.type = "\(mirror)\(n)"
                try await journal.commit(mine, of: mirror, in: key)
            }
        }
        try await journal.forget("id", of: "m", in: keys[0])
        try await journal.rename("id", to: "other", of: "n", in: keys[1])
        try await journal.setVerified(["id"], at: .at(9), of: "n", in: keys[2])
        try await journal.setToken("id", ChangeToken(contentVersion: "9", lastModified: nil), of: "m", in: keys[1])
        var seen: [String] = []
        for key in keys {
            for mirror in ["m", "n"] {
                for item in try await journal.baseItems(of: mirror, in: key) {
                    #expect(item.files.count == 1)
                    seen.append("\(item.type ?? "") \(item.name) \(item.token.contentVersion ?? "") \(item.verifiedAt == nil ? "" : "verified")")
                }
            }
        }
        #expect(seen == ["n0 name 1 ", "m1 name 9 ", "n1 other 1 ", "m2 name 1 ", "n2 name 1 verified"])
    }

    @Test func aRenameKeepsIDAndFilesAndMovesPaths() async throws {
        let (old, new) = (try RelativePath.of("old"), try RelativePath.of([0xff, 0x27]))
        let files = [
            try BaseFile.sample("a", path: .of("old/a")), try BaseFile.sample("b", path: .of("old/sub/b")), try BaseFile.sample("c", path: .of("older/c")),
        ]
        try await journal.commit(.sample("id", "old", files: files), of: "m", in: .isos)
        try await journal.commit(.sample("id-2", "other", files: [files[0]]), of: "m", in: .isos)
        try await journal.commit(.sample("id-3", "new"), of: "m", in: .isos)
        try await journal.recordRepair(of: "old", in: "m", at: .at(1), window: .seconds(60))
        let entry = HashEntry(path: files[0].path, fingerprint: .sample, takenAt: 1, checksums: Checksums())
        let stale = HashEntry(path: new.appending(try .of([UInt8]("a"))), fingerprint: .sample, takenAt: 2, checksums: Checksums())
        let kept = HashEntry(path: try .of("older/c"), fingerprint: .sample, takenAt: 3, checksums: Checksums())
        try await journal.store([entry, stale, kept], of: "m")

        let token = ChangeToken(contentVersion: "5", lastModified: .at(5))
        try await journal.rename("id", to: "new", moving: (from: old, to: new), token: token, of: "m", in: .isos)
        let base = try await journal.base(of: "m", in: .isos)
        #expect(base.keys.sorted() == ["new", "other"], "an item recorded under the new name is gone")
        let item = try #require(base["new"])
        #expect(item.id == "id" && item.token == token)
        #expect(item.files["a"]?.path.bytes == new.bytes + [UInt8]("/a"))
        #expect(item.files["b"]?.path.bytes == new.bytes + [UInt8]("/sub/b"))
        #expect(item.files["c"]?.path == files[2].path)
        #expect(base["other"]?.files["a"]?.path == files[0].path)
        let hashes = try await journal.hashes(of: "m")
        #expect(Set(hashes.keys) == [stale.path, kept.path] && hashes[stale.path]?.takenAt == 1)
        #expect(try await journal.repairs(of: "new", in: "m", since: .at(0)).count == 1)
        #expect(try await journal.repairs(of: "old", in: "m", since: .at(0)).isEmpty)
    }

    @Test func forgettingAnItemTakesItsFilesAndRepairs() async throws {
        try await journal.commit(.sample("id", "name", files: [try .sample("a")]), of: "m", in: .isos)
        try await journal.recordRepair(of: "name", in: "m", at: .at(1), window: .seconds(60))
        try await journal.recordRepair(of: "other", in: "m", at: .at(1), window: .seconds(60))
        try await journal.forget("id", of: "m", in: .isos)
        #expect(try await journal.base(of: "m", in: .isos).isEmpty)
        #expect(try await journal.repairs(of: "name", in: "m", since: .at(0)).isEmpty)
        #expect(try await journal.repairs(of: "other", in: "m", since: .at(0)).count == 1)
        try await journal.commit(.sample("id", "name"), of: "m", in: .isos)
        #expect(try await journal.base(of: "m", in: .isos)["name"]?.files.isEmpty == true)
        try await journal.forget("unknown", of: "m", in: .isos)
    }

    @Test func verifiedAndTokenAreOfTheNamedItems() async throws {
        for n in 1...3 { try await journal.commit(.sample("id-\(n)", "\(n)", files: [try .sample("a")]), of: "m", in: .isos) }
        try await journal.setVerified(["id-1", "id-3", "unknown"], at: .at(50), of: "m", in: .isos)
        try await journal.setToken("id-2", ChangeToken(contentVersion: nil, lastModified: .at(60)), of: "m", in: .isos)
        let items = try await journal.baseItems(of: "m", in: .isos)
        #expect(items.map(\.verifiedAt) == [.at(50), nil, .at(50)])
        #expect(items.map(\.token.contentVersion) == ["1", nil, "1"])
        #expect(items.map(\.token.lastModified) == [.at(0), .at(60), .at(0)])
        #expect(items.allSatisfy { $0.files.count == 1 })
    }
}
