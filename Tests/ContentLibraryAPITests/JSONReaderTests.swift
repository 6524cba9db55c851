import ContentLibraryAPI
import Glibc
import Testing

struct JSONReaderTests {
    @Test(arguments: [
        ("null", JSON.null), (" true ", .bool(true)), ("false\r\n", .bool(false)), ("0", .int(0)), ("-0", .int(0)), ("-12", .int(-12)),
        ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
        ("1.0", .double(1)), ("1e2", .double(100)), ("-1.5E-1", .double(-0.15)), ("1e-400", .double(0)), ("[]", .array([])), ("{}", .object([])),
        ("[1,[2],{}]", .array([.int(1), .array([.int(2)]), .object([])])),
        (##"{"b":1,"a":2}"##, .object([.init("b", .int(1)), .init("a", .int(2))])),
        (##""\"\\\/\b\f\n\r\t""##, .string("\"\\/\u{8}\u{c}\n\r\t")), (##""\u0000\u00e9\uD83D\ude00""##, .string("\0é😀")),
        ("\"\u{7f}é😀\"", .string("\u{7f}é😀")),
        (##"{"":""}"##, .object([.init("", .string(""))])),
    ])
    func accepts(text: String, value: JSON) throws { #expect(try JSON(text) == value) }

    @Test(arguments: [
        ("", "end of text at byte 0"), ("  ", "end of text at byte 2"), ("nul", "unknown word at byte 0"), ("nulll", "text after the value at byte 4"),
        ("True", "not a value at byte 0"), ("NaN", "not a value at byte 0"), ("Infinity", "not a value at byte 0"), ("-", "not a value at byte 1"),
        ("+1", "not a value at byte 0"), ("01", "text after the value at byte 1"), ("-01", "text after the value at byte 2"),
        (".5", "not a value at byte 0"), ("1.", "expected a digit at byte 2"), ("1e", "expected a digit at byte 2"), ("1e+", "expected a digit at byte 3"),
        ("1e400", "a number too large at byte 0"), ("0x10", "text after the value at byte 1"), ("[1,]", "not a value at byte 3"),
        ("[1 2]", "expected ',' or ']' at byte 3"), ("[", "end of text at byte 1"), ("{", "expected a string at byte 1"),
        (##"{"a"}"##, "expected ':' at byte 4"), (##"{"a":}"##, "not a value at byte 5"), (##"{"a":1,}"##, "expected a string at byte 7"),
        (##"{a:1}"##, "expected a string at byte 1"), (##"{"a":1 "b":2}"##, "expected ',' or '}' at byte 7"),
        (##"{"a":1,"\u0061":2}"##, "a name for the second time in one object at byte 15"), (##"""##, "unterminated string at byte 1"),
        (##""\""##, "unterminated string at byte 3"), (##""\x""##, "unknown escape at byte 2"), (##""\u12G4""##, "expected a hexadecimal digit at byte 5"),
        (##""\u+123""##, "expected a hexadecimal digit at byte 3"), (##""\ud800""##, "lone surrogate at byte 3"),
        (##""\ud800\n""##, "lone surrogate at byte 3"), (##""\ud800\u0041""##, "lone surrogate at byte 3"), (##""\udc00\ud800""##, "lone surrogate at byte 3"),
        ("\"a\nb\"", "control character in a string at byte 2"), ("\"\u{1f}\"", "control character in a string at byte 1"),
        ("\u{feff}1", "not a value at byte 0"), ("'a'", "not a value at byte 0"), ("// x", "not a value at byte 0"),
        ("1 \u{b}", "text after the value at byte 2"),
    ])
    func refuses(text: String, problem: String) {
        let error = #expect(throws: JSONError.self) { try JSON(text) }
        #expect(error?.description == problem)
    }

    @Test(
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xc3, 0x22],
            [0x22, 0x5c, 0x6e, 0x80, 0x22], [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d], [0xff, 0xfe, 0x31, 0x00], [0xc3, 0xa9],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(bytes: [UInt8]) { #expect(throws: JSONError.self) { try JSON(parsing: bytes) } }

    /// Swift holds the two spellings of "é" for equal; JSON does not.
    @Test func namesAreBytes() throws {
        #expect(try JSON("{\"\u{e9}\":1,\"e\u{301}\":2}") == .object([.init("\u{e9}", .int(1)), .init("e\u{301}", .int(2))]))
    }

    @Test func duplicatesInLargeObjects() throws {
        let members = (0..<40).map { "\"k\($0)\":\($0)" }
        let all = try JSON("{" + members.joined(separator: ",") + "}")
        #expect(all["k39"] == .int(39))
        for duplicate in [0, 15, 16, 39] {
            #expect(throws: JSONError.self) { try JSON("{" + (members + ["\"k\(duplicate)\":0"]).joined(separator: ",") + "}") }
        }
    }

    @Test func limits() throws {
        func nested(_ depth: Int) -> [UInt8] { Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8) }
        _ = try JSON(parsing: nested(96))
        #expect(throws: JSONError("nested deeper than 96", at: 96)) { try JSON(parsing: nested(97)) }
        #expect(throws: JSONError.self) { try JSON(parsing: Array(String(repeating: "[{\"a\":", count: 100_000).utf8)) }
        _ = try JSON(parsing: nested(3), limits: .init(size: 6, depth: 3))
        #expect(throws: JSONError("longer than 5 bytes", at: 5)) { try JSON(parsing: nested(3), limits: .init(size: 5)) }
    }

    /// Fifty times the text takes about fifty times as long, and far from the square of it, whatever it is made of.
    @Test(arguments: ["0,", "\"\\n\",", "\"aaaaaaaaaaaaaaa\",", "{\"a\":1},", "[],", "1.5,"])
    func takesLinearTime(item: String) throws {
        try expectLinear { "[" + String(repeating: item, count: $0) + "0]" }
    }

    @Test func manyNamesTakeLinearTime() throws {
        try expectLinear { "{" + (0..<$0).map { "\"n\($0)\":0" }.joined(separator: ",") + "}" }
    }

    @Test func longStringsTakeLinearTime() throws {
        try expectLinear { "\"" + String(repeating: "a\\n\\u00e9", count: $0) + "\"" }
        try expectLinear { String(repeating: "9", count: min($0, 300)) + "." + String(repeating: "9", count: $0) }
    }

    /// Processor time of this thread in nanoseconds: whatever else the machine does is not in it.
    private static func threadTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    private func expectLinear(_ text: (Int) -> String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        func best(_ count: Int) throws -> Int {
            let bytes = Array(text(count).utf8)
            return try (0..<3).map { _ in
                let start = Self.threadTime()
                _ = try JSON(parsing: bytes)
                return Self.threadTime() - start
            }.min() ?? 0
        }
        let (short, long) = (try best(1000), try best(50_000))
        #expect(long < short * 500, sourceLocation: sourceLocation)
    }

    /// Damaged documents are refused or read; none stops the process.
    @Test func survivesDamage() {
        var random = SplitMix64(0x6a73_6f6e)
        let seeds = DocumentMaker.fixed.map { Array($0.utf8) }
        var (accepted, refused) = (0, 0)
        for _ in 0..<20_000 {
            var bytes = seeds.randomElement(using: &random) ?? []
            DocumentMaker.damage(&bytes, using: &random)
            do {
                let value = try JSON(parsing: bytes)
                accepted += 1
                if (try? JSON(value.serialized)) != value { Issue.record("\(value)") }
            } catch { refused += 1 }
        }
        #expect(accepted > 1000 && refused > 1000)
    }
}
