@testable import MirrorCore

extension ItemMapperTests {
    static let directoriesRows: [MapperRow] = [
        MapperRow("an empty root", .directory([:]), gives: []),
        MapperRow(
            "subdirectories are items", .directory(["a": .of("x", "y"), "b": .of("x")]),
            gives: ["item a: generic", "item a has x from a/x", "item a has y from a/y", "item b: generic", "item b has x from b/x"]),
        MapperRow("an empty directory is an item without files", .directory(["a": .of()]), gives: ["item a: generic"]),
        MapperRow(
            "loose files are reported", .directory(["README": .file, "a": .of("x")]),
            gives: ["item a: generic", "item a has x from a/x", "unmanaged README: README loose"]),
        MapperRow(
            "a directory replaced by a file of its name is there still", .directory(["a": .file]), published: [Published("a", inode: 2, ["x": "a/x"])],
            gives: ["unmanaged a: a loose"]),
        MapperRow(
            "whatever is no item has the name it would have",
            .directory([
                ".git": .of("x"), "lost+found": .closed(13), "link": .link, "fifo": .special, "dark": .closed(13), "odd": .broken(2), "new\nline": .of("x"),
            ]),
            gives: [
                "unmanaged .git: .git excluded", "unmanaged lost+found: lost+found excluded", "unmanaged link: link symlink", "unmanaged fifo: fifo special",
                "unmanaged dark: dark unreadable 13", "unmanaged odd: odd unreadable 2", "unmanaged new\nline: new\\x0aline bad name",
            ]),
        MapperRow("a name that is not text has no remote name", .directory(["\u{fffd}a": .of("x")]), gives: ["passed over: \\xffa bad name"]),
        MapperRow(
            "a name of 81 characters is refused", .directory([String(repeating: "n", count: 81): .of("x")]),
            gives: ["unmanaged \(String(repeating: "n", count: 81)): \(String(repeating: "n", count: 81)) bad name"]),
        MapperRow(
            "files that are there and not mirrored",
            .directory([
                "a": .directory(["x": .file, "l": .link, "f": .special, "b": .broken(13), ".h": .file, "n\n": .file, "u\u{fffd}": .file, "d": .of("z")])
            ]),
            gives: [
                "item a: generic", "item a has x from a/x", "item a leaves l: a/l symlink", "item a leaves f: a/f special",
                "item a leaves b: a/b unreadable 13",
                "item a leaves .h: a/.h excluded", "item a leaves n\n: a/n\\x0a bad name", "item a leaves d: a/d nested", "passed over: a/u\\xff bad name",
            ]),
        MapperRow(
            "links to regular files are followed where that is wanted", .directory(["a": .directory(["x": .linkToFile, "y": .link]), "loose": .linkToFile]),
            gives: ["item a: generic", "item a has x from a/x", "item a leaves y: a/y symlink", "unmanaged loose: loose loose"]
        ) { $0.symlinks = .follow },
        MapperRow(
            "a partly listed item proves nothing about its files", .directory(["a": .directory(["x": .file], problem: 13), "b": .of("y")]),
            gives: [
                "item a: generic, incomplete", "item a has x from a/x", "passed over: a unreadable 13", "item b: generic", "item b has y from b/y",
            ]),
        MapperRow(
            "a partly listed root proves nothing about items", .directory(["a": .of("x")], problem: 13),
            gives: ["item a: generic", "item a has x from a/x", "incomplete"]),
        MapperRow(
            "a fault anywhere proves nothing anywhere", .directory(["a": .directory(["x": .broken(5)]), "b": .of("y")]),
            gives: ["item a: generic, incomplete", "item a leaves x: a/x unreadable 5", "item b: generic, incomplete", "item b has y from b/y", "incomplete"]),
        MapperRow("a stale directory is a fault", .directory(["a": .closed(116)]), gives: ["unmanaged a: a unreadable 116", "incomplete"]),
        MapperRow("the name comes from the template", .directory(["a": .of("x")]), gives: ["item site-a (iso): generic", "item site-a (iso) has x from a/x"]) {
            $0.itemName = "site-{name} (iso)"
        },
        MapperRow(
            "what was published from an entry under another name stays while the entry is refused", .directory(["a": .file]),
            published: [Published("old-a", ["x": "a/x"])], gives: ["unmanaged a: a loose", "unmanaged old-a: a loose"]),
        MapperRow(
            "the item file and temporary files are left out", .directory(["a": .of("clsyncd-item.toml", "x.part", "x")]),
            gives: [
                "item a: generic", "item a has x from a/x", "item a leaves clsyncd-item.toml: a/clsyncd-item.toml excluded",
                "item a leaves x.part: a/x.part excluded",
            ]),
    ]

