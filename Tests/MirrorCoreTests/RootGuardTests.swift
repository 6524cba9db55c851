import ContentLibraryAPI
import Testing

@testable import MirrorCore

@Suite struct RootGuardTests {
    private static let published = ["debian": base("debian", ["a.iso", "b.iso"]), "empty": base("empty", [])]
    private static let subjects: Set<String> = ["debian/a.iso", "debian/b.iso", "empty/"]

    private static func base(_ name: String, _ files: [String]) -> BaseItem {
        BaseItem(
            id: Item.ID(rawValue: name), name: name, type: nil, token: ChangeToken(contentVersion: "1", lastModified: nil), directory: nil,
            files: files.reduce(into: [:]) { $0[$1] = ItemSides.base($1, 1, .checksum) })
    }
    private static func item(_ name: String, _ files: [String] = [], unmanaged: [String] = []) -> LocalItem {
        LocalItem(
            name: name, type: nil, directory: RelativePath(name) ?? .root, identity: nil, files: files.reduce(into: [:]) { $0[$1] = ItemSides.local($1, 1) },
            unmanaged: unmanaged.reduce(into: [:]) { $0[$1] = Unmanaged(path: .root, reason: .excluded) })
    }
    private static func judge(
        _ local: LocalMirror, _ layout: MirrorRules.Layout, published: [String: BaseItem] = published, approvals: [Approval] = []
    ) -> Hold? {
        RootGuard().judge(local, published: published, path: "/srv/isos", layout: layout, approvals: approvals)
    }

    @Test("root-missing, root-unreadable: the mirror stops; no approval ends it")
    func unavailable() {
        let root = RootGuard()
        #expect(root.judge(.present(ItemSides.identity(device: 1)), path: "/srv/isos") == nil)
        for (state, kind) in [(.missing("No such file or directory"), .rootMissing), (.unreadable("Permission denied"), .rootUnreadable)]
            as [(RootGuard.Root, Hold.Kind)]
        {
            let hold = root.judge(state, path: "/srv/isos")
            #expect(hold?.kind == kind && hold?.item == nil)
            #expect(hold?.kind.scope == .mirror && hold?.kind.isApprovable == false)
            #expect(hold?.reason.hasPrefix("/srv/isos: ") == true)
        }
    }

    @Test("root-empty: nothing that the mapping takes, over a published base", arguments: MirrorRules.Layout.allCases)
    func empty(_ layout: MirrorRules.Layout) {
        let hold = Self.judge(LocalMirror(), layout)
        #expect(hold?.kind == .rootEmpty && hold?.subjects == Self.subjects && hold?.item == nil)
        #expect(hold?.kind.scope == .mirror && hold?.kind.isApprovable == true)
    }

    @Test("root-empty: what no mapping takes is no content: lost+found, a note that the disk is not mounted", arguments: MirrorRules.Layout.allCases)
    func emptyButForTheUnmanaged(_ layout: MirrorRules.Layout) {
        var local = LocalMirror(unmanagedItems: [
            "lost+found": Unmanaged(path: .root, reason: .excluded), "NOT-MOUNTED.txt": Unmanaged(path: .root, reason: .looseFile),
        ])
        if layout == .single { local.items["debian"] = Self.item("debian", unmanaged: ["lost+found"]) }
        #expect(Self.judge(local, layout)?.subjects == Self.subjects)
    }

    @Test("root-empty: a single item that is empty on both sides is no reason to wait")
    func emptyOnBothSides() {
        let local = LocalMirror(items: ["empty": Self.item("empty")])
        #expect(Self.judge(local, .single, published: ["empty": Self.base("empty", [])]) == nil)
    }

