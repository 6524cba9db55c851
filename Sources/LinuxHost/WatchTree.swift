import MirrorCore

/// The directories that a watcher knows, and the watch descriptors on them. Used by the watcher's thread alone.
struct WatchTree {
    final class Node {
        let path: RelativePath
        /// Nil where the kernel gave none.
        fileprivate(set) var watch: Int32?
        fileprivate(set) var children: [FileName: Node] = [:]

        fileprivate init(path: RelativePath) { self.path = path }
    }

    private(set) var root = Node(path: .root)
    /// A directory that is mounted at several places below the root has one watch and several nodes.
    private var byWatch: [Int32: [Node]] = [:]
    /// How many directories are known, watched or not.
    private(set) var count = 1

    var watches: Int { byWatch.count }
    func nodes(_ watch: Int32) -> [Node] { byWatch[watch] ?? [] }

    func node(at path: RelativePath) -> Node? {
        var here = root
        for name in path.components {
            guard let next = here.children[name] else { return nil }
            here = next
        }
        return here
    }

    mutating func child(_ name: FileName, of parent: Node) -> Node {
        if let known = parent.children[name] { return known }
        let node = Node(path: parent.path.appending(name))
        parent.children[name] = node
        count += 1
        return node
    }

    /// Records the watch on the node's directory. Returns a watch that no node has any more.
    mutating func set(_ watch: Int32?, on node: Node) -> Int32? {
        if node.watch == watch { return nil }
        let orphan = clear(node)
        node.watch = watch
        if let watch { byWatch[watch, default: []].append(node) }
        return orphan
    }

    /// The kernel has ended the watch.
    mutating func forget(_ watch: Int32) {
        for node in byWatch.removeValue(forKey: watch) ?? [] { node.watch = nil }
    }

    /// Removes the directory and all below it. Returns the watches that no node has any more.
    mutating func drop(_ name: FileName, of parent: Node) -> [Int32] {
        guard let node = parent.children.removeValue(forKey: name) else { return [] }
        var orphans: [Int32] = []
        var rest = [node]
        while let next = rest.popLast() {
            count -= 1
            if let orphan = clear(next) { orphans.append(orphan) }
            rest += next.children.values
        }
        return orphans
    }

    private mutating func clear(_ node: Node) -> Int32? {
        guard let watch = node.watch else { return nil }
        node.watch = nil
        let others = (byWatch[watch] ?? []).filter { $0 !== node }
        byWatch[watch] = others.isEmpty ? nil : others
        return others.isEmpty ? watch : nil
    }
}
