import Testing

@testable import MirrorCore

@Suite struct FileNameTests {
    @Test(arguments: ["", ".", "..", "a/b", "/", "a\0b"]) func refusesWhatIsNoComponent(_ text: String) {
        #expect(FileName(text) == nil)
    }

    @Test(arguments: ["a", "...", ".hidden", " ", "a\nb", "\u{e9}", "-rf", "a\\b", String(repeating: "x", count: 300)]) func keepsTheRest(_ text: String) {
        #expect(FileName(text)?.text == text)
        #expect(FileName(text)?.bytes == Array(text.utf8))
        #expect(FileName(text)?.isHidden == text.hasPrefix("."))
    }

    @Test func staysBytes() throws {
        let invalid: [[UInt8]] = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x61, 0xf5], [0xe2, 0x82]]
        for bytes in invalid {
            let name = try #require(FileName(bytes: bytes))
            #expect(name.text == nil && name.bytes == bytes)
        }
        // One text to Swift, two names to Linux.
        let (composed, decomposed) = (try #require(FileName("caf\u{e9}")), try #require(FileName("cafe\u{301}")))
        #expect(composed.text == decomposed.text && composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test("names go by bytes") func order() throws {
        let names = try ["b", "B", "a", "\u{e9}", "aa"].map { try #require(FileName($0)) }
        #expect(names.sorted().compactMap(\.text) == ["B", "a", "aa", "b", "\u{e9}"])
    }

    @Test(arguments: [
        ("plain.iso", "plain.iso"), ("a b", "a b"), ("\u{e9}\u{540d}", "\u{e9}\u{540d}"), ("a\nb", "a\\x0ab"), ("\u{1b}[31m", "\\x1b[31m"), ("\u{7f}", "\\x7f"),
        ("\u{85}", "\\xc2\\x85"), ("\u{202e}txt", "\\xe2\\x80\\xaetxt"), ("a\u{2028}", "a\\xe2\\x80\\xa8"), ("\u{feff}", "\\xef\\xbb\\xbf"),
        ("\r\n", "\\x0d\\x0a"),
        ("e\u{301}", "e\u{301}"), ("", ""),
    ]) func prints(_ text: String, _ printed: String) {
        #expect(Array(printable(text.utf8).utf8) == Array(printed.utf8))
    }

    @Test(
        arguments: [([0xff], "\\xff"), ([0x61, 0xc3], "a\\xc3"), ([0xc3, 0xa9, 0xff], "\\xc3\\xa9\\xff"), ([0x0a, 0xfe], "\\x0a\\xfe")] as [([UInt8], String)])
    func printsWhatIsNoText(_ bytes: [UInt8], _ printed: String) { #expect(printable(bytes) == printed) }

    @Test("seeded: whatever the bytes, what is printed cannot break a line or a terminal") func printsAnything() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let printed = printable(bytes)
            #expect(printed.unicodeScalars.allSatisfy { !$0.isControl })
            if String(validating: bytes, as: UTF8.self) == nil { #expect(printed.utf8.allSatisfy { 0x20...0x7e ~= $0 }) }
        }
    }

    // MARK: paths

    @Test(arguments: ["a", "a/b", "a/b/c.iso", ".hidden/x", "\u{e9}/\n"]) func readsPaths(_ text: String) throws {
        let path = try #require(RelativePath(text))
        #expect(path.bytes == Array(text.utf8))
        #expect(path.components.count == text.utf8.split(separator: UInt8(ascii: "/")).count)
        #expect(try RelativePath(#require(path.parent).components + [#require(path.last)]) == path)
    }

    @Test(arguments: ["/", "/a", "a/", "a//b", "a/../b", "./a", "..", "a/.", "a/b\0"]) func refusesPaths(_ text: String) { #expect(RelativePath(text) == nil) }

    @Test func rootIsEmpty() {
        #expect(RelativePath("") == .root)
        #expect(RelativePath.root.isRoot && RelativePath.root.parent == nil && RelativePath.root.last == nil && RelativePath.root.bytes.isEmpty)
        #expect(RelativePath.root.description == ".")
    }

    @Test(arguments: [("a/b", "a", true), ("a", "a", true), ("a", "", true), ("ab", "a", false), ("a", "a/b", false), ("b/a", "a", false), ("", "", true)])
    func liesWithin(_ path: String, _ ancestor: String, _ within: Bool) throws {
        #expect(try #require(RelativePath(path)).isWithin(#require(RelativePath(ancestor))) == within)
    }

    @Test("seeded: a path is its bytes, and goes by its components") func pathsRoundTrip() throws {
        var random = SplitMix64(seed: 5)
        func path() -> RelativePath {
            RelativePath(
                (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                    FileName(bytes: (0..<Int.random(in: 1...3, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
                })
        }
        for _ in 0..<3000 {
            let (a, b) = (path(), path())
            #expect(RelativePath(bytes: a.bytes) == a)
            #expect((a.bytes == b.bytes) == (a == b))
            #expect([a < b, b < a, a == b].count { $0 } == 1)
            if let first = b.components.first { #expect(a.appending(first).parent == a && a.appending(first).isWithin(a) && a < a.appending(first)) }
        }
    }
}