    static let filesRows: [MapperRow] =
        [
            MapperRow(
                "files are items without their last extension", .directory(["a.iso": .file, "b.tar.gz": .file, "c": .file]),
                gives: [
                    "item a: iso", "item a has a.iso from a.iso", "item b.tar: generic", "item b.tar has b.tar.gz from b.tar.gz", "item c: generic",
                    "item c has c from c",
                ]),
            MapperRow("dot files are none", .directory([".a.iso": .file]), gives: ["unmanaged .a: .a.iso excluded"]),
            MapperRow("nor with an include", .directory([".a.iso": .file]), gives: ["unmanaged .a: .a.iso excluded"]) { $0.include = ["*.iso"] },
            MapperRow(
                "directories are reported", .directory(["d": .of("x"), "e": .closed(13)]), gives: ["passed over: d nested", "passed over: e nested"]),
            MapperRow(
                "a file replaced by a directory of its name is there still", .directory(["a.iso": .of()]), published: [Published("a", ["a.iso": "a.iso"])],
                gives: ["unmanaged a: a.iso nested"]),
            MapperRow(
                "the same stem twice: the first by bytes, where none is published", .directory(["a.img": .file, "a.iso": .file]),
                gives: ["item a: generic", "item a has a.img from a.img", "passed over: a.iso collides with a.img"]),
            MapperRow(
                "the same stem twice: the published one", .directory(["a.img": .file, "a.iso": .file]), published: [Published("a", ["a.iso": "a.iso"])],
                gives: ["item a: iso", "item a has a.iso from a.iso", "passed over: a.img collides with a.iso"]),
            MapperRow(
                "the published one, though it cannot be read now", .directory(["a.img": .file, "a.iso": .broken(13)]),
                published: [Published("a", ["a.iso": "a.iso"])],
                gives: ["unmanaged a: a.iso unreadable 13", "passed over: a.img collides with a.iso"]),
            MapperRow(
                "an excluded neighbour does not stand for the item that is gone", .directory(["a.tmp": .file]), published: [Published("a", ["a.iso": "a.iso"])],
                gives: ["passed over: a.tmp excluded"]),
            MapperRow(
                "an excluded neighbour takes no name", .directory(["a.tmp": .file, "a.iso": .file]),
                gives: ["item a: iso", "item a has a.iso from a.iso", "passed over: a.tmp excluded"]),
            MapperRow(
                "stems that differ in case are one", .directory(["B.iso": .file, "b.img": .file]),
                gives: ["item B: iso", "item B has B.iso from B.iso", "unmanaged b: b.img collides with B.iso"]),
            MapperRow(
                "links, devices and the unreadable", .directory(["l.iso": .link, "f": .special, "b.iso": .broken(13), "\u{fffd}": .file]),
                gives: ["unmanaged l: l.iso symlink", "unmanaged f: f special", "unmanaged b: b.iso unreadable 13", "passed over: \\xff bad name"]),
            MapperRow(
                "a partly listed root", .directory(["a.iso": .file], problem: 13),
                gives: ["item a: iso, incomplete", "item a has a.iso from a.iso", "incomplete"]),
            MapperRow("OVF is not supported yet", .directory(["a.ova": .file]), gives: ["unmanaged a: a.ova unsupported ovf"]),
        ].map { row in row.with { $0.layout = .files } }

    static let singleRows: [MapperRow] =
        [
            MapperRow(
                "the root is the item", .directory(["x": .file, "d": .of("y")]),
                gives: ["item one: generic", "item one has x from x", "item one leaves d: d nested"]),
            MapperRow("an empty root", .directory([:]), gives: ["item one: generic"]),
            MapperRow(
                "a partly listed root", .directory(["x": .file], problem: 13),
                gives: [
                    "item one: generic, incomplete", "item one has x from x", "passed over: . unreadable 13", "incomplete",
                ]),
            MapperRow(
                "a fault", .directory(["x": .file, "y": .broken(5)]),
                gives: [
                    "item one: generic, incomplete", "item one has x from x", "item one leaves y: y unreadable 5", "incomplete",
                ]),
            MapperRow("OVF is not supported yet", .directory(["x.ovf": .file]), gives: ["unmanaged one: . unsupported ovf"]),
            MapperRow("a name that no item can have", .directory(["x": .file]), gives: ["unmanaged a/b: . bad name"]) { $0.item = "a/b" },
        ].map { row in
            row.with {
                $0.layout = .single
                if $0.item.isEmpty { $0.item = "one" }
            }
        }

