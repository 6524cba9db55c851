import Digests
import Testing

@Suite struct MultiDigestTests {
    /// FIPS 180-4 and RFC 1321 examples.
    static let known: [(text: String, algorithm: DigestAlgorithm, hex: String)] = [
        ("", .md5, "d41d8cd98f00b204e9800998ecf8427e"),
        ("", .sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("", .sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", .md5, "900150983cd24fb0d6963f7d28e17f72"),
        ("abc", .sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abc", .sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abc", .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test(arguments: known) func knownAnswer(_ row: (text: String, algorithm: DigestAlgorithm, hex: String)) throws {
        #expect(try row.algorithm.hexDigest(of: row.text.utf8) == row.hex)
        #expect(row.hex.utf8.count == row.algorithm.byteCount * 2)
    }

    @Test func severalInOnePassEqualEachAlone() throws {
        var random = SplitMix64(seed: 7)
        let bytes = (0..<100_003).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let digest = try MultiDigest(DigestAlgorithm.allCases + [.sha1])
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int(random.next() % 5000))
            digest.update(Array(part))
            rest = rest.dropFirst(part.count)
        }
        let all = digest.finish()
        #expect(digest.byteCount == 100_003)
        #expect(all.count == 4)
        for algorithm in DigestAlgorithm.allCases { #expect(try all[algorithm] == algorithm.hexDigest(of: bytes)) }
        #expect(digest.finish() == all)
    }

    @Test func noneAtAll() throws {
        let digest = try MultiDigest([])
        digest.update([1, 2, 3])
        #expect(digest.finish().isEmpty)
        #expect(digest.byteCount == 3)
    }

    @Test func hexadecimalIsLowerCaseAndPadded() {
        #expect(hexadecimal([0, 0x0a, 0xff]) == "000aff")
        #expect(hexadecimal([]) == "")
    }

    @Test func algorithmsAreTheWordsOfTheAPI() {
        #expect(DigestAlgorithm.allCases.map(\.rawValue) == ["MD5", "SHA1", "SHA256", "SHA512"])
    }
}

/// Sebastiano Vigna's generator: small, seeded, good enough to vary a test.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
