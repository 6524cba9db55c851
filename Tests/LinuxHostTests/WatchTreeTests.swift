import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct WatchTreeTests {
    @Test func knowsDirectoriesByPathAndByWatch() {
        var tree = WatchTree()
        let a = tree.child("a", of: tree.root)
        let b = tree.child("b", of: a)
        #expect(tree.child("b", of: a) === b && b.path == "a/b" && tree.count == 3)
        #expect(tree.set(1, on: tree.root) == nil && tree.set(2, on: a) == nil && tree.set(3, on: b) == nil)
        #expect(tree.watches == 3 && tree.nodes(3).map(\.path) == ["a/b"] && tree.node(at: "a/b") === b && tree.node(at: "a/c") == nil)
        // Another directory took the place: its watch replaces the old one, which nobody needs now.
        #expect(tree.set(9, on: b) == 3 && tree.nodes(3).isEmpty)
        #expect(tree.set(9, on: b) == nil)
        #expect(tree.drop("a", of: tree.root).sorted() == [2, 9])
        #expect(tree.count == 1 && tree.watches == 1 && tree.node(at: "a") == nil)
        #expect(tree.drop("a", of: tree.root) == [])
    }

    @Test func aDirectoryMountedTwiceSharesItsWatch() {
        var tree = WatchTree()
        let here = tree.child("here", of: tree.root)
        let there = tree.child("there", of: tree.root)
        _ = (tree.set(5, on: here), tree.set(5, on: there))
        #expect(tree.watches == 1 && Set(tree.nodes(5).map(\.path)) == ["here", "there"])
        #expect(tree.drop("here", of: tree.root) == [])
        #expect(tree.nodes(5).map(\.path) == ["there"])
        #expect(tree.set(nil, on: there) == 5)
    }

    @Test func whatTheKernelEndedIsUnwatched() {
        var tree = WatchTree()
        let a = tree.child("a", of: tree.root)
        _ = tree.set(4, on: a)
        tree.forget(4)
        #expect(a.watch == nil && tree.watches == 0 && tree.count == 2)
        #expect(tree.drop("a", of: tree.root) == [])
    }
}
