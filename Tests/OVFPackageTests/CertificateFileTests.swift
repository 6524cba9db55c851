import Digests
import Testing

@testable import OVFPackage

struct CertificateFileTests {
    private func read(_ text: String) throws -> CertificateFile { try CertificateFile(parsing: Array(text.utf8)) }

    private static let good = "SHA256(p.mf)= \(SignedManifest.rsaSHA256)\n\(SignedManifest.rsa)\n"

    @Test func readsAndVerifies() throws {
        let file = try read(Self.good)
        #expect(file.signatures == [.init(algorithm: .sha256, name: "p.mf", hex: SignedManifest.rsaSHA256)])
        #expect(file.certificates.count == 1 && file.otherBlocks.isEmpty)
        #expect(file.signer.pem == SignedManifest.rsa + "\n")
        try file.verify(manifest: SignedManifest.bytes)
    }

    @Test(arguments: [
        good.split(separator: "\n").joined(separator: "\r\n"), "\n\n" + good + "\n \n",
        "sha2-256 ( p.mf ) = ".split(separator: " ").joined() + String(good.dropFirst(14)),
        "SHA1(p.mf)= \(SignedManifest.rsaSHA1)\n\(SignedManifest.rsa)", "SHA512(p.mf)= \(SignedManifest.rsaSHA512.uppercased())\n\(SignedManifest.rsa)",
        "SHA1(p.mf)= \(SignedManifest.rsaSHA1)\nSHA256(p.mf)= \(SignedManifest.rsaSHA256)\n\(SignedManifest.rsa)",
        "RSA-SHA2-256(p.mf)= \(SignedManifest.rsaSHA256)\n\(SignedManifest.rsa)", "RSA-SHA1(p.mf)= \(SignedManifest.rsaSHA1)\n\(SignedManifest.rsa)",
        "EC-SHA2-256(p.mf)= \(SignedManifest.leafSHA256)\n\(SignedManifest.leaf)",
        "ECDSA-SHA256(p.mf)= \(SignedManifest.leafSHA256)\n\(SignedManifest.leaf)",
        // The signature last, and a manifest that was renamed.
        "\(SignedManifest.rsa)\nSHA1(old name.mf)= \(SignedManifest.rsaSHA1)",
    ])
    func spellings(text: String) throws { try read(text).verify(manifest: SignedManifest.bytes) }

    @Test func chainsAndOtherBlocks() throws {
        let cms = "-----BEGIN CMS-----\nTUlJ\n-----END CMS-----"
        let file = try read("SHA256(p.mf)= \(SignedManifest.leafSHA256)\n\(SignedManifest.leaf)\n\(SignedManifest.root)\n\(cms)\n")
        #expect(file.certificates.map(\.subject) == ["CN=Leaf", "CN=Root"])
        #expect(file.otherBlocks == ["CMS"])
        try file.verify(manifest: SignedManifest.bytes)
        // It is the first certificate's key that counts.
        let swapped = try read("SHA256(p.mf)= \(SignedManifest.leafSHA256)\n\(SignedManifest.root)\n\(SignedManifest.leaf)")
        #expect(throws: CertificateFileError.wrongSignature(.sha256)) { try swapped.verify(manifest: SignedManifest.bytes) }
    }

