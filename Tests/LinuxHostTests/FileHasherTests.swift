import Digests
import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct FileHasherTests {
    private func file(_ bytes: [UInt8], _ place: TemporaryDirectory) throws -> SourceFile {
        try place.write(Array("file".utf8), bytes)
        return try RootDirectory.open(place.path).openFile("file")
    }

    @Test func hashesKnownTexts() throws {
        let place = try TemporaryDirectory()
        let (empty, none) = try FileHasher.hash(file([], place), [.sha1, .md5])
        #expect(none == 0 && empty[.sha1]?.hex == "da39a3ee5e6b4b0d3255bfef95601890afd80709" && empty[.md5]?.hex == "d41d8cd98f00b204e9800998ecf8427e")
        let (abc, three) = try FileHasher.hash(file(Array("abc".utf8), place), [.sha256])
        #expect(three == 3 && abc.all == [Checksum(.sha256, hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")])
    }

    @Test(arguments: [1 << 20, (1 << 20) - 1, (1 << 20) + 1, 3 << 20, 2_500_000]) func hashesAcrossBuffers(size: Int) throws {
        let place = try TemporaryDirectory()
        var random = SplitMix64(UInt64(size))
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        var told: [Int64] = []
        let (checksums, count) = try FileHasher.hash(file(bytes, place), Set(ChecksumAlgorithm.allCases), progress: { told.append($0) })
        #expect(count == Int64(size) && told.last == count && told == told.sorted() && told.count == (size + (1 << 20) - 1) >> 20)
        for algorithm in ChecksumAlgorithm.allCases { #expect(try checksums[algorithm]?.hex == algorithm.digest.hexDigest(of: bytes)) }
    }

    @Test func stopsWhenTold() throws {
        let place = try TemporaryDirectory()
        let source = try file([UInt8](repeating: 7, count: 3 << 20), place)
        var asked = 0
        #expect(throws: CancellationError.self) {
            try FileHasher.hash(
                source, [.sha1],
                shouldStop: {
                    asked += 1; return asked == 2
                })
        }
        #expect(asked == 2)
    }

    /// The caller sees that a file moved under the reading, by its fingerprint.
    @Test func growthShowsInTheFingerprint() throws {
        let place = try TemporaryDirectory()
        let source = try file([1, 2, 3], place)
        let before = try source.fingerprint()
        let (_, bytes) = try FileHasher.hash(source, [.sha1])
        let writer = open(place("file"), O_WRONLY | O_APPEND)
        #expect(write(writer, [4] as [UInt8], 1) == 1)
        close(writer)
        let after = try source.fingerprint()
        #expect(bytes == before.size && after != before && after.size == 4 && after.inode == before.inode)
    }
}
