import ContentLibraryAPI
import Testing

@testable import MirrorCore

@Suite struct ChecksumTests {
    @Test(
        "what a server's checksum says",
        arguments: [
            (.init(algorithm: .sha1, checksum: "AB01"), "SHA1 ab01"), (.init(algorithm: nil, checksum: "ab01"), "SHA1 ab01"),
            (.init(algorithm: .sha256, checksum: "0F"), "SHA256 0f"), (.init(algorithm: .sha512, checksum: "0f"), "SHA512 0f"),
            (.init(algorithm: .md5, checksum: "0f"), "MD5 0f"),
            (.init(algorithm: .sha1, checksum: ""), nil), (.init(algorithm: .init(rawValue: "CRC32"), checksum: "ab"), nil),
            (.init(algorithm: .init(rawValue: "sha1"), checksum: "ab"), nil), (nil, nil),
        ] as [(Item.File.ChecksumInfo?, String?)])
    func reads(_ info: Item.File.ChecksumInfo?, _ description: String?) {
        let checksum = Checksum(info)
        #expect(checksum?.description == description)
        // What it says is what it was told.
        if let checksum { #expect(Checksum(checksum.info) == checksum) }
    }

    private static let none = Checksums(), sha1 = Checksums([.sha1: "aa"]), other = Checksums([.sha1: "bb"]), sha256 = Checksums([.sha256: "cc"])

    @Test(
        "equal, different, or nobody knows",
        arguments: [
            (none, none, nil), (none, sha1, nil), (sha1, sha256, nil), (sha1, sha1, true), (sha1, other, false), (Checksums([.sha1: "AA"]), sha1, true),
            (Checksums([.sha1: "aa", .sha256: "cc"]), sha1, true), (Checksums([.sha1: "aa", .sha256: "cc"]), sha256, true),
            (Checksums([.sha1: "aa", .sha256: "cc"]), Checksums([.sha1: "aa", .sha256: "dd"]), false),
            (Checksums([.sha1: "aa", .sha256: "cc"]), Checksums([.sha1: "bb", .sha256: "cc"]), false),
            (Checksums([.sha1: "aa", .md5: "ee"]), Checksums([.sha1: "aa", .sha512: "ff"]), true),
        ] as [(Checksums, Checksums, Bool?)])
    func compares(_ a: Checksums, _ b: Checksums, _ equal: Bool?) {
        #expect(a.matches(b) == equal)
        #expect(b.matches(a) == equal)
    }

    @Test(
        "one checksum against all that are known",
        arguments: [
            (none, Checksum(.sha1, hex: "aa"), nil), (sha1, Checksum(.sha1, hex: "AA"), true), (sha1, Checksum(.sha1, hex: "ab"), false),
            (sha1, Checksum(.sha256, hex: "aa"), nil), (Checksums([.sha1: "aa", .sha256: "cc"]), Checksum(.sha256, hex: "cc"), true),
        ] as [(Checksums, Checksum, Bool?)])
    func comparesOne(_ known: Checksums, _ checksum: Checksum, _ equal: Bool?) { #expect(known.matches(checksum) == equal) }

    @Test func collects() {
        var checksums = Checksums([Checksum(.sha256, hex: "CC"), Checksum(.sha1, hex: "aa"), Checksum(.sha1, hex: "bb")])
        #expect(checksums.all.map(\.description) == ["SHA1 bb", "SHA256 cc"])
        #expect(checksums[.sha256] == Checksum(.sha256, hex: "cc") && checksums[.md5] == nil && !checksums.isEmpty)
        checksums.insert(Checksum(.sha1, hex: "DD"))
        checksums.formUnion(Checksums([.md5: "EE", .sha256: "ff"]))
        #expect(checksums == Checksums([.sha1: "dd", .md5: "ee", .sha256: "ff"]))
        #expect(Checksums(checksums.all) == checksums)
        #expect(Checksums().isEmpty)
    }

    @Test("seeded: comparing is symmetric, and says yes only of what can be one content") func isSymmetric() {
        var random = SplitMix64(seed: 11)
        func checksums() -> Checksums {
            Checksums(
                ChecksumAlgorithm.allCases.filter { _ in Bool.random(using: &random) }.map { Checksum($0, hex: Bool.random(using: &random) ? "aa" : "bb") })
        }
        for _ in 0..<2000 {
            let (a, b) = (checksums(), checksums())
            let common = ChecksumAlgorithm.allCases.filter { a[$0] != nil && b[$0] != nil }
            #expect(a.matches(b) == (common.isEmpty ? nil : common.allSatisfy { a[$0] == b[$0] }))
            #expect(a.matches(b) == b.matches(a))
        }
    }
}