    @Test("root-empty: what is published and still there, though unmanaged, is not to be deleted")
    func unmanagedIsThere() {
        var local = LocalMirror(unmanagedItems: ["debian": Unmanaged(path: .root, reason: .excluded)])
        #expect(Self.judge(local, .directories)?.subjects == ["empty/"])
        #expect(Self.judge(local, .directories, published: ["debian": Self.base("debian", ["a.iso"])]) == nil)
        local = LocalMirror(items: ["debian": Self.item("debian", unmanaged: ["a.iso"])])
        #expect(Self.judge(local, .single, published: ["debian": Self.base("debian", ["a.iso", "b.iso"])])?.subjects == ["debian/b.iso"])
        #expect(Self.judge(local, .single, published: ["debian": Self.base("debian", ["a.iso"])]) == nil)
    }

    @Test("root-empty: ends by itself with content", arguments: MirrorRules.Layout.allCases)
    func content(_ layout: MirrorRules.Layout) {
        #expect(Self.judge(LocalMirror(items: ["debian": Self.item("debian", ["a.iso"])]), layout) == nil)
        // Another item than the published ones is content too: what is gone then is max-delete's to judge.
        #expect(Self.judge(LocalMirror(items: ["other": Self.item("other", ["x.iso"])]), layout) == nil)
    }

    @Test("root-empty: an empty directory is an entry where directories are items, and none where the root is the item")
    func emptyDirectories() {
        let local = LocalMirror(items: ["debian": Self.item("debian")])
        #expect(Self.judge(local, .directories) == nil)
        #expect(Self.judge(local, .single)?.kind == .rootEmpty)
    }

    @Test("root-empty: nothing published, nothing to lose", arguments: MirrorRules.Layout.allCases)
    func nothingPublished(_ layout: MirrorRules.Layout) {
        #expect(Self.judge(LocalMirror(), layout, published: [:]) == nil)
        // An item that was published empty can be deleted as well.
        #expect(Self.judge(LocalMirror(), layout, published: ["empty": Self.base("empty", [])])?.subjects == ["empty/"])
    }

    @Test("root-empty: approve covers its list of deletions, and less; never more")
    func approvals() {
        func judge(_ subjects: Set<String>, _ kind: Hold.Kind = .rootEmpty) -> Hold? {
            Self.judge(LocalMirror(), .directories, approvals: [Approval(kind: kind, item: nil, subjects: subjects)])
        }
        #expect(judge(Self.subjects) == nil)
        #expect(judge(Self.subjects.union(["other/x.iso"])) == nil)
        #expect(judge(Self.subjects.subtracting(["debian/a.iso"]))?.kind == .rootEmpty)
        #expect(judge(Self.subjects, .maxDelete)?.kind == .rootEmpty)
    }

    @Test("root-changed: inode, birth time or type of file system; never the device number")
    func change() {
        let root = RootGuard()
        let recorded = DirectoryIdentity(device: 1, inode: 2, born: 3, fileSystem: 4)
        #expect(root.change(from: nil, to: recorded) == nil)
        #expect(root.change(from: recorded, to: recorded) == nil)
        #expect(root.change(from: recorded, to: DirectoryIdentity(device: 9, inode: 2, born: 3, fileSystem: 4)) == nil)
        #expect(root.change(from: recorded, to: DirectoryIdentity(device: 1, inode: 9, born: 3, fileSystem: 4)) == "another inode")
        #expect(root.change(from: recorded, to: DirectoryIdentity(device: 1, inode: 2, born: 9, fileSystem: 4)) == "another birth time")
        #expect(root.change(from: recorded, to: DirectoryIdentity(device: 1, inode: 2, born: nil, fileSystem: 4)) == "another birth time")
        #expect(root.change(from: recorded, to: DirectoryIdentity(device: 1, inode: 2, born: 3, fileSystem: 9)) == "another type of file system")
    }

    @Test("canonically equivalent item names never trap")
    func equivalentNames() {
        let local = LocalMirror(unmanagedItems: ["caf\u{e9}": Unmanaged(path: .root, reason: .excluded)])
        #expect(Self.judge(local, .directories, published: ["cafe\u{301}": Self.base("cafe\u{301}", ["x"])]) == nil)
    }
}
