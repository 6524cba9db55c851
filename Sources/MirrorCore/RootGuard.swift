/// Decides from the state of a mirror's root whether the mirror may go on: an unmounted disk must never look like a mass deletion.
public struct RootGuard: Sendable {
    public enum Root: Hashable, Sendable {
        case present(DirectoryIdentity)
        case missing(String)
        case unreadable(String)
    }

    public init() {}

    /// Before the scan: whether there is a root to look at.
    public func judge(_ root: Root, path: String) -> Hold? {
        switch root {
        case .present: nil
        case .missing(let why): Hold(.rootMissing, reason: "\(path): \(why); the mirror goes on by itself when the directory is back")
        case .unreadable(let why): Hold(.rootUnreadable, reason: "\(path): \(why); the mirror goes on by itself when the directory can be read")
        }
    }

    /// After the scan: an empty root over a published base is an unmounted disk until a person says otherwise. What the mapping does not take,
    /// such as the `lost+found` or the note in the directory under a mount, does not fill it; but what is published and still there, though unmanaged,
    /// is not to be deleted either.
    public func judge(_ local: LocalMirror, published: [String: BaseItem], path: String, layout: MirrorRules.Layout, approvals: [Approval]) -> Hold? {
        let isEmpty =
            switch layout {
            case .directories, .files: local.items.isEmpty
            case .single: local.items.values.allSatisfy(\.files.isEmpty)
            }
        guard isEmpty else { return nil }
        let subjects = Set(published.values.filter { local.unmanagedItems[$0.name] == nil }.flatMap { missing($0, in: local) })
        guard !subjects.isEmpty else { return nil }
        let hold = Hold(
            .rootEmpty,
            reason: "\(path) holds nothing to mirror, but \(subjects.count) files are published; mount it or fill it again, or approve their deletion",
            subjects: subjects)
        return approvals.contains { $0.covers(hold) } ? nil : hold
    }

    private func missing(_ item: BaseItem, in local: LocalMirror) -> [String] {
        // One that is empty there and here has nothing to lose.
        if item.files.isEmpty { return local.items[item.name] == nil ? ["\(item.name)/"] : [] }
        let unmanaged = local.items[item.name]?.unmanaged ?? [:]
        return item.files.keys.filter { unmanaged[$0] == nil }.map { "\(item.name)/\($0)" }
    }

    /// How the root differs from the one recorded, for `root-changed`. Device numbers are left out: they change at a reboot.
    public func change(from recorded: DirectoryIdentity?, to present: DirectoryIdentity) -> String? {
        guard let recorded, !recorded.isSame(as: present) else { return nil }
        if recorded.fileSystem != present.fileSystem { return "another type of file system" }
        return recorded.inode != present.inode ? "another inode" : "another birth time"
    }
}
