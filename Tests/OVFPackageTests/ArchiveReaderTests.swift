import Testing

@testable import OVFPackage

struct ArchiveReaderTests {
    private static func reader(_ archive: [UInt8], pieces: Int) -> ArchiveReader {
        var rest = archive[...]
        return ArchiveReader {
            defer { rest = rest.dropFirst(pieces) }
            return Array(rest.prefix(pieces))
        }
    }

    @Test(arguments: [1, 100, 512, 1300, 1 << 20]) func membersAndTheirBytes(pieces: Int) throws {
        let reader = Self.reader(tar(ArchiveStreamTests.members), pieces: pieces)
        for expected in ArchiveStreamTests.members {
            let member = try #require(try reader.next())
            #expect(member == ArchiveMember(name: expected.name, size: Int64(expected.content.count)))
            var content: [UInt8] = []
            while case let bytes = try reader.read(), !bytes.isEmpty { content += bytes }
            #expect(content == expected.content)
            #expect(try reader.read().isEmpty)
        }
        #expect(try reader.next() == nil)
        #expect(try reader.next() == nil && reader.read().isEmpty)
    }

    @Test(arguments: [1, 600, 1 << 20]) func whatIsNotReadIsPassedOver(pieces: Int) throws {
        let reader = Self.reader(tar(ArchiveStreamTests.members), pieces: pieces)
        #expect(try reader.read().isEmpty)
        var names: [String] = []
        while let member = try reader.next() {
            names.append(member.name)
            if names.count == 3 { #expect(try !reader.read().isEmpty) }
        }
        #expect(names == ArchiveStreamTests.members.map(\.name))
    }

    @Test func errorsOfTheArchive() throws {
        let reader = Self.reader(Array(tar([("a.ovf", [1, 2, 3])]).prefix(514)), pieces: 1000)
        #expect(try reader.next()?.size == 3)
        #expect(try Array(reader.read()) == [1, 2])
        let truncated = ArchiveError(.truncated, member: "a.ovf", offset: 514)
        #expect(throws: truncated) { try reader.read() }
        #expect(throws: truncated) { try reader.next() }
    }

    @Test func errorsOfTheSource() throws {
        struct Broken: Error {}
        var pieces = [tar([("a.ovf", [1, 2, 3])])]
        let reader = ArchiveReader {
            guard !pieces.isEmpty else { throw Broken() }
            return Array(pieces.removeFirst().prefix(513))
        }
        #expect(try reader.next() != nil)
        #expect(try Array(reader.read()) == [1])
        #expect(throws: Broken.self) { try reader.read() }
    }
}