    static let nestedRows: [MapperRow] =
        [
            MapperRow(
                "paths are joined", .directory(["a": .directory(["d": .directory(["e": .of("x")]), "y": .file])]),
                gives: ["item a: generic", "item a has d__e__x from a/d/e/x", "item a has y from a/y"]),
            MapperRow(
                "two paths with one name", .directory(["a": .directory(["d__e": .file, "d": .of("e")])]),
                gives: ["item a: generic", "item a has d__e from a/d/e", "passed over: a/d__e collides with a/d/e"]),
            MapperRow(
                "two paths with one name: the published one", .directory(["a": .directory(["d__e": .file, "d": .of("e")])]),
                published: [Published("a", ["d__e": "a/d__e"])],
                gives: ["item a: generic", "item a has d__e from a/d__e", "passed over: a/d/e collides with a/d__e"]),
            MapperRow(
                "an unreadable directory inside", .directory(["a": .directory(["d": .closed(13), "x": .file])]),
                gives: ["item a: generic, incomplete", "item a has x from a/x", "passed over: a/d unreadable 13"]),
            MapperRow(
                "an excluded directory inside, unreadable, with something published from it",
                .directory(["a": .directory(["lost+found": .closed(13), "x": .file])]), published: [Published("a", ["lost+found__y": "a/lost+found/y"])],
                gives: ["item a: generic", "item a has x from a/x", "item a leaves lost+found__y: a/lost+found/y excluded"]),
            MapperRow(
                "an excluded directory inside, partly listed, with something published from it",
                .directory(["a": .directory([".d": .directory(["y": .file], problem: 13)])]),
                published: [Published("a", [".d__y": "a/.d/y", ".d__z": "a/.d/z"])],
                gives: ["item a: generic", "item a leaves .d__y: a/.d/y excluded", "item a leaves .d__z: a/.d/z excluded"]),
            MapperRow(
                "an excluded directory inside", .directory(["a": .directory([".d": .of("x")])]),
                gives: ["item a: generic", "item a leaves .d__x: a/.d/x excluded"]),
            MapperRow(
                "a joined name that is too long", .directory(["a": .directory([String(repeating: "d", count: 200): .of(String(repeating: "x", count: 100))])]),
                gives: [
                    "item a: generic",
                    "item a leaves \(String(repeating: "d", count: 200))__\(String(repeating: "x", count: 100)): a/\(String(repeating: "d", count: 200))/\(String(repeating: "x", count: 100)) bad name",
                ]),
        ].map { row in row.with { $0.nested = .flatten } } + [
            MapperRow(
                "what was published from a directory that is ignored now stays", .directory(["a": .directory(["d": .of(), "x": .file])]),
                published: [Published("a", ["d__e": "a/d/e", "x": "a/x"])],
                gives: ["item a: generic", "item a has x from a/x", "item a leaves d: a/d nested", "item a leaves d__e: a/d/e nested"]),
            MapperRow(
                "a file replaced by a directory of its name is there still", .directory(["a": .directory(["x": .of(), "y": .file])]),
                published: [Published("a", ["x": "a/x", "y": "a/y"])], gives: ["item a: generic", "item a has y from a/y", "item a leaves x: a/x nested"]),
        ]

