import Testing

@testable import MirrorCore

@Suite struct IgnorePatternsTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var lines: [String]
        var path: String
        var expected: IgnorePatterns.Match
        var testDescription: String { "\(lines) on \(path)" }

        /// A path that ends in `/` is a directory.
        init(_ lines: [String], _ path: String, _ expected: IgnorePatterns.Match) { (self.lines, self.path, self.expected) = (lines, path, expected) }
        init(_ line: String, _ path: String, _ expected: IgnorePatterns.Match) { self.init([line], path, expected) }
    }

    static let rows: [Row] = [
        // Without a slash: the name, at any depth.
        Row("a", "a", .ignore), Row("a", "x/a", .ignore), Row("a", "b", .none), Row("a", "a/x/y", .ignore), Row("a", "ab", .none),
        Row("*.iso", "x.iso", .ignore), Row("*.iso", "d/x.iso", .ignore), Row("*.iso", ".iso", .ignore), Row("*.iso", "x.isos", .none),
        Row("*", "a", .ignore), Row("**", "a/b", .ignore), Row("a*c", "abbc", .ignore), Row("a*c", "ac", .ignore), Row("a*c", "acb", .none),
        Row("a**c", "abc", .ignore), Row("a?c", "abc", .ignore), Row("a?c", "ac", .none), Row("?", "\u{e9}", .none), Row("??", "\u{e9}", .ignore),
        // A slash at the beginning or inside ties to the root.
        Row("/a", "a", .ignore), Row("/a", "x/a", .none), Row("a/b", "a/b", .ignore), Row("a/b", "x/a/b", .none), Row("a/b", "a/b/c", .ignore),
        Row("a/*", "a/b", .ignore), Row("a/*", "a/b/c", .ignore), Row("a/*.c", "a/b/x.c", .none), Row("a?b", "a/b", .none), Row("/*", "a", .ignore),
        Row("a/*/c", "a/b/c", .ignore), Row("a/*/c", "a/c", .none), Row("a/*/c", "a/b/b/c", .none),
        // A slash at the end: directories only.
        Row("a/", "a", .none), Row("a/", "a/", .ignore), Row("a/", "a/b", .ignore), Row("a/", "x/a/", .ignore), Row("/a/", "x/a/", .none),
        Row("a/b/", "a/b", .none), Row("a/b/", "a/b/", .ignore), Row("**/", "a/", .ignore), Row("**/", "a", .none), Row("*/", "a/b", .ignore),
        // Two stars in their three places; elsewhere they are one.
        Row("**/a", "a", .ignore), Row("**/a", "x/y/a", .ignore), Row("**/a/b", "x/a/b", .ignore), Row("**/a/b", "a/x/b", .none),
        Row("a/**", "a/", .none), Row("a/**", "a/b", .ignore), Row("a/**", "a/b/c", .ignore), Row("a/**", "x/a/b", .none),
        Row("a/**/b", "a/b", .ignore), Row("a/**/b", "a/x/b", .ignore), Row("a/**/b", "a/x/y/b", .ignore), Row("a/**/b", "a/xb", .none),
        Row("a/**/**/b", "a/b", .ignore), Row("**/a/**/a/**/b", "a/x/a/b", .ignore), Row("**/a/**/a/**/b", "a/x/b", .none),
        Row("a/x**", "a/xy", .ignore), Row("a/x**", "a/x/y", .ignore), Row("a/x**/y", "a/x/z/y", .none), Row("/**", "a", .ignore),
        // Sets.
        Row("[ab]", "b", .ignore), Row("[ab]", "c", .none), Row("[a-c]x", "bx", .ignore), Row("[a-c]x", "dx", .none), Row("[!a-c]", "d", .ignore),
        Row("[^a-c]", "b", .none), Row("[]]", "]", .ignore), Row("[!]]", "]", .none), Row("[a-]", "-", .ignore), Row("[-a]", "-", .ignore),
        Row("[\\]]", "]", .ignore), Row("[a\\-z]", "m", .none), Row("[a\\-z]", "-", .ignore), Row("[c-a]", "b", .none), Row("[[:digit:]]", "7", .ignore),
        Row("[[:digit:]x]", "x", .ignore), Row("[![:alpha:]]", "a", .none), Row("[[:x]", ":", .ignore), Row("[a-b-d]", "c", .none),
        Row("[a-b-d]", "-", .ignore), Row("a/[^b]", "a/b", .none), Row("[a/b]", "a", .ignore), Row("[a/b]", "x/a", .none),
        // Escapes, comments, spaces.
        Row("\\*", "*", .ignore), Row("\\*", "a", .none), Row("\\#a", "#a", .ignore), Row("#a", "#a", .none), Row("\\!a", "!a", .ignore),
        Row("a\\/b", "a/b", .ignore), Row("a  ", "a", .ignore), Row("a\\ ", "a ", .ignore), Row("a\\  ", "a ", .ignore), Row(" a", " a", .ignore),
        Row("a\t", "a", .none), Row("a b", "a b", .ignore), Row("\\a", "a", .ignore), Row("", "a", .none), Row("   ", "a", .none),
        // The last match decides; nothing below an ignored directory comes back.
        Row(["*.iso", "!a.iso"], "a.iso", .include), Row(["!a.iso", "*.iso"], "a.iso", .ignore), Row(["a", "!a/b"], "a/b", .ignore),
        Row(["a/*", "!a/b"], "a/b", .include), Row(["a/*", "!a/b"], "a/c", .ignore), Row(["/*", "!/a", "/a/*", "!/a/b"], "a/b", .include),
        Row(["/*", "!/a", "/a/*", "!/a/b"], "a/c", .ignore), Row(["a/", "!a"], "a/", .include), Row(["a/", "!a"], "a/b", .none),
        Row(["!a"], "b", .none), Row(["a", "# a", "", "!a"], "a", .include),
    ]

    @Test(arguments: rows) func decides(_ row: Row) throws {
        let patterns = try IgnorePatterns(lines: row.lines)
        let isDirectory = row.path.hasSuffix("/")
        let path = try #require(RelativePath(isDirectory ? String(row.path.dropLast()) : row.path))
        #expect(patterns.match(path, isDirectory: isDirectory) == row.expected)
    }

    @Test(arguments: [
        ("[a", PatternError.Reason.unclosedSet), ("x/[!a", .unclosedSet), ("[]", .unclosedSet), ("[[:alpha:", .unclosedSet), ("[[:word:]]", .unknownClass),
        ("a\\", .danglingEscape), ("a\\/", .danglingEscape), ("/", .nothing), ("!", .nothing), ("a//b", .emptyComponent), ("a//", .emptyComponent),
        ("./a", .dotComponent),
        ("a/../b", .dotComponent), ("..", .dotComponent), ("a\0", .nul),
    ])
    func refusesWhatCanNeverMatch(_ line: String, _ reason: PatternError.Reason) {
        #expect { try IgnorePatterns(lines: ["ok", "", line]) } throws: { error in
            let error = error as? PatternError
            return error?.line == 3 && error?.reason == reason
        }
    }

    @Test func namesTheLineForPeople() {
        let error = PatternError(line: 4, pattern: "[a", reason: .unclosedSet)
        #expect("\(error)" == #"line 4: "[a": "[" without "]"; write "\[" for the character itself"#)
    }

    @Test func matchesNamesThatAreNotUTF8() throws {
        let name = try #require(FileName(bytes: [0xff, 0x2e, 0x69]))
        #expect(try IgnorePatterns(lines: ["?.i"]).match(RelativePath([name]), isDirectory: false) == .ignore)
        #expect(try IgnorePatterns(lines: ["*.i"]).match(RelativePath([name]), isDirectory: false) == .ignore)
        #expect(try IgnorePatterns(contents: [0xff, 0x2a]).match(RelativePath([name]), isDirectory: false) == .ignore)
        #expect(try IgnorePatterns(lines: ["[!a].i"]).match(RelativePath([name]), isDirectory: false) == .ignore)
    }

    @Test func readsAFileAsGitDoes() throws {
        let patterns = try IgnorePatterns(contents: [0xef, 0xbb, 0xbf] + Array("a\r\n#b\n\n*.c \r\n!x.c".utf8))
        for (path, expected) in [("a", IgnorePatterns.Match.ignore), ("#b", .none), ("y.c", .ignore), ("y.c ", .none), ("x.c", .include)] {
            #expect(patterns.match(try #require(RelativePath(path)), isDirectory: false) == expected, "\(path)")
        }
    }

    @Test func theRootMatchesNothing() throws {
        #expect(try IgnorePatterns(lines: ["*", "/**"]).match(.root, isDirectory: true) == .none)
    }

    @Test func laterListsDecide() throws {
        let both = try IgnorePatterns(lines: ["*.a", "!*.b"]) + IgnorePatterns(lines: ["!x.a", "*.b"])
        #expect(both.match(try #require(RelativePath("x.a")), isDirectory: false) == .include)
        #expect(both.match(try #require(RelativePath("x.b")), isDirectory: false) == .ignore)
    }

    /// A matcher that backtracks takes longer than the universe for these.
    @Test func takesNoTimeForPathologicalPatterns() throws {
        let glob = try IgnorePatterns(lines: [String(repeating: "*a", count: 120) + "*b"])
        let long = try #require(RelativePath(String(repeating: "a", count: 255)))
        #expect(glob.match(long, isDirectory: false) == .none)
        let deep = try IgnorePatterns(lines: [String(repeating: "**/a/", count: 60) + "b"])
        let path = try #require(RelativePath(Array(repeating: "a", count: 200).joined(separator: "/")))
        #expect(deep.match(path, isDirectory: false) == .none)
    }

    /// The matcher against the plainest one that can be written, on short words where that one comes to an end.
    @Test(arguments: 0..<8 as Range<UInt64>) func agreesWithARecursiveMatcher(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<400 {
            let tokens = (0..<Int.random(in: 1...7, using: &random)).map { _ in "ab*?*".randomElement(using: &random) ?? "*" }
            let name = (0..<Int.random(in: 1...7, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" }
            let path = try #require(RelativePath(String(name)))
            let found = try IgnorePatterns(lines: [String(tokens)]).match(path, isDirectory: false) == .ignore
            #expect(found == Self.matches(tokens[...], name[...]), "\(String(tokens)) on \(String(name))")
        }
    }

    static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" { return matches(pattern.dropFirst(), name) || (!name.isEmpty && matches(pattern, name.dropFirst())) }
        guard let byte = name.first, first == "?" || first == byte else { return false }
        return matches(pattern.dropFirst(), name.dropFirst())
    }
}
