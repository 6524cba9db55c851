import Testing

@testable import ContentLibraryServer

@Suite struct ByteRangeTests {
    @Test(
        arguments: [
            // a-b
            ("bytes=0-0", 10, .part(0..<1)), ("bytes=2-3", 10, .part(2..<4)), ("bytes=9-9", 10, .part(9..<10)), ("bytes=0-9", 10, .part(0..<10)),
            ("bytes=0-10", 10, .part(0..<10)), ("bytes=9-99", 10, .part(9..<10)), ("bytes=10-10", 10, .unsatisfiable), ("bytes=0-0", 0, .unsatisfiable),
            ("bytes=002-0003", 10, .part(2..<4)),
            // a-
            ("bytes=0-", 10, .part(0..<10)), ("bytes=9-", 10, .part(9..<10)), ("bytes=10-", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
            ("bytes=0-", 1, .part(0..<1)),
            // -n
            ("bytes=-1", 10, .part(9..<10)), ("bytes=-10", 10, .part(0..<10)), ("bytes=-11", 10, .part(0..<10)), ("bytes=-0", 10, .unsatisfiable),
            ("bytes=-00", 10, .unsatisfiable), ("bytes=-5", 0, .whole), ("bytes=-0", 0, .unsatisfiable),
            // Beyond what can be counted, and just not.
            ("bytes=0-9223372036854775807", 10, .part(0..<10)), ("bytes=3-9223372036854775808", 10, .part(3..<10)),
            ("bytes=0-9223372036854775807", .max, .part(0..<(.max))), ("bytes=0-9223372036854775806", .max, .part(0..<(.max))),
            ("bytes=9223372036854775806-", .max, .part((.max - 1)..<(.max))), ("bytes=9223372036854775807-", .max, .unsatisfiable),
            ("bytes=18446744073709551616-", 10, .unsatisfiable), ("bytes=18446744073709551617-18446744073709551618", 10, .unsatisfiable),
            ("bytes=-99999999999999999999", 10, .part(0..<10)), ("bytes=-9223372036854775807", .max, .part(0..<(.max))),
            // The unit in any case, and the list as lists may be.
            ("BYTES=2-3", 10, .part(2..<4)), ("bYtEs=-1", 10, .part(9..<10)), ("bytes= 2-3", 10, .part(2..<4)), ("bytes=,2-3 ,\t, ", 10, .part(2..<4)),
        ] as [(String, Int64, ByteRange.Extent)])
    func `one range of a file`(_ text: String, _ size: Int64, _ expected: ByteRange.Extent) throws {
        #expect(try #require(ByteRange(text)).extent(of: size) == expected)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "=", "=0-1", "bytes=-", "bytes=,", "bytes=0", "bytes=a-b", "bytes=0-b", "bytes=a-", "bytes=-b", "bytes=3-2", "bytes=--1",
        "bytes=0--1", "bytes=-1-2", "bytes=1-2-3", "bytes=+1-2", "bytes=0x1-2", "bytes=1.0-2", "bytes=1 -2", "bytes=1- 2", "bytes= - 1", "bytes=0-1,3-4",
        "bytes=0-1, -1", "bytes=0-0,0-0", "bytes 0-1", "bytes =0-1", " bytes=0-1", "byte=0-1", "bytess=0-1", "lines=0-1", "bytes:0-1", "bytes=0-1;",
        "bytes==0-1",
        "bytes=٠-٣", "bytes=0–1", "bytes=0-1\u{301}", "bytes=0-1\0", "byteſ=0-1",
    ])
    func `what is ignored`(_ text: String) { #expect(ByteRange(text) == nil) }

    @Test func `a value is read up to its limit`() {
        let zeros = String(repeating: "0", count: ByteRange.longest - "bytes=1-".utf8.count)
        #expect(ByteRange("bytes=\(zeros)1-") == .from(1, through: nil))
        #expect(ByteRange("bytes=\(zeros)01-") == nil)
    }
}
