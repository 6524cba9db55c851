import Testing

@testable import MirrorCore

@Suite struct FingerprintTests {
    private static let fields: [Fingerprint.Fields] = [.size, .modified, .changed, .inode]
    private static let known = Fingerprint(size: 1, modified: 2, changed: 3, inode: 4)

    private static func moved(in fields: Fingerprint.Fields) -> Fingerprint {
        Fingerprint(
            size: fields.contains(.size) ? 9 : 1, modified: fields.contains(.modified) ? 9 : 2, changed: fields.contains(.changed) ? 9 : 3,
            inode: fields.contains(.inode) ? 9 : 4)
    }

    @Test("every set of compared fields against every set of moved ones") func compares() {
        for compared in (0..<16).map({ Fingerprint.Fields(rawValue: $0) }) {
            for moved in (0..<16).map({ Fingerprint.Fields(rawValue: $0) }) {
                #expect(Self.moved(in: moved).equals(Self.known, in: compared) == compared.isDisjoint(with: moved))
                #expect(Self.known.equals(Self.moved(in: moved), in: compared) == compared.isDisjoint(with: moved))
            }
        }
        #expect(Fingerprint.Fields.all == Self.fields.reduce([]) { $0.union($1) })
    }

    @Test(
        "the same directory, judged by what outlives a reboot",
        arguments: [
            (DirectoryIdentity(device: 9, inode: 2, born: 3, fileSystem: 4), true), (DirectoryIdentity(device: 1, inode: 9, born: 3, fileSystem: 4), false),
            (DirectoryIdentity(device: 1, inode: 2, born: 9, fileSystem: 4), false), (DirectoryIdentity(device: 1, inode: 2, born: nil, fileSystem: 4), false),
            (DirectoryIdentity(device: 1, inode: 2, born: 3, fileSystem: 9), false),
        ])
    func identity(_ other: DirectoryIdentity, _ same: Bool) {
        let known = DirectoryIdentity(device: 1, inode: 2, born: 3, fileSystem: 4)
        #expect(known.isSame(as: other) == same && other.isSame(as: known) == same)
        #expect(known.isProvablySame(as: other) == same)
    }

    @Test("without a birth time a reused inode proves nothing") func unborn() {
        let known = DirectoryIdentity(device: 1, inode: 2, born: nil, fileSystem: 4)
        #expect(known.isSame(as: known) && !known.isProvablySame(as: known))
    }
}
