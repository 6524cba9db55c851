import ContentLibraryAPI
import Testing

@testable import MirrorCore

@Suite struct RenamesTests {
    struct Side: Sendable {
        var name: String
        var inode: UInt64? = 1
        var born: Int64? = 5
        /// Checksums, one for each file.
        var sums: [String] = []
        var algorithm = ChecksumAlgorithm.sha1
        var isComplete = true

        var identity: DirectoryIdentity? { inode.map { DirectoryIdentity(device: 1, inode: $0, born: born, fileSystem: 7) } }
        var checksums: [Checksums] { sums.map { Checksums([Checksum(algorithm, hex: $0)]) } }
        func path(_ index: Int) -> RelativePath { RelativePath("\(name)/f\(index)") ?? .root }

        var base: BaseItem {
            let files = checksums.enumerated().map { index, sums in
                BaseFile(
                    name: "f\(index)", path: path(index), fingerprint: Node.fingerprint, checksums: sums,
                    remote: RemoteFile(name: "f\(index)", version: "1", checksum: nil))
            }
            return BaseItem(
                id: Item.ID(rawValue: "id-" + name), name: name, type: nil, token: ChangeToken(contentVersion: "1", lastModified: nil), directory: identity,
                files: Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) }))
        }
        var item: LocalItem {
            let files = sums.indices.map { LocalFile(name: "g\($0)", path: path($0), fingerprint: Node.fingerprint) }
            return LocalItem(
                name: name, type: nil, directory: RelativePath(name) ?? .root, identity: identity,
                files: Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) }), listingIsComplete: isComplete)
        }
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var base: [Side]
        var local: [Side]
        var expected: [String: String] = [:]
        /// Further remote names.
        var others: [String] = []
        var change: @Sendable (inout RenameSearch) -> Void = { _ in }
    }

    static let rows: [Row] = [
        Row(testDescription: "nothing", base: [], local: []),
        Row(testDescription: "the same directory", base: [Side(name: "a")], local: [Side(name: "b")], expected: ["a": "b"]),
        Row(testDescription: "only the case", base: [Side(name: "a")], local: [Side(name: "A")], expected: ["a": "A"]),
        Row(testDescription: "still there", base: [Side(name: "a")], local: [Side(name: "a"), Side(name: "b")]),
        Row(testDescription: "another inode", base: [Side(name: "a")], local: [Side(name: "b", inode: 2)]),
        Row(testDescription: "another birth", base: [Side(name: "a")], local: [Side(name: "b", born: 6)]),
        Row(testDescription: "no birth time", base: [Side(name: "a", born: nil)], local: [Side(name: "b", born: nil)]),
        Row(
            testDescription: "no birth time, the same contents", base: [Side(name: "a", born: nil, sums: ["1", "2"])],
            local: [Side(name: "b", inode: 2, born: nil, sums: ["2", "1"])], expected: ["a": "b"]),
        Row(
            testDescription: "another content", base: [Side(name: "a", born: nil, sums: ["1", "2"])],
            local: [Side(name: "b", inode: 2, born: nil, sums: ["1", "1"])]),
        Row(
            testDescription: "one file more", base: [Side(name: "a", born: nil, sums: ["1"])],
            local: [Side(name: "b", inode: 2, born: nil, sums: ["1", "1"])]),
        Row(
            testDescription: "no common algorithm", base: [Side(name: "a", born: nil, sums: ["1"])],
            local: [Side(name: "b", inode: 2, born: nil, sums: ["1"], algorithm: .md5)]),
        Row(testDescription: "no files prove nothing", base: [Side(name: "a", born: nil)], local: [Side(name: "b", inode: 2, born: nil)]),
        Row(
            testDescription: "the same contents, partly listed", base: [Side(name: "a", born: nil, sums: ["1"])],
            local: [Side(name: "b", inode: 2, born: nil, sums: ["1"], isComplete: false)]),
        Row(
            testDescription: "the identity goes before the contents", base: [Side(name: "a", sums: ["1"])],
            local: [Side(name: "b", sums: ["9"]), Side(name: "c", inode: 2, sums: ["1"])], expected: ["a": "b"]),
        Row(
            testDescription: "two new ones with the contents", base: [Side(name: "a", born: nil, sums: ["1"])],
            local: [Side(name: "b", inode: 2, sums: ["1"]), Side(name: "c", inode: 3, sums: ["1"])]),
        Row(
            testDescription: "two gone with the contents", base: [Side(name: "a", born: nil, sums: ["1"]), Side(name: "b", born: nil, sums: ["1"])],
            local: [Side(name: "c", inode: 3, sums: ["1"])]),
        Row(testDescription: "two gone with the identity", base: [Side(name: "a"), Side(name: "b")], local: [Side(name: "c")]),
        Row(
            testDescription: "two renames at once", base: [Side(name: "a"), Side(name: "b", inode: 2)], local: [Side(name: "d", inode: 2), Side(name: "c")],
            expected: ["a": "c", "b": "d"]),
        Row(testDescription: "a remote item has the name", base: [Side(name: "a")], local: [Side(name: "b")], others: ["b"]),
        Row(testDescription: "a remote item has the name in another case", base: [Side(name: "a")], local: [Side(name: "b")], others: ["B"]),
        Row(testDescription: "the remote item is gone", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.remote = [:] },
        Row(testDescription: "the remote item was renamed", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.remote[Item.ID(rawValue: "id-a")] = "z" },
        Row(testDescription: "held", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.held = ["a"] },
        Row(testDescription: "drifted", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.drifted = ["a"] },
        Row(testDescription: "an open intent", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.intended = ["a"] },
        Row(testDescription: "an open intent for the new name", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.intended = ["b"] },
        Row(testDescription: "a partly listed root", base: [Side(name: "a")], local: [Side(name: "b")]) { $0.local.listingIsComplete = false },
        Row(testDescription: "there, but not managed", base: [Side(name: "a")], local: [Side(name: "b")]) {
            $0.local.unmanagedItems["a"] = Unmanaged(path: .root, reason: .excluded)
        },
    ]

    @Test(arguments: rows) func finds(_ row: Row) {
        var checksums: [RelativePath: Checksums] = [:]
        for side in row.local { for (index, sums) in side.checksums.enumerated() { checksums[side.path(index)] = sums } }
        var search = RenameSearch(
            base: Dictionary(uniqueKeysWithValues: row.base.map { ($0.name, $0.base) }),
            local: LocalMirror(items: Dictionary(uniqueKeysWithValues: row.local.map { ($0.name, $0.item) })),
            remote: Dictionary(
                uniqueKeysWithValues: row.base.map { (Item.ID(rawValue: "id-" + $0.name), $0.name) } + row.others.map { (Item.ID(rawValue: "other-" + $0), $0) }
            ),
            checksums: checksums)
        row.change(&search)
        let renames = search.renames()
        #expect(Dictionary(uniqueKeysWithValues: renames.map { ($0.from, $0.to) }) == row.expected)
        #expect(renames.allSatisfy { $0.id == Item.ID(rawValue: "id-" + $0.from) })
    }
}
