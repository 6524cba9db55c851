import Digests
import Testing

@testable import OVFPackage

struct DigestLineTests {
    @Test(arguments: [
        ("SHA1(a.vmdk)= AB01", DigestAlgorithm.sha1, "a.vmdk", "ab01"), ("SHA256 (a.vmdk) = ab01", .sha256, "a.vmdk", "ab01"),
        ("sha512(a)=ab01", .sha512, "a", "ab01"), ("SHA256(a)\t=\t aB01", .sha256, "a", "ab01"), ("SHA-1(a)= 00", .sha1, "a", "00"),
        ("Sha-256(a)= 00", .sha256, "a", "00"), ("SHA2-512(a)= 00", .sha512, "a", "00"), ("SHA2-256(a)= 00", .sha256, "a", "00"),
        ("SHA1(my disk (1).vmdk)= 00", .sha1, "my disk (1).vmdk", "00"), ("SHA1(a)= b)= 00", .sha1, "a)= b", "00"), ("SHA1(()= 00", .sha1, "(", "00"),
        ("SHA1( a )= 00", .sha1, " a ", "00"), ("SHA1(é.iso)= 00", .sha1, "é.iso", "00"), ("SHA1(a=b)= 00", .sha1, "a=b", "00"),
    ])
    func reads(text: String, algorithm: DigestAlgorithm, name: String, hex: String) throws {
        let line = try DigestLine(Array(text.utf8)[...])
        #expect((line.algorithm, line.name, line.hex) == (algorithm, name, hex))
    }

    @Test(arguments: [
        ("", DigestLineProblem.noDigest), ("SHA1(a)", .noDigest), ("SHA1(a)=", .noDigest), ("SHA1 a = 00", .noName), ("SHA1(a = 00", .noName),
        ("SHA1 a) = 00", .noName), ("SHA1(a) b = 00", .noName), ("= 00", .noName), ("SHA1(a)= 0", .notHexadecimal), ("SHA1(a)= 0g", .notHexadecimal),
        ("SHA1(a)= 00 00", .notHexadecimal), ("SHA1(a)= 00 # good", .notHexadecimal), ("SHA1(a)= 0x00", .notHexadecimal),
        ("MD5(a)= 00", .unknownAlgorithm("MD5")),
        ("(a)= 00", .unknownAlgorithm("")), ("SHA 1(a)= 00", .unknownAlgorithm("SHA 1")), ("SHA3-256(a)= 00", .unknownAlgorithm("SHA3-256")),
        ("RSA-SHA1(a)= 00", .unknownAlgorithm("RSA-SHA1")),
        ("SHA1()= 00", .badName("", .empty)), ("SHA1(../a)= 00", .badName("../a", .separator("/"))), ("SHA1(/a)= 00", .badName("/a", .absolute)),
        ("SHA1(a\u{0}b)= 00", .badName("a\u{0}b", .controlCharacter)),
    ])
    func refuses(text: String, problem: DigestLineProblem) { #expect(throws: problem) { try DigestLine(Array(text.utf8)[...]) } }

    @Test func refusesNamesThatAreNoText() {
        #expect(throws: DigestLineProblem.notText) { try DigestLine((Array("SHA1(a".utf8) + [0xff] + Array(")= 00".utf8))[...]) }
    }

    @Test func lines() {
        func lines(_ text: String) -> [String] { DigestLine.lines(of: Array(text.utf8)).map { "\($0.number) \(String(decoding: $0.line, as: UTF8.self))" } }
        #expect(lines("a\nb") == ["1 a", "2 b"])
        #expect(lines("\u{feff}a \t\r\n\r\n\n  b\r\n") == ["1 a", "4 b"])
        #expect(lines("") == [] && lines("\n\r\n \t\n") == [])
    }
}
