import Testing

@testable import MirrorCore

@Suite struct PathFilterTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var include: [String] = []
        var exclude: [String] = []
        var ignoreFile = ""
        var layout = MirrorRules.Layout.directories
        /// A path that ends in `/` is a directory.
        var taken: [String]
        var left: [String]
        var testDescription: String { "include \(include) exclude \(exclude) file \(ignoreFile)" }
    }

    static let rows: [Row] = [
        Row(
            taken: ["i/", "i/a.iso", "i/part", "i/sub/a", "i/sub/clsyncd-item.toml", "clsyncd-item.toml"],
            left: [
                ".git/", ".git/a", "i/.a", "i/a.part", "i/a.tmp", "i/.a.swp", "i/a.swp", "i/a~", "i/a.crdownload", "lost+found/", "i/lost+found",
                "i/clsyncd-item.toml",
            ]),
        Row(layout: .single, taken: ["a", "sub/clsyncd-item.toml"], left: ["clsyncd-item.toml", ".clsyncignore"]),
        Row(layout: .files, taken: ["a.iso"], left: ["clsyncd-item.toml", ".a"]),
        Row(exclude: ["*.log", "/i/b"], taken: ["i/a", "j/b"], left: ["i/a.log", "i/b", "i/a.tmp"]),
        // The stronger source takes back what a weaker one left out.
        Row(exclude: ["!*.tmp", "!.a"], taken: ["i/a.tmp", "i/.a"], left: ["i/.b"]),
        Row(exclude: ["*.log"], ignoreFile: "!keep.log\n*.iso\n", taken: ["i/keep.log"], left: ["i/a.log", "i/a.iso"]),
        Row(exclude: ["!a.iso"], ignoreFile: "*.iso", taken: [], left: ["i/a.iso"]),
        Row(ignoreFile: "!.cache/", taken: [".cache/", ".cache/a"], left: [".other/a"]),
        // What lies below an excluded directory stays out.
        Row(exclude: ["i/"], ignoreFile: "!i/a", taken: [], left: ["i/", "i/a"]),
        // `include` limits, and overrides the default excludes only.
        Row(include: ["*.iso"], taken: ["i/", "i/a.iso", "i/sub/a.iso"], left: ["i/a.img", ".snapshot/", ".snapshot/a.iso"]),
        Row(include: ["*.iso", "!b.iso"], taken: ["i/a.iso"], left: ["i/b.iso"]),
        Row(include: ["*.tmp", ".a"], taken: ["i/a.tmp", "i/.a"], left: ["i/.b", "i/b"]),
        Row(include: ["*.iso"], exclude: ["a.iso"], taken: ["i/b.iso"], left: ["i/a.iso"]),
        Row(include: ["*.iso"], ignoreFile: "a.iso", taken: ["i/b.iso"], left: ["i/a.iso"]),
        Row(include: ["*.iso"], exclude: ["i/"], taken: ["j/b.iso"], left: ["i/", "i/a.iso"]),
        Row(include: ["i/"], taken: ["i/", "i/a", "i/.a", "i/sub/b"], left: ["j/a"]),
        Row(include: [".cache/*.iso"], taken: [".cache/", ".cache/a.iso"], left: [".cache/a.img", ".other/"]),
        Row(include: [".cache/"], taken: [".cache/", ".cache/a"], left: [".other/a", "i/a"]),
        Row(include: ["*.iso"], exclude: ["!.snapshot"], taken: [".snapshot/", ".snapshot/a.iso"], left: [".snapshot/a"]),
    ]

    @Test(arguments: rows) func filters(_ row: Row) throws {
        var rules = MirrorRules(name: "m", path: "/srv", library: "l")
        (rules.include, rules.exclude, rules.layout) = (row.include, row.exclude, row.layout)
        let filter = try PathFilter(rules: rules, ignoreFile: Array(row.ignoreFile.utf8))
        for (paths, expected) in [(row.taken, true), (row.left, false)] {
            for text in paths {
                let isDirectory = text.hasSuffix("/")
                let path = try #require(RelativePath(isDirectory ? String(text.dropLast()) : text))
                #expect(filter.takes(path, isDirectory: isDirectory) == expected, "\(text)")
            }
        }
    }

    @Test func takesTheRoot() throws {
        var rules = MirrorRules(name: "m", path: "/srv", library: "l")
        #expect(try PathFilter(rules: rules).takes(.root, isDirectory: true))
        rules.include = ["*.iso"]
        #expect(try PathFilter(rules: rules).takes(.root, isDirectory: true))
    }

    @Test func namesTheSourceOfABadPattern() {
        var rules = MirrorRules(name: "m", path: "/srv", library: "l")
        rules.exclude = ["ok"]
        #expect(throws: PathFilter.Problem(source: .ignoreFile, error: PatternError(line: 2, pattern: "[", reason: .unclosedSet))) {
            try PathFilter(rules: rules, ignoreFile: Array("a\n[\n".utf8))
        }
        rules.include = ["a\\"]
        #expect(throws: PathFilter.Problem(source: .include, error: PatternError(line: 1, pattern: "a\\", reason: .danglingEscape))) {
            try PathFilter(rules: rules)
        }
    }
}
