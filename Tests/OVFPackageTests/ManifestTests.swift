import Digests
import Testing

@testable import OVFPackage

struct ManifestTests {
    static let sha1 = String(repeating: "0a", count: 20), sha256 = String(repeating: "1B", count: 32), sha512 = String(repeating: "2c", count: 64)

    @Test func reads() throws {
        let text = "SHA256(a.ovf)= \(Self.sha256)\r\n\r\nSHA1 (my disk (1).vmdk) = \(Self.sha1)  \nsha512(b)=\(Self.sha512)"
        let manifest = try Manifest(parsing: Array(text.utf8))
        #expect(
            manifest.entries == [
                .init(name: "a.ovf", algorithm: .sha256, hex: Self.sha256.lowercased(), line: 1),
                .init(name: "my disk (1).vmdk", algorithm: .sha1, hex: Self.sha1, line: 3), .init(name: "b", algorithm: .sha512, hex: Self.sha512, line: 4),
            ])
        #expect(manifest["b"] == manifest.entries[2])
        #expect(manifest["A.ovf"] == nil && manifest["c"] == nil)
    }

    /// DSP0243: an entry is named as the href is.
    @Test func escapedNames() throws {
        let manifest = try Manifest(parsing: Array("SHA1(a%20b)= \(Self.sha1)\nSHA256(c%20d)= \(Self.sha256)\nSHA1(c d)= \(Self.sha1)\n".utf8))
        #expect(manifest["a b"]?.line == 1 && manifest["a%20b"]?.line == 1)
        #expect(manifest["c d"]?.line == 3 && manifest["c%20d"]?.line == 2)
    }

    @Test(arguments: [
        ("", ManifestError.empty), ("\r\n \n", .empty), ("SHA1(a)= \(sha256)", .badLine(1, .wrongLength(64, .sha1))),
        ("SHA256(a)= \(sha1)", .badLine(1, .wrongLength(40, .sha256))), ("SHA1(a)= \(sha1)\n\nSHA1(b) \(sha1)", .badLine(3, .noDigest)),
        ("SHA1(a)= \(sha1)\nSHA1(b)= \(sha1)\nSHA256(a)= \(sha256)", .duplicate("a", line: 3, firstLine: 1)),
        ("SHA1(a)= \(sha1)\rSHA1(b)= \(sha1)\r", .badLine(1, .badName("a)= \(sha1)\rSHA1(b", .controlCharacter))),
        ("\(sha1)  a.vmdk", .badLine(1, .noDigest)), ("-----BEGIN CERTIFICATE-----", .badLine(1, .noDigest)),
    ])
    func refuses(text: String, error: ManifestError) { #expect(throws: error) { try Manifest(parsing: Array(text.utf8)) } }

    @Test func isBounded() {
        let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: Manifest.maximumBytes + 1)
        #expect(throws: ManifestError.tooLarge(bytes: bytes.count, limit: Manifest.maximumBytes)) { try Manifest(parsing: bytes) }
        #expect(throws: ManifestError.empty) { try Manifest(parsing: Array(bytes.dropLast())) }
    }

    @Test func messages() {
        #expect(ManifestError.badLine(3, .wrongLength(64, .sha1)).description == "line 3: 64 hexadecimal digits, and SHA1 makes 40")
        #expect(ManifestError.duplicate("a", line: 3, firstLine: 1).description == "line 3: \"a\" is listed in line 1 already")
    }
}
