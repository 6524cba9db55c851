import Glibc
import MirrorCore
import Synchronization

/// The watcher's thread: reads what the kernel queued, keeps the watches in step, and publishes.
final class WatchLoop {
    private let path: String
    private let depth: Int
    private let shared: WatchShared
    private let hooks: WatchHooks
    /// Nil while the root is not watched.
    private var watches: WatchSet?

    /// What one reading of the queue yields. Published in one go after the directories in it are watched: whoever looks at a dirty subtree
    /// misses nothing that changes afterwards.
    fileprivate struct Findings {
        var runs: [(directory: RelativePath, events: [FileEvent])] = []
        var dirty: Set<RelativePath> = []
        var appeared: Set<RelativePath> = []
        /// Whether directories anywhere may lack a watch.
        var isTreeUncertain = false
        var rootLost = false
    }

    private static let gatherMicroseconds: UInt32 = 5000
    private static let bufferBytes = 1 << 20

    init(path: String, depth: Int, shared: WatchShared, hooks: WatchHooks) {
        (self.path, self.depth, self.shared, self.hooks) = (path, depth, shared, hooks)
    }

    func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 8)
        defer {
            buffer.deallocate()
            shared.wakeUps.finish()
        }
        while true {
            var polled = [pollfd(fd: shared.waker.descriptor.number, events: Int16(POLLIN), revents: 0)]
            if let watches { polled.append(pollfd(fd: watches.inotify.descriptor.number, events: Int16(POLLIN), revents: 0)) }
            shared.progress.rest()
            if poll(&polled, nfds_t(polled.count), -1) < 0 { continue }
            shared.progress.mark()
            if polled[0].revents != 0, !obey() { return }
            if polled.count > 1, polled[1].revents != 0 { readQueue(buffer) }
        }
    }

    /// Does what is there to do without waiting, on the calling thread. False once the watcher is closed.
    /// - Parameter losesEvents: what the kernel has queued is read and lost, as when its queue had overflowed.
    func turn(losesEvents: Bool) -> Bool {
        shared.progress.mark()
        defer { shared.progress.rest() }
        if let watches {
            let events = withUnsafeTemporaryAllocation(byteCount: Self.bufferBytes, alignment: 8) { watches.inotify.read($0) }
            let kept = losesEvents ? [Inotify.Event(watch: -1, mask: UInt32(IN_Q_OVERFLOW), name: nil)] : events
            if !kept.isEmpty { handle(kept, watches) }
        }
        let goesOn = obey()
        if !goesOn { shared.wakeUps.finish() }
        return goesOn
    }

    /// False once the watcher is closed.
    private func obey() -> Bool {
        shared.waker.clear()
        let (commands, closed) = shared.content.withLock { content in
            defer { content.commands = [] }
            return (content.commands, content.closed)
        }
        for command in commands {
            switch command {
            case .ping(let reply): reply.settle(closed ? .failure(CancellationError()) : .success(true))
            case .rearm(let reply): reply.settle(closed ? .failure(CancellationError()) : .success(rearm()))
            }
        }
        return !closed
    }

    private func rearm() -> WatchState {
        var findings = Findings()
        let root: RootDirectory
        do { root = try RootDirectory.open(path) } catch {
            return lose(error.isMissing ? .rootGone : .scanning(.failed(HostError("open \(path)", code: error.code))))
        }
        if let name = hooks.remoteName(root.identity.fileSystem) { return lose(.scanning(.remoteFileSystem(name: name, path: .root))) }
        if let old = watches, !old.isOn(root) { watches = nil }
        let current: WatchSet
        if let watches {
            current = watches
        } else {
            switch WatchSet.open(on: root, depth: depth, hooks: hooks, progress: { [shared] in shared.progress.mark() }) {
            case .failure(let refusal): return lose(.scanning(refusal.reason))
            case .success(let opened): current = opened
            }
            watches = current
            findings.dirty.insert(.root)
        }
        findings.dirty.formUnion(current.watchAll(root))
        return publish(findings, current.state)
    }

    /// The root can no longer be watched: everything about it is uncertain.
    private func lose(_ state: WatchState) -> WatchState {
        let findings = Findings(dirty: watches == nil ? [] : [.root])
        watches = nil
        return publish(findings, state)
    }

    private func readQueue(_ buffer: UnsafeMutableRawBufferPointer) {
        // A burst is read in one go: fewer wake-ups, and equal events fold in the kernel meanwhile.
        usleep(Self.gatherMicroseconds)
        hooks.beforeRead()
        guard let watches else { return }
        let events = watches.inotify.read(buffer)
        if !events.isEmpty { handle(events, watches) }
    }

    private func handle(_ events: [Inotify.Event], _ watches: WatchSet) {
        var findings = Findings()
        for event in events where !findings.rootLost { note(event, watches, &findings) }
        if !findings.rootLost && (findings.isTreeUncertain || !findings.appeared.isEmpty) { watchAppeared(watches, &findings) }
        if findings.rootLost {
            self.watches = nil
            findings.dirty.insert(.root)
        }
        _ = publish(findings, findings.rootLost ? .rootGone : watches.state)
    }

    private func note(_ event: Inotify.Event, _ watches: WatchSet, _ findings: inout Findings) {
        if event.has(IN_Q_OVERFLOW) {
            findings.isTreeUncertain = true
            findings.dirty.insert(.root)
            return
        }
        for directory in watches.paths(event.watch) {
            if let name = event.name, let kind = event.kind {
                findings.append(FileEvent(directory: directory, name: name, kind: kind, isDirectory: event.isDirectory))
                if event.isDirectory { noteDirectory(kind, directory.appending(name), watches, &findings) }
            } else if directory.isRoot {
                noteRoot(event, &findings)
            } else if event.has(IN_UNMOUNT) {
                // What lay below the mount comes to light, unwatched, and no event tells of it.
                findings.appeared.insert(directory)
            }
        }
        if event.has(IN_IGNORED) { watches.forget(event.watch) }
    }

    private func noteDirectory(_ kind: FileEvent.Kind, _ path: RelativePath, _ watches: WatchSet, _ findings: inout Findings) {
        switch kind {
        // With other permissions, more or less of it can be seen.
        case .created, .movedIn, .attributesChanged: findings.appeared.insert(path)
        // Where a moved directory comes up again inside the root, it is watched anew and marked dirty.
        case .deleted, .movedOut: watches.drop(path)
        case .modified, .closedAfterWrite: break
        }
    }

    private func noteRoot(_ event: Inotify.Event, _ findings: inout Findings) {
        if event.has(IN_IGNORED) || event.has(IN_UNMOUNT) || event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) { findings.rootLost = true }
        if event.has(IN_ATTRIB) {
            findings.isTreeUncertain = true
            findings.dirty.insert(.root)
        }
    }

    private func watchAppeared(_ watches: WatchSet, _ findings: inout Findings) {
        guard let root = try? RootDirectory.open(path), watches.isOn(root) else {
            findings.rootLost = true
            return
        }
        if findings.isTreeUncertain {
            _ = watches.watchAll(root)
        } else {
            // Shallow ones first: what is below a new directory is watched with it.
            for path in findings.appeared.sorted(by: { $0.components.count < $1.components.count }) { watches.watch(path, in: root) }
        }
        findings.dirty.formUnion(findings.appeared)
    }

    private func publish(_ findings: Findings, _ state: WatchState) -> WatchState {
        let isNews = shared.content.withLock { content in
            let isNews = !findings.runs.isEmpty || !findings.dirty.isEmpty || content.state != state
            for run in findings.runs { content.notes.add(run.directory, run.events) }
            for path in findings.dirty { content.notes.markDirty(path) }
            content.state = state
            content.root = watches?.root
            return isNews
        }
        if isNews { shared.wakeUps.yield() }
        return state
    }
}

extension WatchLoop.Findings {
    fileprivate mutating func append(_ event: FileEvent) {
        if let last = runs.indices.last, runs[last].directory == event.directory {
            runs[last].events.append(event)
        } else {
            runs.append((event.directory, [event]))
        }
    }
}
