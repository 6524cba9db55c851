import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@testable import MirrorEngine

@Suite("BaseRecord")
struct BaseRecordTests {
    private let scannedAt = Timestamp(milliseconds: 1_800_000_000_000)
    private func fingerprint(ageInMilliseconds age: Int64) -> Fingerprint {
        let time = (scannedAt.milliseconds - age) * 1_000_000
        return Fingerprint(size: 3, modified: time, changed: time, inode: 9)
    }
    private func work(_ decisions: [FileDecision], checksums: [String: Checksums] = [:]) -> Publication {
        Publication(
            mirror: "m", rules: MirrorRules(name: "m", path: "/m", library: "L"), key: LibraryKey(server: "s", library: "l"),
            plan: ItemPlan(item: "i", itemID: "id", files: decisions), checksums: checksums,
            root: DirectoryIdentity(device: 1, inode: 1, born: nil, fileSystem: 1), scannedAt: scannedAt)
    }
    private func remote(_ files: RemoteFile...) -> RemoteItem {
        RemoteItem(
            id: "id", name: "i", type: nil, token: ChangeToken(contentVersion: "2", lastModified: nil),
            files: Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) }))
    }
    private func local(_ age: Int64) -> LocalFile { LocalFile(name: "f", path: RelativePath([]), fingerprint: fingerprint(ageInMilliseconds: age)) }
    private let sum = Checksum(.sha1, hex: "aa")

    @Test("a sent file is recorded with what was sent and what the server then said of it")
    func sent() throws {
        let file = local(5000)
        let theirs = RemoteFile(name: "f", version: "2", checksum: sum)
        let base = BaseRecord(work: work([FileDecision(name: "f", row: .add, action: .send, local: file)]), now: scannedAt)
            .base(remote: remote(theirs), sent: ["f": Checksums([sum])])
        let recorded = try #require(base.files["f"])
        #expect(recorded.remote == theirs && recorded.checksums[.sha1] == sum && recorded.fingerprint == file.fingerprint)
    }

    @Test("written a moment before the scan, a fingerprint is recorded so that it never matches", arguments: [0, 10, 1999])
    func racy(age: Int64) throws {
        let file = local(age)
        let base = BaseRecord(work: work([FileDecision(name: "f", row: .add, action: .send, local: file)]), now: scannedAt)
            .base(remote: remote(RemoteFile(name: "f", version: "2", checksum: sum)), sent: ["f": Checksums([sum])])
        let recorded = try #require(base.files["f"])
        #expect(!recorded.fingerprint.equals(file.fingerprint, in: .all))
        #expect(recorded.fingerprint.size == file.fingerprint.size)
    }

    @Test("what was not sent, removed or forgotten keeps its record")
    func keeps() {
        let known = BaseFile(
            name: "f", path: RelativePath([]), fingerprint: fingerprint(ageInMilliseconds: 9000), checksums: Checksums([sum]),
            remote: RemoteFile(name: "f", version: "1", checksum: sum))
        for action in [FileDecision.Action.wait("x"), .hold, .report, .leave("x"), .send] {
            let base = BaseRecord(work: work([FileDecision(name: "f", row: .replace, action: action, local: local(9000), base: known)]), now: scannedAt)
                .base(remote: remote(), sent: [:])
            #expect(base.files["f"] == known, "\(action)")
        }
        for action in [FileDecision.Action.remove, .forget] {
            let base = BaseRecord(work: work([FileDecision(name: "f", row: .delete, action: action, base: known)]), now: scannedAt)
                .base(remote: remote(), sent: [:])
            #expect(base.files.isEmpty, "\(action)")
        }
    }

    @Test("an adopted file is recorded with the server's checksum")
    func adopted() throws {
        let base = BaseRecord(work: work([FileDecision(name: "f", row: .adopt, action: .adopt, local: local(9000))]), now: scannedAt)
            .base(remote: remote(RemoteFile(name: "f", version: "7", checksum: sum)), sent: [:])
        let recorded = try #require(base.files["f"])
        #expect(recorded.checksums[.sha1] == sum && recorded.remote.version == "7")
    }
}
