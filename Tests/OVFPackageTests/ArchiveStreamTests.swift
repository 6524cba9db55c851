import Testing

@testable import OVFPackage

struct ArchiveStreamTests {
    /// What an archive holds, its bytes pushed in pieces of one size.
    static func read(_ archive: [UInt8], pieces: Int = .max, maximumMembers: Int = 4096) throws(ArchiveError) -> [(name: String, content: [UInt8])] {
        var stream = ArchiveStream(maximumMembers: maximumMembers)
        var members: [(name: String, content: [UInt8])] = []
        var sizes: [Int64] = []
        var open = false
        var rest = archive[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(piece.count)
            for event in try stream.push(piece) {
                switch event {
                case .member(let member):
                    #expect(!open)
                    open = true
                    members.append((member.name, []))
                    sizes.append(member.size)
                case .content(let range):
                    #expect(open && !range.isEmpty)
                    members[members.count - 1].content += piece[range]
                case .endOfMember:
                    #expect(open && members.last.map { Int64($0.content.count) } == sizes.last)
                    open = false
                }
            }
        }
        try stream.finish()
        #expect(!open && stream.offset == Int64(archive.count))
        return members
    }

    static func problem(_ archive: [UInt8], pieces: Int = .max) -> ArchiveError? {
        do { _ = try read(archive, pieces: pieces) } catch { return error }
        return nil
    }

    static let members: [(name: String, content: [UInt8])] = [
        ("a.ovf", Array("<Envelope/>".utf8)), ("a.mf", []), ("b c.vmdk", (0..<1500).map { UInt8(truncatingIfNeeded: $0) }),
        ("d.iso", [UInt8](repeating: 7, count: 512)), ("e", [1]),
    ]

    @Test(arguments: [1, 2, 7, 511, 512, 513, 1000, 1024, 4096, .max]) func membersInPiecesOfAnySize(pieces: Int) throws {
        let read = try Self.read(tar(Self.members), pieces: pieces)
        #expect(read.map(\.name) == Self.members.map(\.name))
        #expect(read.map(\.content) == Self.members.map(\.content))
    }

    /// A whole record of zeros is what most writers end with, one block the least that says "end".
    @Test(arguments: [512, 513, 1024, 10240, 100_001]) func zerosBehindTheEnd(count: Int) throws {
        let archive = Array(tar([("a.ovf", [1])]).dropLast(1024)) + [UInt8](repeating: 0, count: count)
        #expect(try Self.read(archive, pieces: 700).count == 1)
        #expect(Self.problem(archive + [1])?.problem == .trailingGarbage)
        #expect(Self.problem(archive + [1])?.offset == Int64(archive.count))
    }

    @Test func namesAndSizesFromExtensions() throws {
        let long = String(repeating: "x", count: 200) + ".vmdk"
        let ovf = TarBlock(name: "a.ovf", size: 0).sealed
        for archive in [
            ovf + extended(paxRecord("path", long) + paxRecord("size", "3")) + TarBlock(name: "short", size: 0).sealed + padded([1, 2, 3]),
            ovf + extended(Array(long.utf8) + [0], type: "L") + TarBlock(name: "short", size: 3).sealed + padded([1, 2, 3]),
            ovf + extended(paxRecord("comment", "c"), type: "g") + extended(paxRecord("mtime", "1"))
                + extended(paxRecord("path", long)) + TarBlock(name: "short", size: 3).sealed + padded([1, 2, 3]),
        ] {
            let read = try Self.read(archive + endOfArchive, pieces: 100)
            #expect(read.map(\.name) == ["a.ovf", long] && read[1].content == [1, 2, 3])
        }
        // For one member only.
        let two = ovf + extended(paxRecord("path", "b")) + TarBlock(name: "c", size: 0).sealed + TarBlock(name: "d", size: 0).sealed + endOfArchive
        #expect(try Self.read(two).map(\.name) == ["a.ovf", "b", "d"])
        // An empty path takes nothing away.
        #expect(try Self.read(ovf + extended(paxRecord("path", "")) + TarBlock(name: "c", size: 0).sealed + endOfArchive).map(\.name) == ["a.ovf", "c"])
    }

