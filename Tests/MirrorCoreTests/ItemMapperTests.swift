import ContentLibraryAPI
import Testing

@testable import MirrorCore

/// A scanned tree in short: names with their entries.
indirect enum Node: Sendable {
    case file, special, link, linkToFile
    case directory([String: Node], inode: UInt64 = 1, problem: Int32? = nil)
    /// A directory that could not be opened, with errno.
    case closed(Int32)
    /// An entry that could not be examined, with errno.
    case broken(Int32)

    static func of(_ names: String..., inode: UInt64 = 1) -> Node { .directory(Dictionary(uniqueKeysWithValues: names.map { ($0, .file) }), inode: inode) }

    static func problem(_ code: Int32?) -> ScanProblem? { code.map { ScanProblem(path: .root, code: $0, text: "errno \($0)") } }
    static func identity(_ inode: UInt64) -> DirectoryIdentity { DirectoryIdentity(device: 1, inode: inode, born: 5, fileSystem: 7) }
    static let fingerprint = Fingerprint(size: 1, modified: 2, changed: 3, inode: 4)

    var entry: ScannedDirectory.Entry? {
        switch self {
        case .file: .file(Self.fingerprint)
        case .special: .special
        case .link: .symlink(nil)
        case .linkToFile: .symlink(Self.fingerprint)
        case .directory: scanned.map { .directory($0) }
        case .closed(let code): Self.problem(code).map { .unreadableDirectory($0) }
        case .broken(let code): Self.problem(code).map { .unreadable($0) }
        }
    }
    var scanned: ScannedDirectory? {
        guard case .directory(let nodes, let inode, let problem) = self else { return nil }
        var directory = ScannedDirectory(identity: Self.identity(inode), problem: Self.problem(problem))
        for (text, node) in nodes {
            // A byte that is not UTF-8 is written as U+FFFD.
            let bytes = Array(text.utf8).split(separator: Array("\u{fffd}".utf8), omittingEmptySubsequences: false).joined(separator: [0xff])
            if let name = FileName(bytes: bytes), let entry = node.entry { directory.entries[name] = entry }
        }
        return directory
    }
}

/// A published item in short: its files by remote name, with the paths they came from.
struct Published: Sendable {
    var name: String
    var type: String?
    var inode: UInt64?
    var files: [String: String]

    init(_ name: String, inode: UInt64? = nil, type: String? = nil, _ files: [String: String] = [:]) {
        (self.name, self.inode, self.type, self.files) = (name, inode, type, files)
    }

    var base: BaseItem {
        let files = files.map { name, path in
            BaseFile(
                name: name, path: RelativePath(path) ?? .root, fingerprint: Node.fingerprint, checksums: Checksums(),
                remote: RemoteFile(name: name, version: "1", checksum: nil))
        }
        return BaseItem(
            id: Item.ID(rawValue: "id-" + name), name: name, type: type, token: ChangeToken(contentVersion: nil, lastModified: nil),
            directory: inode.map(Node.identity),
            files: Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) }))
    }
}

extension LocalMirror {
    /// One line for each thing, sorted.
    var lines: [String] {
        var lines = items.values.flatMap { item in
            ["item \(item.name): \(item.type ?? "generic")\(item.listingIsComplete ? "" : ", incomplete")"]
                + item.files.values.map { "item \(item.name) has \($0.name) from \(printable($0.path.bytes))" }
                + item.unmanaged.map { "item \(item.name) leaves \($0.key): \($0.value.tag)" }
        }
        lines += unmanagedItems.map { "unmanaged \($0.key): \($0.value.tag)" }
        lines += passedOver.map { "passed over: \($0.tag)" }
        return lines.sorted() + (listingIsComplete ? [] : ["incomplete"])
    }
}

extension Unmanaged {
    fileprivate var tag: String {
        let word =
            switch reason {
            case .excluded: "excluded"
            case .symlink: "symlink"
            case .special: "special"
            case .unreadable(let problem): "unreadable \(problem.code)"
            case .badName: "bad name"
            case .collision(let other): "collides with \(other)"
            case .looseFile: "loose"
            case .nestedDirectory: "nested"
            case .unsupportedType(let type): "unsupported \(type)"
            }
        return "\(path) \(word)"
    }
}

