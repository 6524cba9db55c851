import LinuxHost
import Logging
import MirrorCore

/// Whether the source answers: the work on it has threads of its own, which a dead mount may hold for ever while the mirror waits for them.
extension Mirror {
    /// When the oldest work under way on the source last showed progress.
    private var silentSince: BootTime? { [disk.silentSince, hashing.silentSince, watcher?.silentSince].compactMap { $0 }.min() }

    var sourceHold: Hold? { SourceGuard().judge(silentSince: silentSince, now: clock.now(), path: rules.path) }

    /// A pass, and somebody who says so when the source does not answer it. Only a daemon waits on then, for a source that comes back.
    func watchedPass() async -> [Launch] {
        let launches = await withTaskGroup(of: [Launch]?.self) { group in
            group.addTask { await self.pass() }
            group.addTask {
                await self.watchSource()
                return nil
            }
            var launches: [Launch] = []
            for await result in group {
                launches += result ?? []
                group.cancelAll()
            }
            return launches
        }
        if sourceIsSilent, sourceHold == nil {
            sourceIsSilent = false
            logger.notice("the source answers again", metadata: metadata(nil, "hold-cleared", Hold.Kind.sourceNotAnswering.rawValue))
        }
        return launches
    }

    /// Returns when the pass ends, or when a one-shot command need not wait on.
    private func watchSource() async {
        while true {
            let now = clock.now()
            let due = sourceIsSilent ? now + SourceGuard.limit : (silentSince ?? now) + SourceGuard.limit
            do { try await clock.sleep(until: due) } catch { return }
            guard let hold = sourceHold else { continue }
            if !sourceIsSilent {
                sourceIsSilent = true
                logger.warning("the source does not answer", metadata: metadata(nil, "held", "\(hold.kind.rawValue): \(hold.reason)"))
                environment.noteChange()
            }
            if environment.mode != .continuous { return }
        }
    }
}
