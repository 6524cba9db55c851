import Testing

@testable import MirrorCore

@Suite struct DirtyTreeTests {
    static let now = BootTime(nanoseconds: 5)
    static func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

    static func taken(_ marks: [Dirty]) -> [Dirty] {
        var tree = DirtyTree()
        for dirty in marks { tree.mark(dirty, at: now) }
        return tree.take { _ in true }
    }

    static func directories(_ count: Int, in folder: String) throws -> [Dirty] { try (0..<count).map { .directory(try path("\(folder)/d\($0)")) } }

    @Test func givesBackWhatWasMarked() throws {
        let marks: [Dirty] = [.directory(try Self.path("b")), .directory(.root), .directory(try Self.path("a/c")), .directory(try Self.path("b"))]
        #expect(Self.taken(marks) == [.directory(.root), .directory(try Self.path("a/c")), .directory(try Self.path("b"))])
        #expect(Self.taken([]) == [])
    }

    @Test func leavesOutWhatSomethingElseCovers() throws {
        let a = try Self.path("a")
        let marks: [Dirty] = [
            .subtree(a), .directory(a), .directory(try Self.path("a/b")), .subtree(try Self.path("a/b/c")), .directory(.root), .directory(try Self.path("ab")),
        ]
        #expect(Self.taken(marks) == [.directory(.root), .subtree(a), .directory(try Self.path("ab"))])
        #expect(Self.taken(marks + [.subtree(.root)]) == [.subtree(.root)])
    }

    @Test func aCrowdedFolderIsTakenAsItsSubtree() throws {
        let at = try Self.directories(DirtyTree.mostPerFolder, in: "f")
        #expect(Self.taken(at).count == 128)
        #expect(Self.taken(at + [.directory(try Self.path("f/one-more"))]) == [.subtree(try Self.path("f"))])
        let elsewhere = Dirty.directory(try Self.path("g"))
        #expect(Self.taken(at + [.directory(try Self.path("f/one-more")), elsewhere]) == [.subtree(try Self.path("f")), elsewhere])
    }

    @Test func tooManyAreEverything() throws {
        let many = try (0..<DirtyTree.mostInAll).map { Dirty.directory(try Self.path("p\($0 % 5)/d\($0)")) }
        var tree = DirtyTree()
        for dirty in many { tree.mark(dirty, at: Self.now) }
        #expect(tree.spans.count == 512 && Self.taken(many).count == 512)
        tree.mark(.directory(try Self.path("one/more")), at: Self.now)
        #expect(tree.spans.count == 1 && tree.take { _ in true } == [.subtree(.root)])
        // Folding ends with what was folded.
        tree.mark(.directory(try Self.path("p")), at: Self.now)
        #expect(tree.take { _ in true } == [.directory(try Self.path("p"))])
    }

    @Test func everythingSpansWhatWasFolded() throws {
        var tree = DirtyTree()
        for index in 0...DirtyTree.mostInAll { tree.mark(.directory(try Self.path("d\(index)")), at: BootTime(nanoseconds: Int64(index))) }
        tree.mark(.directory(.root), at: BootTime(nanoseconds: 9999))
        #expect(tree.spans == [.subtree(.root): DirtyTree.Span(first: BootTime(nanoseconds: 0), last: BootTime(nanoseconds: 9999))])
    }

    @Test func coversEntriesAndWhatLiesBelow() throws {
        let (a, b, c) = (try Self.path("a"), try Self.path("a/b"), try Self.path("a/b/c"))
        #expect(Dirty.directory(a).covers(a) && Dirty.directory(a).covers(b) && !Dirty.directory(a).covers(c))
        #expect(Dirty.subtree(a).covers(a) && Dirty.subtree(a).covers(c) && !Dirty.subtree(b).covers(a))
        #expect(Dirty.directory(.root).covers(a) && Dirty.subtree(.root).covers(c))
    }
}
