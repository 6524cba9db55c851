import LinuxHost
import MirrorCore

/// The mirror's tree as it was last scanned, kept so that an event costs the scan of one directory.
struct LocalView: Sendable {
    private(set) var tree: ScannedDirectory?
    private(set) var local = LocalMirror()
    private var ignoreFile: [UInt8] = []

    /// What a pass looks at.
    enum Scope: Sendable {
        case everything
        /// These directories, with what lies below them where the layout takes it.
        case directories(Set<RelativePath>)
    }

    /// Blocks; runs on the mirror's disk thread.
    func scanned(_ root: RootDirectory, _ scope: Scope, rules: MirrorRules, isCancelled: () -> Bool) throws -> LocalView {
        var view = self
        let depth = rules.scanDepth
        switch (scope, tree) {
        case (.directories(let dirty), let known?) where known.identity == root.identity:
            view.tree = try Self.rescan(root, dirty, known: known, depth: depth, rules, isCancelled)
        default:
            view.tree = try DirectoryScanner.scan(
                root, options: .init(descend: depth, followSymlinks: rules.symlinks == .follow), isCancelled: isCancelled)
        }
        view.ignoreFile = try Self.readIgnoreFile(root, view.tree)
        return view
    }

    func mapped(_ rules: MirrorRules, published: [String: BaseItem]) throws -> LocalView {
        guard let tree else { return self }
        var view = self
        view.local = ItemMapper(rules: rules, filter: try PathFilter(rules: rules, ignoreFile: ignoreFile)).map(tree, published: published)
        return view
    }

    private static func rescan(
        _ root: RootDirectory, _ dirty: Set<RelativePath>, known: ScannedDirectory, depth: Int, _ rules: MirrorRules, _ isCancelled: () -> Bool
    ) throws -> ScannedDirectory {
        let follow = rules.symlinks == .follow
        // The root's own entries cost one listing, and tell which of its directories are new or gone.
        var tree = try DirectoryScanner.scan(root, options: .init(descend: 0, followSymlinks: follow), isCancelled: isCancelled)
        if depth == 0 { return tree }
        let moved = Set(dirty.compactMap(\.components.first))
        for (name, entry) in tree.entries {
            guard case .directory(let found) = entry else { continue }
            if !moved.contains(name), case .directory(let before)? = known.entries[name], before.identity == found.identity {
                tree.entries[name] = .directory(before)
                continue
            }
            do {
                let path = RelativePath([name])
                let below = try DirectoryScanner.scan(
                    root, directory: path, options: .init(descend: depth == .max ? .max : depth - 1, followSymlinks: follow), isCancelled: isCancelled)
                tree.entries[name] = .directory(below)
            } catch let problem as ScanProblem {
                tree.entries[name] = .unreadableDirectory(problem)
            }
        }
        return tree
    }

    /// Bytes of an ignore file that are read.
    private static let ignoreFileLimit = 1 << 20

    private static func readIgnoreFile(_ root: RootDirectory, _ tree: ScannedDirectory?) throws -> [UInt8] {
        guard let name = FileName(PathFilter.ignoreFileName), case .file(let fingerprint)? = tree?.entries[name] else { return [] }
        let file = try root.openFile(RelativePath([name]))
        var bytes = [UInt8](repeating: 0, count: Int(min(fingerprint.size, Int64(ignoreFileLimit))))
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        return Array(bytes.prefix(count))
    }
}
