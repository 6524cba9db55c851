import LinuxHost
import MirrorCore
import Testing

@testable import MirrorEngine

@Suite("LocalView")
struct LocalViewTests {
    private func tree() throws -> SourceTree {
        let directory = try TemporaryDirectory()
        let source = SourceTree(path: directory("source"), owner: directory)
        try source.directory("")
        return source
    }
    private func rules(_ source: SourceTree, _ change: (inout MirrorRules) -> Void = { _ in }) -> MirrorRules {
        var rules = MirrorRules(name: "m", path: source.path, library: "L")
        change(&rules)
        return rules
    }
    private func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

    /// Scanned and mapped: item and files.
    private func look(_ view: inout LocalView, _ rules: MirrorRules, _ scope: LocalView.Scope) throws -> [String: Set<String>] {
        view = try view.scanned(RootDirectory.open(rules.path), scope, rules: rules, isCancelled: { false }).mapped(rules, published: [:])
        return view.local.items.mapValues { Set($0.files.keys) }
    }

    @Test("an event costs the scan of its directory: new and vanished directories are seen, others are taken as they were")
    func partial() throws {
        let source = try tree()
        for file in ["a/f", "b/f", "c/f"] { try source.write(file, file) }
        let rules = rules(source)
        var view = LocalView()
        #expect(try look(&view, rules, .everything) == ["a": ["f"], "b": ["f"], "c": ["f"]])
        try source.write("a/g", "g")
        try source.write("b/g", "not looked at yet")
        try source.remove("c")
        try source.write("d/f", "new")
        #expect(try look(&view, rules, .directories([path("a")])) == ["a": ["f", "g"], "b": ["f"], "d": ["f"]])
        #expect(try look(&view, rules, .directories([path("b")])) == ["a": ["f", "g"], "b": ["f", "g"], "d": ["f"]])
    }

    @Test("a directory that took another's name is scanned, whether or not an event named it")
    func replaced() throws {
        let source = try tree()
        try source.write("a/old", "1")
        try source.write("aside/new", "2")
        let rules = rules(source)
        var view = LocalView()
        _ = try look(&view, rules, .everything)
        try source.move("a", "b")
        try source.move("aside", "a")
        #expect(try look(&view, rules, .directories([.root])) == ["a": ["new"], "b": ["old"]])
    }

    @Test("nested directories are seen again with the item that they are in")
    func nested() throws {
        let source = try tree()
        try source.write("a/x/y/f", "1")
        try source.write("b/f", "1")
        let rules = rules(source) { $0.nested = .flatten }
        var view = LocalView()
        #expect(try look(&view, rules, .everything) == ["a": ["x__y__f"], "b": ["f"]])
        try source.write("a/x/y/g", "1")
        #expect(try look(&view, rules, .directories([path("a/x/y")])) == ["a": ["x__y__f", "x__y__g"], "b": ["f"]])
    }

    @Test("another root at the path is scanned as a whole")
    func otherRoot() throws {
        let source = try tree()
        try source.write("a/f", "1")
        let rules = rules(source)
        var view = LocalView()
        _ = try look(&view, rules, .everything)
        try source.move("../source", "../old")
        try source.write("z/f", "1")
        #expect(try look(&view, rules, .directories([path("a")])) == ["z": ["f"]])
    }

    @Test("the ignore file at the root is obeyed from the look that sees it")
    func ignoreFile() throws {
        let source = try tree()
        for file in ["a/f", "a/f.log"] { try source.write(file, file) }
        let rules = rules(source)
        var view = LocalView()
        #expect(try look(&view, rules, .everything) == ["a": ["f", "f.log"]])
        try source.write(PathFilter.ignoreFileName, "*.log\n")
        #expect(try look(&view, rules, .directories([.root])) == ["a": ["f"]])
        #expect(view.local.items["a"]?.unmanaged.keys.contains("f.log") == true)
        try source.remove(PathFilter.ignoreFileName)
        #expect(try look(&view, rules, .directories([.root])) == ["a": ["f", "f.log"]])
    }

    @Test("layouts files and single see their root at every look", arguments: [MirrorRules.Layout.files, .single])
    func flat(layout: MirrorRules.Layout) throws {
        let source = try tree()
        try source.write("one.bin", "1")
        let rules = rules(source) { ($0.layout, $0.item) = (layout, "all") }
        var view = LocalView()
        _ = try look(&view, rules, .everything)
        try source.write("two.bin", "2")
        let seen = try look(&view, rules, .directories([.root]))
        #expect(seen == (layout == .files ? ["one": ["one.bin"], "two": ["two.bin"]] : ["all": ["one.bin", "two.bin"]]))
    }
}
