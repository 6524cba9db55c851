import ContentLibraryAPI
import Foundation
import MirrorCore
import Testing

@testable import MirrorJournal

/// Bounds that an optimised build keeps ten times over: they catch a query that lost its index, not a slow machine.
@Suite struct ScaleTests {
    @Test func aHundredThousandFiles() async throws {
        let scratch = try Scratch()
        let clock = ContinuousClock()
        var journal = try await Journal.open(directory: scratch.state)
        let hex = String(repeating: "0123456789abcdef", count: 4)
        func item(_ n: Int) throws -> BaseItem {
            let files = try (0..<100).map { f in
                BaseFile(
                    name: "image-\(n)-\(f).iso", path: try .of("item-\(n)/image-\(n)-\(f).iso"), fingerprint: .sample,
                    checksums: Checksums([Checksum(.sha256, hex: hex)]),
                    remote: RemoteFile(name: "image-\(n)-\(f).iso", version: "1", checksum: Checksum(.sha1, hex: hex)))
            }
            return .sample("id-\(n)", "item-\(n)", files: files)
        }
        let items = try (0..<1000).map(item)
        // One transaction, for speed; the rows are the same.
        try await journal.write { db in
            for item in items { try item.save(db, BaseOwner(mirror: "m", key: .isos)) }
        }
        try await journal.close()

        let size = try scratch.bytes().count
        let opening = try await clock.measure { journal = try await Journal.open(directory: scratch.state) }
        var base: [String: BaseItem] = [:]
        let loading = try await clock.measure { base = try await journal.base(of: "m", in: .isos) }
        #expect(base.count == 1000 && base.values.reduce(0) { $0 + $1.files.count } == 100_000)
        #expect(base["item-77"] == items[77])
        let commits = try await clock.measure {
            for n in 0..<20 { try await journal.commit(items[n * 37], of: "m", in: .isos) }
        }
        let small = BaseItem.sample("id-small", "small", files: [try .sample("a")])
        let smallCommits = try await clock.measure {
            for _ in 0..<100 { try await journal.commit(small, of: "m", in: .isos) }
        }
        let entries = base.values.flatMap { $0.files.values }.map {
            HashEntry(path: $0.path, fingerprint: $0.fingerprint, takenAt: 1, checksums: $0.checksums)
        }
        let storing = try await clock.measure { try await journal.store(entries, of: "m") }
        var known: [RelativePath: HashEntry] = [:]
        let looking = try await clock.measure { known = try await journal.hashes(of: "m") }
        #expect(known.count == 100_000)
        print(
            """
            journal of 100,000 files, \(size >> 20) MiB: open with check \(opening), load \(loading), commit of an item of 100 files \(commits / 20), \
            of 1 file \(smallCommits / 100), store 100,000 hashes \(storing), load them \(looking)
            """)
        #expect(opening < .seconds(10) && loading < .seconds(10) && looking < .seconds(10))
        #expect(commits / 20 < .milliseconds(500) && smallCommits / 100 < .milliseconds(100))
    }
}
