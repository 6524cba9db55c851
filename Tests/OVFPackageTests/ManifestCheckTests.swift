import Digests
import Testing

@testable import OVFPackage

struct ManifestCheckTests {
    private static let (a, b) = (String(repeating: "0a", count: 20), String(repeating: "0b", count: 32))
    private static let text = "SHA1(a)= \(a)\nSHA256(b%20c)= \(b)\n"

    private func check(_ files: [String: [DigestAlgorithm: String]]) throws -> ManifestCheck {
        ManifestCheck(try Manifest(parsing: Array(Self.text.utf8)), files: files)
    }

    @Test func good() throws {
        let check = try check(["a": [.sha1: Self.a.uppercased(), .sha256: "ignored"], "b c": [.sha256: Self.b], "p.mf": [:], "p.cert": [:]])
        #expect(check.isGood && check.unlisted.isEmpty)
    }

    @Test func mismatches() throws {
        let other = String(repeating: "0a", count: 19) + "0b"
        let check = try check(["a": [.sha1: other], "b c": [.sha256: Self.a]])
        #expect(
            check.mismatches == [
                .init(name: "a", algorithm: .sha1, listed: Self.a, actual: other), .init(name: "b c", algorithm: .sha256, listed: Self.b, actual: Self.a),
            ])
        #expect(!check.isGood && check.missing.isEmpty)
    }

    @Test func missing() throws {
        #expect(try check([:]).missing == ["a", "b%20c"])
        let one = try check(["a": [.sha1: Self.a]])
        #expect(one.missing == ["b%20c"] && !one.isGood)
    }

    @Test func unlistedAndUnproven() throws {
        let check = try check(["a": [.sha256: Self.b], "b c": [.sha256: Self.b], "z": [:], "p.ovf": [:]])
        #expect(check.unproven == ["a"] && check.unlisted == ["p.ovf", "z"])
        #expect(!check.isGood && check.mismatches.isEmpty && check.missing.isEmpty)
    }
}
