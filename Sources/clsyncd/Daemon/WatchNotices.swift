import LinuxHost
import Logging
import MirrorEngine

/// Notices when a mirror is no longer watched by inotify, or is again.
struct WatchNotices {
    struct Notice: Hashable, Sendable {
        var mirror: String
        /// Nil where the mirror is watched again.
        var reason: WatchState.Reason?
    }
    private var scanned: [String: WatchState.Reason] = [:]

    mutating func changes(_ mirrors: [MirrorStatus]) -> [Notice] {
        var notices: [Notice] = []
        var next: [String: WatchState.Reason] = [:]
        for mirror in mirrors {
            let known = scanned[mirror.mirror]
            // A root that is gone is neither watched nor scanned.
            let now = mirror.watch == .watching ? nil : mirror.scanReason ?? known
            if now != known { notices.append(Notice(mirror: mirror.mirror, reason: now)) }
            next[mirror.mirror] = now
        }
        scanned = next
        return notices
    }
}

extension WatchNotices.Notice {
    private var kind: MessageKind {
        switch reason {
        case nil: .watching
        case .watchLimit, .instanceLimit: .watchLimited
        case .notArmed, .remoteFileSystem, .failed: .scanningInstead
        }
    }

    func log(_ logger: Logger) {
        var metadata: Logger.Metadata = ["event": "\(kind.rawValue)", "mirror": "\(mirror)"]
        guard let reason else { return logger.notice("mirror is watched again", metadata: metadata) }
        metadata["reason"] = "\(reason.text)"
        logger.warning("changes are seen by periodic scans only", metadata: metadata)
    }
}
