import MirrorCore

/// What a watcher sees of its mirror.
public enum WatchState: Hashable, Sendable {
    /// Every directory down to the watcher's depth is watched.
    case watching(watches: Int)
    /// Changes may go unseen: the mirror needs periodic scans. Watches that stand still deliver.
    case scanning(Reason)
    /// The root is not there, or another directory stands where it was; `rearm()` looks again.
    case rootGone

    public enum Reason: Hashable, Sendable {
        case notArmed
        /// fs.inotify.max_user_watches. `needed` counts the directories of this mirror; other watchers of the user take theirs too.
        case watchLimit(limit: Int, needed: Int)
        /// fs.inotify.max_user_instances.
        case instanceLimit(limit: Int)
        /// On a network or user-space file system, at this path, inotify does not tell what others change.
        case remoteFileSystem(name: String, path: RelativePath)
        case failed(HostError)

        /// For people: the cause, and what to do.
        public var text: String {
            switch self {
            case .notArmed: "the watches do not stand yet"
            case .watchLimit(let limit, let needed):
                "the kernel allows \(limit) inotify watches per user and this mirror needs \(needed): "
                    + "sysctl -w fs.inotify.max_user_watches=\(Self.raised(limit, by: needed))"
            case .instanceLimit(let limit):
                "all \(limit) inotify instances of the user are taken: sysctl -w fs.inotify.max_user_instances=\(Self.raised(limit, by: limit))"
            case .remoteFileSystem(let name, let path):
                "\(path.isRoot ? "the root" : path.description) lies on a file system of type \(name), where the kernel does not see all changes"
            case .failed(let error): error.description
            }
        }

        /// A limit with room for what is there and what is needed beside it.
        private static func raised(_ limit: Int, by needed: Int) -> Int {
            var value = 8192
            while value < limit + needed && value < 1 << 40 { value *= 2 }
            return value
        }
    }
}
