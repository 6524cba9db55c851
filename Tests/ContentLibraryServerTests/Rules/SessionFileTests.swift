import ContentLibraryAPI
import Digests
import Testing

@testable import ContentLibraryServer

@Suite struct SessionFileTests {
    static let abc = Array("abc".utf8)

    static func spec(_ size: Int64?, _ algorithm: String? = nil, _ checksum: String? = nil) -> UpdateSession.File.AddSpec {
        .init(
            name: "f", source: .push, size: size,
            checksumInfo: checksum.map { .init(algorithm: algorithm.map { .init(rawValue: $0) }, checksum: $0) })
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func `an announced checksum is compared whatever its case`(_ algorithm: DigestAlgorithm) throws {
        let hex = try algorithm.hexDigest(of: Self.abc)
        for announced in [hex, hex.uppercased()] {
            let expectation = try UploadExpectation(announced: Self.spec(3, algorithm.rawValue, announced))
            #expect(expectation.algorithm == algorithm)
            #expect(expectation.refusal(size: 3, checksum: Checksum(algorithm: algorithm, hex: hex)) == nil)
            let other = try algorithm.hexDigest(of: Array("abd".utf8))
            let refusal = try #require(expectation.refusal(size: 3, checksum: Checksum(algorithm: algorithm, hex: other)))
            #expect(refusal.defaultMessage.contains(other) && refusal.defaultMessage.contains(hex))
        }
    }

    @Test func `without an algorithm a checksum is SHA-1`() throws {
        let expectation = try UploadExpectation(announced: Self.spec(nil, nil, "A9993E364706816ABA3E25717850C26C9CD0D89D"))
        #expect(expectation.checksum == Checksum(algorithm: .sha1, hex: "a9993e364706816aba3e25717850c26c9cd0d89d"))
    }

    @Test func `without a checksum SHA-1 is taken`() throws {
        #expect(try UploadExpectation(announced: Self.spec(nil)).algorithm == .sha1)
    }

    @Test(
        arguments: [
            (Int64(-1), nil, nil), (nil, "SHA1", ""), (nil, "SHA1", "abc"), (nil, "SHA256", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (nil, "SHA3", "a9993e364706816aba3e25717850c26c9cd0d89d"), (nil, "SHA1", "z9993e364706816aba3e25717850c26c9cd0d89d"),
            (nil, "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ] as [(Int64?, String?, String?)])
    func `what cannot be verified is not accepted`(_ size: Int64?, _ algorithm: String?, _ checksum: String?) {
        let error = #expect(throws: APIError.self) { try UploadExpectation(announced: Self.spec(size, algorithm, checksum)) }
        #expect(error?.kind == .invalidArgument)
    }

    @Test(
        arguments: [(nil, 0, true), (nil, Int64.max, true), (5, 0, true), (5, 5, true), (5, 6, false), (0, 0, true), (0, 1, false)] as [(Int64?, Int64, Bool)])
    func `more than announced is noticed as it comes`(_ announced: Int64?, _ length: Int64, _ isAdmitted: Bool) {
        #expect(UploadExpectation(size: announced, checksum: nil).admits(length: length) == isAdmitted)
    }

    @Test(arguments: [(5, 4), (5, 6), (0, 1), (1, 0)] as [(Int64, Int64)])
    func `another size is refused, with both numbers`(_ announced: Int64, _ received: Int64) throws {
        let checksum = Checksum(algorithm: .sha1, hex: "")
        let refusal = try #require(UploadExpectation(size: announced, checksum: nil).refusal(size: received, checksum: checksum))
        #expect(refusal.args == [String(received), String(announced)])
    }
}