    static let typeRows: [MapperRow] = [
        MapperRow("an ISO alone", .directory(["a": .of("x.ISO")]), gives: ["item a: iso", "item a has x.ISO from a/x.ISO"]),
        MapperRow(
            "an ISO beside what is excluded", .directory(["a": .of("x.iso", ".x.iso.sum")]),
            gives: ["item a: iso", "item a has x.iso from a/x.iso", "item a leaves .x.iso.sum: a/.x.iso.sum excluded"]),
        MapperRow(
            "an ISO beside another file", .directory(["a": .of("x.iso", "x.txt")]),
            gives: ["item a: generic", "item a has x.iso from a/x.iso", "item a has x.txt from a/x.txt"]),
        MapperRow(
            "an ISO beside a file that cannot be read", .directory(["a": .directory(["x.iso": .file, "x.txt": .broken(13)])]),
            gives: ["item a: generic", "item a has x.iso from a/x.iso", "item a leaves x.txt: a/x.txt unreadable 13"]),
        MapperRow("a descriptor", .directory(["a": .of("x.OVF", "x.vmdk")]), gives: ["unmanaged a: a unsupported ovf"]),
        MapperRow(
            "a descriptor that cannot be read", .directory(["a": .directory(["x.ovf": .broken(13), "x.vmdk": .file])]),
            gives: ["unmanaged a: a unsupported ovf"]),
        MapperRow(
            "an excluded descriptor", .directory(["a": .of("x.ovf", "x.vmdk")]),
            gives: ["item a: generic", "item a has x.vmdk from a/x.vmdk", "item a leaves x.ovf: a/x.ovf excluded"]
        ) { $0.exclude = ["*.ovf"] },
        MapperRow(
            "an emptied item keeps its type", .directory(["a": .of()]), published: [Published("a", type: "iso", ["x.iso": "a/x.iso"])], gives: ["item a: iso"]),
        MapperRow(
            "a partly listed item keeps its type", .directory(["a": .directory(["x.txt": .file], problem: 13)]), published: [Published("a", type: "iso")],
            gives: ["item a: iso, incomplete", "item a has x.txt from a/x.txt", "passed over: a unreadable 13"]),
        MapperRow("always generic", .directory(["a": .of("x.ovf")]), gives: ["item a: generic", "item a has x.ovf from a/x.ovf"]) { $0.type = .generic },
        MapperRow("always an ISO", .directory(["a": .of("x.img")]), gives: ["item a: iso", "item a has x.img from a/x.img"]) { $0.type = .iso },
        MapperRow("always OVF, which is not supported yet", .directory(["a": .of("x")]), gives: ["unmanaged a: a unsupported ovf"]) { $0.type = .ovf },
    ]

    static let collisionRows: [MapperRow] = [
        MapperRow(
            "items that differ in case: the first by bytes", .directory(["a": .of("x", inode: 2), "A": .of("y", inode: 3)]),
            gives: ["item A: generic", "item A has y from A/y", "unmanaged a: a collides with A"]),
        MapperRow(
            "items that differ in case: the published one", .directory(["a": .of("x", inode: 2), "A": .of("y", inode: 3)]),
            published: [Published("a", inode: 2, ["x": "a/x"])], gives: ["item a: generic", "item a has x from a/x", "unmanaged A: A collides with a"]),
        MapperRow(
            "the published directory under its new name, before another under the old one",
            .directory(["a": .of("x", inode: 3), "A": .of("y", inode: 2)]), published: [Published("a", inode: 2, ["x": "a/x"])],
            gives: ["item A: generic", "item A has y from A/y", "unmanaged a: a collides with A"]),
        MapperRow(
            "without an identity the path tells", .directory(["a": .of("x", inode: 2), "A": .of("y", inode: 3)]),
            published: [Published("a", ["x": "a/x"])], gives: ["item a: generic", "item a has x from a/x", "unmanaged A: A collides with a"]),
        MapperRow(
            "an empty published item has its name", .directory(["a": .of("x", inode: 2), "A": .of("y", inode: 3)]), published: [Published("a")],
            gives: ["item a: generic", "item a has x from a/x", "unmanaged A: A collides with a"]),
        MapperRow(
            "the published one, though it cannot be read now", .directory(["a": .closed(13), "A": .of("y", inode: 3)]),
            published: [Published("a", inode: 2, ["x": "a/x"])], gives: ["unmanaged a: a unreadable 13", "unmanaged A: A collides with a"]),
        MapperRow(
            "a loose file takes no item's name", .directory(["A": .file, "a": .of("x")]),
            gives: ["item a: generic", "item a has x from a/x", "unmanaged A: A loose"]),
        MapperRow(
            "files that differ in case are two", .directory(["a": .of("x", "X")]),
            gives: ["item a: generic", "item a has X from a/X", "item a has x from a/x"]),
        MapperRow(
            "a published type that is gone keeps no one from the name", .directory(["A": .of("y", inode: 3)]),
            published: [Published("a", inode: 2, ["x": "a/x"])],
            gives: ["item A: generic", "item A has y from A/y"]),
    ]
}

extension MapperRow {
    fileprivate func with(_ change: @escaping @Sendable (inout MirrorRules) -> Void) -> MapperRow {
        let own = rules
        return MapperRow(testDescription, root, published: published, gives: expected) {
            own(&$0)
            change(&$0)
        }
    }
}