    @Test func wrongSignatures() throws {
        let file = try read(Self.good)
        #expect(throws: CertificateFileError.wrongSignature(.sha256)) { try file.verify(manifest: SignedManifest.bytes + [UInt8(ascii: "\n")]) }
        #expect(throws: CertificateFileError.wrongSignature(.sha256)) { try file.verify(manifest: []) }
        var damaged = SignedManifest.bytes
        damaged[20] ^= 1
        #expect(throws: CertificateFileError.wrongSignature(.sha256)) { try file.verify(manifest: damaged) }
        // Of another digest, of another key, too short, too long, and no signature at all.
        for (algorithm, hex, certificate) in [
            (DigestAlgorithm.sha256, SignedManifest.rsaSHA1, SignedManifest.rsa), (.sha1, SignedManifest.rsaSHA256, SignedManifest.rsa),
            (.sha256, SignedManifest.leafSHA256, SignedManifest.rsa), (.sha256, SignedManifest.rsaSHA256, SignedManifest.leaf),
            (.sha256, String(SignedManifest.rsaSHA256.dropLast(2)), SignedManifest.rsa), (.sha256, SignedManifest.rsaSHA256 + "00", SignedManifest.rsa),
            (.sha256, "00", SignedManifest.rsa), (.sha256, "00", SignedManifest.leaf),
        ] {
            let file = try read("\(algorithm.rawValue)(p.mf)= \(hex)\n\(certificate)")
            #expect(throws: CertificateFileError.wrongSignature(algorithm)) { try file.verify(manifest: SignedManifest.bytes) }
        }
        // One good signature does not make up for a bad one.
        let mixed = try read("SHA1(p.mf)= 00\n\(Self.good)")
        #expect(throws: CertificateFileError.wrongSignature(.sha1)) { try mixed.verify(manifest: SignedManifest.bytes) }
        let mixedLast = try read("SHA512(p.mf)= \(SignedManifest.rsaSHA512)\nSHA256(p.mf)= 00\n\(SignedManifest.rsa)")
        #expect(throws: CertificateFileError.wrongSignature(.sha256)) { try mixedLast.verify(manifest: SignedManifest.bytes) }
        let edwards = try read("SHA256(p.mf)= 00\n\(SignedManifest.edwards)")
        #expect(throws: CertificateFileError.unusableKey(.sha256)) { try edwards.verify(manifest: SignedManifest.bytes) }
    }

    @Test(arguments: [
        ("", CertificateFileError.noSignature), (SignedManifest.rsa, .noSignature), ("SHA256(p.mf)= 00", .noCertificate),
        ("SHA256(p.mf)= 00\n-----BEGIN CMS-----\n-----END CMS-----", .noCertificate), ("SHA256(p.mf)= 00\nBag Attributes\n", .badLine(2, .noDigest)),
        ("SHA256(p.mf)= 0\n", .badLine(1, .notHexadecimal)), ("SHA256(p.mf)= 00\nSHA256(q.mf)= 00", .duplicateSignature(.sha256, line: 2)),
        ("\n-----BEGIN CERTIFICATE-----\nTUlJ", .unterminated("CERTIFICATE", line: 2)),
        ("-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CMS-----", .unterminated("CERTIFICATE", line: 1)),
        ("-----BEGIN CERTIFICATE-----\nTUlJ\n-----BEGIN CERTIFICATE-----", .unterminated("CERTIFICATE", line: 1)),
        ("-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----", .badCertificate(line: 1)),
        ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", .badCertificate(line: 1)), ("-----BEGIN -----", .unterminated("", line: 1)),
        ("-----BEGIN ----", .badLine(1, .noDigest)), ("-----END CERTIFICATE-----", .badLine(1, .noDigest)),
        // What asks for a password must not ask the terminal for it.
        (
            "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nTUlJ\n-----END CERTIFICATE-----",
            .badCertificate(line: 1)
        ),
    ])
    func refuses(text: String, error: CertificateFileError) { #expect(throws: error) { try read(text) } }

    @Test func isBounded() {
        let big = [UInt8](repeating: UInt8(ascii: "\n"), count: CertificateFile.maximumBytes + 1)
        #expect(throws: CertificateFileError.tooLarge(bytes: big.count, limit: CertificateFile.maximumBytes)) { try CertificateFile(parsing: big) }
        let blocks = String(repeating: "-----BEGIN CMS-----\n-----END CMS-----\n", count: CertificateFile.maximumBlocks + 1)
        #expect(throws: CertificateFileError.tooManyBlocks(limit: CertificateFile.maximumBlocks)) { try read(blocks) }
    }

    @Test func messages() {
        #expect(
            CertificateFileError.badLine(2, .noDigest).description
                == "line 2: neither a signature nor a part of a certificate: no \"=\" with hexadecimal digits behind it")
        #expect(CertificateFileError.wrongSignature(.sha256).description == "the SHA256 signature is not one of this manifest by the key of the certificate")
    }
}