    static let hostile: [(archive: [UInt8], problem: ArchiveError.Problem, member: String?)] = [
        (tar([("/etc/passwd", [])]), .name(.absolute), "/etc/passwd"), (tar([("../a.ovf", [])]), .name(.separator("/")), "../a.ovf"),
        (tar([("..", [])]), .name(.directory), ".."), (tar([("./a.ovf", [])]), .name(.separator("/")), "./a.ovf"),
        (tar([("d/a.ovf", [])]), .name(.separator("/")), "d/a.ovf"), (tar([("d\\a.ovf", [])]), .name(.separator("\\")), "d\\a.ovf"),
        (tar([("a\n.ovf", [])]), .name(.controlCharacter), "a\n.ovf"), (tar([("", [])]), .name(.empty), ""),
        (tar([("a.ovf", []), ("b", []), ("b", [])]), .duplicate, "b"), (tar([("b", []), ("a.ovf", [])]), .descriptorNotFirst, "b"),
        (tar([("a.ovf", []), ("b.ovf", [])]), .secondDescriptor, "b.ovf"), (tar([("a.ovf", []), ("b", []), ("a.mf", []), ("c", [])]), .afterManifest, "c"),
        (extended(paxRecord("path", "../../x.ovf")) + tar([("a.ovf", [])]), .name(.separator("/")), "../../x.ovf"),
        (extended(Array("/x.ovf\0".utf8), type: "L") + tar([("a.ovf", [])]), .name(.absolute), "/x.ovf"),
        (extended(paxRecord("path", "a\0.ovf")) + tar([("a.ovf", [])]), .name(.controlCharacter), "a\0.ovf"),
        (
            extended(paxRecord("path", String(repeating: "x", count: 300))) + tar([("a.ovf", [])]), .name(.tooLong(bytes: 300)),
            String(repeating: "x", count: 300)
        ),
        (
            extended(paxRecord("GNU.sparse.name", "s.vmdk") + paxRecord("path", "GNUSparseFile.0/s.vmdk")) + tar([("a.ovf", [])]), .kind(.sparse),
            "GNUSparseFile.0/s.vmdk"
        ),
        (TarBlock(name: "l", size: 0, type: "2").sealed + endOfArchive, .kind(.link), "l"),
        (TarBlock(name: "l", size: 0, type: "1").sealed + endOfArchive, .kind(.link), "l"),
        (TarBlock(name: "d", size: 0, type: "5").sealed + endOfArchive, .kind(.directory), "d"),
        (TarBlock(name: "n", size: 0, type: "3").sealed + endOfArchive, .kind(.device), "n"),
        (TarBlock(name: "p", size: 0, type: "6").sealed + endOfArchive, .kind(.device), "p"),
        (TarBlock(name: "s", size: 0, type: "S").sealed + endOfArchive, .kind(.sparse), "s"),
        (TarBlock(name: "v", size: 0, type: "V").sealed + endOfArchive, .kind(.unknown(0x56)), "v"),
    ]

    @Test func hostileArchives() {
        for row in Self.hostile {
            for pieces in [1, .max] {
                let error = Self.problem(row.archive, pieces: pieces)
                #expect(error?.problem == row.problem)
                #expect(error?.member == row.member)
            }
        }
    }

    /// Where two readers could see two things, there is nothing to see.
    @Test(arguments: [
        extended(paxRecord("path", "b")) + extended(paxRecord("path", "c")), extended(Array("b\0".utf8), type: "L") + extended(Array("c\0".utf8), type: "L"),
        extended(paxRecord("path", "b")) + extended(Array("c\0".utf8), type: "L"), extended(paxRecord("size", "0")) + extended(paxRecord("size", "0")),
        extended(paxRecord("path", "b") + paxRecord("path", "b")), extended(paxRecord("path", "b"), type: "g"), extended(paxRecord("size", "1"), type: "g"),
        extended(Array("7 a=b\n".utf8)), extended([]), TarBlock(name: "x", size: 65537, type: "x").sealed, TarBlock(name: "x", size: .max, type: "L").sealed,
        extended(paxRecord("path", "b")) + endOfArchive,
    ])
    func ambiguousExtensions(part: [UInt8]) {
        let error = Self.problem(TarBlock(name: "a.ovf", size: 0).sealed + part + TarBlock(name: "d", size: 0).sealed + endOfArchive)
        guard case .damagedHeader = error?.problem else {
            Issue.record("\(error as Any)")
            return
        }
    }

    @Test func everyTruncation() throws {
        let archive = extended(paxRecord("path", "a.ovf")) + tar([("x", [1, 2, 3]), ("b", [UInt8](repeating: 1, count: 600))])
        let end = archive.count - 512
        for count in 0..<end {
            let error = Self.problem(Array(archive.prefix(count)))
            #expect(error?.problem == .truncated && error?.offset == Int64(count))
        }
        #expect(try Self.read(Array(archive.prefix(end))).map(\.name) == ["a.ovf", "b"])
        // In a member it is the member that is short.
        #expect(Self.problem(Array(archive.prefix(2000)))?.member == "a.ovf" || Self.problem(Array(archive.prefix(2000)))?.member == nil)
        #expect(Self.problem(Array(archive.prefix(end - 700)))?.member == "b")
    }

