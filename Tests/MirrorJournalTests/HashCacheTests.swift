import MirrorCore
import MirrorJournal
import Testing

@Suite struct HashCacheTests {
    private func entry(_ path: RelativePath, taken: Int64 = 1) -> HashEntry {
        HashEntry(path: path, fingerprint: .sample, takenAt: taken, checksums: Checksums([Checksum(.sha1, hex: "aa"), Checksum(.md5, hex: "bb")]))
    }
    private func paths(_ texts: String...) throws -> [RelativePath] { try texts.map { try .of($0) } }

    private static let second: Int64 = 1_000_000_000
    private static let noon: Int64 = 1_700_000_000_000_000_000

    /// Offsets of mtime and ctime to the moment of the read, in nanoseconds.
    static let times: [(modified: Int64, changed: Int64, trusted: Bool)] = [
        (-3 * second, -3 * second, true), (-2 * second - 1, -2 * second - 1, true), (-2 * second, -3 * second, false), (-3 * second, -2 * second, false),
        (-1, -10 * second, false), (0, 0, false), (2 * second, -10 * second, false), (3 * second, -10 * second, true), (-10 * second, 1, false),
        (.min / 2, .min / 2, true),
    ]
    @Test(arguments: times) func isTrustedOnlyClearOfTheTimes(modified: Int64, changed: Int64, trusted: Bool) throws {
        let fingerprint = Fingerprint(size: 1, modified: Self.noon + modified, changed: Self.noon + changed, inode: 1)
        let entry = HashEntry(path: try .of("a"), fingerprint: fingerprint, takenAt: Self.noon, checksums: Checksums([Checksum(.sha1, hex: "aa")]))
        #expect(entry.isTrusted == trusted)
        #expect(entry.checksums(of: fingerprint, comparing: .all) == (trusted ? entry.checksums : nil))
    }
    @Test func extremeTimesDoNotOverflow() throws {
        for (taken, time) in [(Int64.min, Int64.max), (.max, .min), (.min, .min)] {
            let fingerprint = Fingerprint(size: 1, modified: time, changed: time, inode: 1)
            #expect(HashEntry(path: try .of("a"), fingerprint: fingerprint, takenAt: taken, checksums: Checksums()).isTrusted == (taken != time))
        }
    }
    @Test func answersOnlyForAnUnmovedFile() throws {
        let old = Fingerprint(size: 1, modified: 2, changed: 3, inode: 4)
        let entry = HashEntry(path: try .of("a"), fingerprint: old, takenAt: Self.noon, checksums: Checksums([Checksum(.sha1, hex: "aa")]))
        let cases: [(Fingerprint, Fingerprint.Fields, Bool)] = [
            (old, .all, true), (Fingerprint(size: 9, modified: 2, changed: 3, inode: 4), .all, false),
            (Fingerprint(size: 1, modified: 9, changed: 3, inode: 4), .all, false), (Fingerprint(size: 1, modified: 2, changed: 9, inode: 4), .all, false),
            (Fingerprint(size: 1, modified: 2, changed: 3, inode: 9), .all, false),
            (Fingerprint(size: 1, modified: 2, changed: 3, inode: 9), [.size, .modified, .changed], true),
            (Fingerprint(size: 1, modified: 2, changed: 9, inode: 9), [.size, .modified], true),
        ]
        for (seen, fields, hit) in cases { #expect((entry.checksums(of: seen, comparing: fields) != nil) == hit, "\(seen)") }
    }

    @Test func storesReplacesAndFinds() async throws {
        let journal = try Journal.inMemory()
        let odd = try RelativePath.of([0xff, UInt8(ascii: "/"), 1])
        let (a, b) = (entry(try .of("a")), entry(odd))
        try await journal.store([a, b], of: "m")
        try await journal.store([entry(a.path, taken: 9)], of: "n")
        #expect(try await journal.hashes(of: "m") == [a.path: a, b.path: b])
        let newer = entry(a.path, taken: 2)
        try await journal.store([newer], of: "m")
        #expect(try await journal.hashes(of: "m", at: [a.path, try .of("nothing")]) == [a.path: newer])
        #expect(try await journal.hashes(of: "n").values.map(\.takenAt) == [9])
    }

    @Test func voidsPathsAndSubtrees() async throws {
        let journal = try Journal.inMemory()
        let all = try paths("a", "a/b", "a/b/c", "a/b-c", "a/b.c", "a/b0", "a/bb", "b/a")
        try await journal.store(all.map { entry($0) }, of: "m")
        try await journal.store([entry(all[1])], of: "n")
        try await journal.voidHashes(of: "m", within: [all[1]])
        #expect(Set(try await journal.hashes(of: "m").keys) == Set(all).subtracting(all[1...2]))
        try await journal.voidHashes(of: "m", within: try paths("a", "nothing"))
        #expect(Set(try await journal.hashes(of: "m").keys) == [all[7]])
        try await journal.voidHashes(of: "m", within: [.root])
        #expect(try await journal.hashes(of: "m").isEmpty)
        #expect(try await journal.hashes(of: "n").count == 1)
    }

    @Test func prunesWhatIsNotKept() async throws {
        let journal = try Journal.inMemory()
        let all = try paths("a", "b", "c")
        try await journal.store(all.map { entry($0) }, of: "m")
        try await journal.store(all.map { entry($0) }, of: "n")
        try await journal.pruneHashes(of: "m", keeping: [all[1], try .of("new")])
        #expect(Array(try await journal.hashes(of: "m").keys) == [all[1]])
        #expect(try await journal.hashes(of: "n").count == 3)
    }
}
