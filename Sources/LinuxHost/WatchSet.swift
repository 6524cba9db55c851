import CLinux
import Glibc
import MirrorCore

/// The watches of one inotify instance on one root. Used by the watcher's thread alone.
final class WatchSet {
    let inotify: Inotify
    /// The directory that was the root when the instance was made.
    let root: DirectoryIdentity
    private let depth: Int
    private let hooks: WatchHooks
    private let progress: () -> Void
    private var tree = WatchTree()

    /// What kept directories from being watched since the whole tree was last gone through.
    private struct Obstacles {
        var limit = false
        var remote: (name: String, path: RelativePath)?
        var failure: HostError?
    }
    private var obstacles = Obstacles()

    private init(_ inotify: Inotify, _ root: DirectoryIdentity, depth: Int, hooks: WatchHooks, progress: @escaping () -> Void) {
        (self.inotify, self.root, self.depth) = (inotify, root, depth)
        (self.hooks, self.progress) = (hooks, progress)
    }

    static func open(on root: RootDirectory, depth: Int, hooks: WatchHooks, progress: @escaping () -> Void) -> Result<WatchSet, Refusal> {
        switch Inotify.open() {
        case .success(let inotify): return .success(WatchSet(inotify, root.identity, depth: depth, hooks: hooks, progress: progress))
        case .failure(let failure):
            // inotify_init1(2) says EMFILE for the user's instances and for the process's descriptors alike.
            let probe = failure.code == EMFILE ? clinux_event_counter() : -1
            if probe < 0 { return .failure(Refusal(reason: .failed(HostError("create an inotify instance", code: failure.code)))) }
            close(probe)
            return .failure(Refusal(reason: .instanceLimit(limit: Inotify.limit("max_user_instances"))))
        }
    }

    struct Refusal: Error {
        var reason: WatchState.Reason
    }

    func isOn(_ other: RootDirectory) -> Bool { root.device == other.identity.device && root.inode == other.identity.inode }

    var state: WatchState {
        if obstacles.limit { return .scanning(.watchLimit(limit: Inotify.limit("max_user_watches"), needed: tree.count)) }
        if let (name, path) = obstacles.remote { return .scanning(.remoteFileSystem(name: name, path: path)) }
        if let failure = obstacles.failure { return .scanning(.failed(failure)) }
        return .watching(watches: tree.watches)
    }

    // MARK: What events say

    /// The directories that a watch is on.
    func paths(_ watch: Int32) -> [RelativePath] { tree.nodes(watch).map(\.path) }
    /// The kernel has ended the watch.
    func forget(_ watch: Int32) { tree.forget(watch) }

    /// The directory is gone from its place, with all below it.
    func drop(_ path: RelativePath) {
        guard let name = path.last, let parent = path.parent.flatMap(tree.node(at:)) else { return }
        for watch in tree.drop(name, of: parent) { inotify.remove(watch) }
    }

    // MARK: Setting up

    /// Goes through the whole tree. Returns the topmost directories that got a watch which they did not have.
    func watchAll(_ root: RootDirectory) -> Set<RelativePath> {
        obstacles = Obstacles()
        var fresh: Set<RelativePath> = []
        switch root.open(.root, CLINUX_OPEN_PLACE) {
        case .failure(let failure): obstacles.failure = HostError("open \(root.path)", code: failure.code)
        case .success(let directory): enter(directory, tree.root, parent: nil, &fresh, isCovered: false)
        }
        return fresh
    }

    /// Goes through the directory at `path`, which appeared or came to light, and what is below it.
    func watch(_ path: RelativePath, in root: RootDirectory) {
        guard path.components.count <= depth, let name = path.last, let parent = path.parent.flatMap(tree.node(at:)) else { return }
        switch root.open(path, CLINUX_OPEN_PLACE) {
        case .failure(let failure):
            note(failure, "open", path)
            drop(path)
        case .success(let directory):
            var fresh: Set<RelativePath> = []
            enter(directory, tree.child(name, of: parent), parent: nil, &fresh, isCovered: true)
        }
    }

    /// Watches the directory first and lists it then: whatever appears in it later makes an event.
    private func enter(_ directory: Descriptor, _ node: WatchTree.Node, parent: DirectoryIdentity?, _ fresh: inout Set<RelativePath>, isCovered: Bool) {
        progress()
        guard case .success(let status) = FileStatus.of(directory), status.kind == .directory,
            case .success(let identity) = status.identity(directory, parent: parent)
        else { return drop(node.path) }
        if let name = hooks.remoteName(identity.fileSystem) {
            obstacles.remote = obstacles.remote ?? (name, node.path)
            return drop(node.path)
        }
        var isCovered = isCovered
        switch hooks.refuseWatch(node.path).map({ .failure(Errno(code: $0)) }) ?? inotify.watch(directory, isRoot: node.path.isRoot) {
        case .success(let watch):
            if node.watch != watch, !isCovered {
                fresh.insert(node.path)
                isCovered = true
            }
            if let orphan = tree.set(watch, on: node) { inotify.remove(orphan) }
        case .failure(let failure) where failure.code == ENOSPC:
            // The rest is gone through all the same, to say how many watches it takes.
            obstacles.limit = true
            if let orphan = tree.set(nil, on: node) { inotify.remove(orphan) }
        case .failure(let failure) where failure.code == EACCES && !node.path.isRoot:
            // Nobody here can list it either; a change of its permissions makes an event in the directory above.
            return drop(node.path)
        case .failure(let failure):
            obstacles.failure = HostError("watch \(node.path)", code: failure.code)
            return drop(node.path)
        }
        enterChildren(directory, node, identity, &fresh, isCovered: isCovered)
    }

    private func enterChildren(
        _ directory: Descriptor, _ node: WatchTree.Node, _ identity: DirectoryIdentity, _ fresh: inout Set<RelativePath>, isCovered: Bool
    ) {
        let level = node.path.components.count
        guard level < depth, level < DirectoryScanner.deepest else { return }
        let listing = list(directory, node.path)
        var seen: Set<FileName> = []
        for entry in listing.entries where Int(entry.type) == DT_DIR || Int(entry.type) == DT_UNKNOWN {
            let number = clinux_open(directory.number, cString(entry.name.bytes), CLINUX_OPEN_PLACE)
            if number < 0 {
                note(Errno(code: -number), "open", node.path.appending(entry.name))
                continue
            }
            let child = Descriptor(owning: number)
            guard case .success(let status) = FileStatus.of(child), status.kind == .directory else { continue }
            seen.insert(entry.name)
            enter(child, tree.child(entry.name, of: node), parent: identity, &fresh, isCovered: isCovered)
        }
        if listing.problem == nil {
            for name in node.children.keys where !seen.contains(name) { drop(node.path.appending(name)) }
        }
    }

    private func list(_ directory: Descriptor, _ path: RelativePath) -> DirectoryListing {
        let number = clinux_open(directory.number, ".", CLINUX_OPEN_DIRECTORY)
        let listing = number < 0 ? DirectoryListing(problem: Errno(code: -number)) : DirectoryListing.readOnce(Descriptor(owning: number))
        if let problem = listing.problem { note(problem, "list", path) }
        return listing
    }

    /// A directory could not be watched, although it may be there. Where it is not, or this process may not look, nothing is missed: when
    /// that changes there is an event in the directory above.
    private func note(_ failure: Errno, _ action: String, _ path: RelativePath) {
        if failure.isAbsence || failure.code == ELOOP || failure.code == EACCES { return }
        obstacles.failure = HostError("\(action) \(path)", code: failure.code)
    }
}