struct MapperRow: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var rules: @Sendable (inout MirrorRules) -> Void
    var root: Node
    var published: [Published]
    var expected: [String]

    init(
        _ description: String, _ root: Node, published: [Published] = [], gives expected: [String],
        rules: @escaping @Sendable (inout MirrorRules) -> Void = { _ in }
    ) {
        (testDescription, self.root, self.published, self.expected, self.rules) = (
            description, root, published, expected.sorted(by: Self.incompleteLast), rules
        )
    }
    private static func incompleteLast(_ a: String, _ b: String) -> Bool { (a == "incomplete" ? 1 : 0, a) < (b == "incomplete" ? 1 : 0, b) }

    func mapped() throws -> LocalMirror {
        var rules = MirrorRules(name: "m", path: "/srv", library: "l")
        self.rules(&rules)
        let published = Dictionary(uniqueKeysWithValues: published.map { ($0.name, $0.base) })
        return ItemMapper(rules: rules, filter: try PathFilter(rules: rules)).map(try #require(root.scanned), published: published)
    }
}

@Suite struct ItemMapperTests {
    @Test(arguments: directoriesRows + filesRows + singleRows + nestedRows + typeRows + collisionRows) func maps(_ row: MapperRow) throws {
        #expect(try row.mapped().lines == row.expected)
    }

    @Test func carriesWhatTheEngineNeeds() throws {
        let row = MapperRow("", .directory(["a": .of("x", inode: 9)], inode: 8), gives: [])
        let item = try #require(try row.mapped().items["a"])
        #expect(item.directory == RelativePath("a") && item.identity == Node.identity(9))
        #expect(item.files["x"] == LocalFile(name: "x", path: try #require(RelativePath("a/x")), fingerprint: Node.fingerprint))
    }

    @Test func aPublishedNameKeepsItsBytes() throws {
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
        let row = MapperRow(
            "", .directory([decomposed: .of(decomposed + ".iso")]), published: [Published(composed, [composed + ".iso": composed + "/" + composed + ".iso"])],
            gives: [])
        let item = try #require(try row.mapped().items.values.first)
        #expect(Array(item.name.utf8) == Array(composed.utf8))
        let file = try #require(item.files.values.first)
        #expect(Array(file.name.utf8) == Array((composed + ".iso").utf8))
        #expect(file.path.bytes == Array((decomposed + "/" + decomposed + ".iso").utf8))
    }

    @Test(arguments: [
        (MirrorRules.Layout.directories, MirrorRules.Nested.ignore, 1), (.directories, .flatten, .max), (.files, .ignore, 0), (.files, .flatten, 0),
        (.single, .ignore, 0), (.single, .flatten, .max),
    ])
    func saysHowDeepToLook(_ layout: MirrorRules.Layout, _ nested: MirrorRules.Nested, _ depth: Int) {
        var rules = MirrorRules(name: "m", path: "/srv", library: "l")
        (rules.layout, rules.nested) = (layout, nested)
        #expect(rules.scanDepth == depth)
    }