    @Test func damage() {
        let archive = tar([("a.ovf", [1]), ("b", [2])])
        var wrongSum = archive
        wrongSum[1024] ^= 1
        #expect(Self.problem(wrongSum) == ArchiveError(.damagedHeader("its checksum is wrong"), offset: 1024))
        for other in [[0x1f, 0x8b] + [UInt8](repeating: 8, count: 600), Array("<html>".utf8) + [UInt8](repeating: 32, count: 600)] {
            #expect(Self.problem(other) == ArchiveError(.notTar, offset: 0))
        }
        // A lone block of zeros ends it too, and what follows is not looked at.
        #expect(Self.problem(TarBlock(name: "a.ovf", size: 0).sealed + [UInt8](repeating: 0, count: 512) + tar([("b", [])]))?.problem == .trailingGarbage)
    }

    @Test func nothingAtAll() {
        #expect(Self.problem([]) == ArchiveError(.truncated, offset: 0))
        #expect(Self.problem(endOfArchive) == ArchiveError(.empty, offset: 0))
        #expect(Self.problem(extended(paxRecord("comment", "c"), type: "g") + endOfArchive) == ArchiveError(.empty, offset: 1024))
    }

    @Test func tooManyMembers() throws {
        let archive = tar([("a.ovf", [])] + (0..<9).map { ("\($0)", []) })
        #expect(try Self.read(archive, maximumMembers: 10).count == 10)
        let error = #expect(throws: ArchiveError.self) { try Self.read(archive, maximumMembers: 9) }
        #expect(error?.problem == .tooManyMembers(limit: 9) && error?.member == "8")
    }

    @Test func errorsAreFinal() throws {
        var stream = ArchiveStream()
        let error = ArchiveError(.descriptorNotFirst, member: "b", offset: 0)
        #expect(throws: error) { try stream.push(tar([("b", [])])) }
        #expect(throws: error) { try stream.push([]) }
        #expect(throws: error) { try stream.push(tar([("a.ovf", [])])) }
        #expect(throws: error) { try stream.finish() }
        var short = ArchiveStream()
        _ = try short.push([UInt8](repeating: 0, count: 100))
        let truncated = ArchiveError(.truncated, offset: 100)
        #expect(throws: truncated) { try short.finish() }
        #expect(throws: truncated) { try short.push([UInt8](repeating: 0, count: 924)) }
        #expect(truncated.description == "byte 100: the archive ends early")
    }

    @Test func messagesNameTheMember() {
        #expect(
            Self.problem(tar([("a.ovf", []), ("../b", [])]))?.description
                == "the member \"../b\" at byte 512: a name that no file of a package can have: it contains \"/\", and the files of a package lie in one directory"
        )
    }

    /// Sizes that need more than eleven octal digits, in each of the three ways to write them, and content that exists only as it is pushed.
    @Test(arguments: ["gnu", "pax", "octal"]) func sizesOverEightGiB(format: String) throws {
        let size: Int64 = format == "octal" ? 12 << 30 : 20 << 30 + 7
        var header = TarBlock(name: "big.vmdk", size: size)
        if format == "octal" { header.put(String(repeating: "0", count: 12 - String(size, radix: 8).count) + String(size, radix: 8), at: 124) }
        var pax: [UInt8] = []
        if format == "pax" {
            header = TarBlock(name: "big.vmdk", size: 0)
            pax = extended(paxRecord("size", "\(size)"))
        }
        var stream = ArchiveStream()
        var events = try stream.push(TarBlock(name: "a.ovf", size: 0).sealed + pax + header.sealed)
        #expect(events.last == .member(ArchiveMember(name: "big.vmdk", size: size)))
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 20, alignment: 16)
        defer { piece.deallocate() }
        piece.initializeMemory(as: UInt8.self, repeating: 0x5a)
        var left = size
        while left > 0 {
            let count = Int(min(left, Int64(piece.count)))
            events = try stream.push(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            left -= Int64(count)
            #expect(events.first == .content(0..<count))
        }
        #expect(events.last == .endOfMember)
        _ = try stream.push([UInt8](repeating: 0, count: Int((512 - size % 512) % 512)) + TarBlock(name: "c", size: 0).sealed + endOfArchive)
        try stream.finish()
        #expect(stream.isAtEnd && stream.offset > size)
    }
}
