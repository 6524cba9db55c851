import Testing

@testable import OVFPackage

struct TarHeaderTests {
    private func header(_ change: (inout TarBlock) -> Void = { _ in }) throws -> TarHeader {
        var block = TarBlock(name: "a.ovf", size: 5)
        change(&block)
        return try TarHeader(block.sealed[...])
    }

    @Test func reads() throws {
        let header = try header()
        #expect(header.name == Array("a.ovf".utf8) && header.size == 5 && header.kind == .file)
    }

    @Test func namesOfBothMagicWords() throws {
        // A prefix is POSIX's; GNU has times there.
        #expect(try header { $0.put("dir", at: 345) }.name == Array("dir/a.ovf".utf8))
        #expect(
            try header {
                $0.put("ustar  \0", at: 257)
                $0.put("dir", at: 345)
            }.name == Array("a.ovf".utf8))
        let full = String(repeating: "x", count: 100)
        #expect(try header { $0.put(full, at: 0) }.name == Array(full.utf8))
    }

    @Test(arguments: [
        ("0", TarHeader.Kind.file), ("\0", .file), ("7", .file), ("L", .longName), ("x", .extended), ("g", .global), ("1", .refused(.link)),
        ("2", .refused(.link)), ("K", .refused(.link)), ("3", .refused(.device)), ("4", .refused(.device)), ("6", .refused(.device)),
        ("5", .refused(.directory)), ("D", .refused(.directory)), ("S", .refused(.sparse)), ("V", .refused(.unknown(0x56))), ("M", .refused(.unknown(0x4d))),
        ("X", .refused(.unknown(0x58))),
    ])
    func kinds(type: String, kind: TarHeader.Kind) throws { #expect(try header { $0.put(type, at: 156) }.kind == kind) }

    @Test(arguments: [
        ("00000000000\0", 0), ("77777777777\0", 8_589_934_591), ("777777777777", 68_719_476_735), ("          7 ", 7), ("7\0\0\0\0\0\0\0\0\0\0\0", 7),
        ("7           ", 7),
    ])
    func octalSizes(text: String, size: Int64) throws { #expect(try header { $0.put(text, at: 124) }.size == size) }

    @Test(
        arguments: [
            ([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0], 8_589_934_592), ([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Int64.max),
        ] as [([UInt8], Int64)])
    func binarySizes(bytes: [UInt8], size: Int64) throws { #expect(try header { $0.put(bytes, at: 124) }.size == size) }

    @Test(
        arguments: [
            Array("            ".utf8), [UInt8](repeating: 0, count: 12), Array("00000000008\0".utf8), Array("-0000000001\0".utf8), Array("0000 000001\0".utf8),
            Array("0x000000001\0".utf8), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            [0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], [0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ] as [[UInt8]])
    func sizesThatAreNone(bytes: [UInt8]) {
        let error = #expect(throws: TarHeaderProblem.self) { try header { $0.put(bytes, at: 124) } }
        #expect(error == .size(Array(bytes.prefix { $0 != 0 })))
    }

    @Test func othersThanTar() {
        #expect(throws: TarHeaderProblem.notTar) { try header { $0.put("\0\0\0\0\0\0\0\0", at: 257) } }
        #expect(throws: TarHeaderProblem.notTar) { try header { $0.put("ustar ", at: 257) } }
        #expect(throws: TarHeaderProblem.notTar) { try TarHeader([UInt8](repeating: 0x1f, count: 512)[...]) }
    }

    @Test func checksums() throws {
        // Every byte counts, and one that is off by one does not pass.
        let block = TarBlock(name: "a.ovf", size: 5).sealed
        for index in [0, 99, 130, 156, 300, 511] {
            var damaged = block
            damaged[index] &+= 1
            #expect(throws: TarHeaderProblem.checksum) { try TarHeader(damaged[...]) }
        }
        // Sums over signed bytes, as the oldest writers make them.
        var signed = TarBlock(name: "\u{e9}.ovf", size: 5)
        signed.isSigned = true
        #expect(try TarHeader(signed.sealed[...]).size == 5)
    }
}