    /// Whatever the tree: no entry is lost, no name is both an item and unmanaged, and the answer does not depend on the order of a dictionary.
    @Test(arguments: 0..<40 as Range<UInt64>) func accountsForEverything(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for layout in MirrorRules.Layout.allCases {
            for nested in MirrorRules.Nested.allCases {
                let row = Self.randomRow(layout, nested, using: &random)
                let (mirror, root) = (try row.mapped(), try #require(row.root.scanned))
                #expect(mirror == (try row.mapped()))
                let seen = Self.accounted(mirror)
                var rules = MirrorRules(name: "m", path: "/srv", library: "l")
                (rules.layout, rules.nested) = (layout, nested)
                for path in Self.leaves(root, mirror, rules) {
                    #expect(seen.contains(path), "\(path) is nowhere in \(mirror.lines)")
                }
                #expect(Set(mirror.items.keys).isDisjoint(with: mirror.unmanagedItems.keys))
                #expect(Set(mirror.items.keys.map(CollisionKey.init)).count == mirror.items.count)
                for item in mirror.items.values { #expect(Set(item.files.keys).isDisjoint(with: item.unmanaged.keys)) }
            }
        }
    }

    private static func randomRow(_ layout: MirrorRules.Layout, _ nested: MirrorRules.Nested, using random: inout SplitMix64) -> MapperRow {
        let root = randomDirectory(depth: 3, using: &random)
        return MapperRow("\(layout) \(nested)", root, published: [Published("a", inode: 2, ["x.iso": "a/x.iso"]), Published("b", ["b": "b"])], gives: []) {
            ($0.layout, $0.nested, $0.item) = (layout, nested, "one")
        }
    }

    private static func randomDirectory(depth: Int, using random: inout SplitMix64) -> Node {
        let names = ["a", "A", "b", "b.iso", "b.img", "x.iso", "x__y", ".h", "t.tmp", "cafe\u{301}", "bad\u{fffd}", "a\n", "y", "v.ovf"]
        var nodes: [String: Node] = [:]
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let name = names.randomElement(using: &random) ?? "a"
            switch Int.random(in: 0..<9, using: &random) {
            case 0...3 where depth > 0: nodes[name] = randomDirectory(depth: depth - 1, using: &random)
            case 4: nodes[name] = .link
            case 5: nodes[name] = .closed(13)
            case 6: nodes[name] = .broken(13)
            default: nodes[name] = .file
            }
        }
        return .directory(nodes, inode: UInt64.random(in: 1...3, using: &random))
    }

    private static func accounted(_ mirror: LocalMirror) -> Set<RelativePath> {
        var seen = Set(mirror.passedOver.map(\.path)).union(mirror.unmanagedItems.values.map(\.path))
        for item in mirror.items.values { seen.formUnion(item.files.values.map(\.path) + item.unmanaged.values.map(\.path) + [item.directory]) }
        return seen
    }

    /// Every entry of the root, and every entry of what became an item; with `flatten`, of the directories in it too.
    private static func leaves(_ root: ScannedDirectory, _ mirror: LocalMirror, _ rules: MirrorRules) -> [RelativePath] {
        func entries(of directory: ScannedDirectory, at path: RelativePath) -> [RelativePath] {
            directory.entries.flatMap { name, entry in
                let here = path.appending(name)
                if case .directory(let inner) = entry, rules.nested == .flatten { return entries(of: inner, at: here) }
                // Below an excluded directory nothing is mirrored, so that one that cannot be listed hides nothing.
                if case .unreadableDirectory = entry, rules.nested == .flatten, here.components.contains(where: { $0.isHidden || $0.text == "t.tmp" }) {
                    return []
                }
                return [here]
            }
        }
        let inItems = mirror.items.values.flatMap { item in
            rules.layout == .files ? [] : root.directory(at: item.directory).map { entries(of: $0, at: item.directory) } ?? []
        }
        return inItems + (rules.layout == .single ? [] : root.entries.keys.map { RelativePath([$0]) })
    }

    /// Two names that are one text, side by side: one is mirrored, the other is reported.
    @Test(arguments: [MirrorRules.Layout.directories, .files, .single]) func twoSpellingsOfOneNameAreNotMerged(_ layout: MirrorRules.Layout) throws {
        var rules = MirrorRules(name: "m", path: "/srv", library: "l")
        (rules.layout, rules.item) = (layout, "one")
        let composed = try #require(FileName("caf\u{e9}.iso")), decomposed = try #require(FileName("cafe\u{301}.iso"))
        let inner = ScannedDirectory(identity: Node.identity(2), entries: [composed: .file(Node.fingerprint), decomposed: .file(Node.fingerprint)])
        let directories = ScannedDirectory(identity: Node.identity(1), entries: [composed: .directory(inner), decomposed: .directory(inner)])
        let mapper = ItemMapper(rules: rules, filter: try PathFilter(rules: rules))
        let mirror = mapper.map(layout == .directories ? directories : inner, published: [:])
        // By bytes, the decomposed spelling comes first.
        #expect(mirror.items.count == 1 && mirror.items.values.allSatisfy { $0.files.count == 1 && $0.files.values.allSatisfy { $0.path.last == decomposed } })
        #expect(mirror.unmanagedItems.isEmpty)
        let winner = RelativePath([decomposed])
        #expect(mirror.passedOver.contains(Unmanaged(path: RelativePath([composed]), reason: .collision(with: winner))))
    }
}
