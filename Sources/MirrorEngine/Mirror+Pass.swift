import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal

extension Mirror {
    /// Looks, decides, and returns the publishes to begin. What fails here is shown and tried again; it never ends the mirror.
    func pass() async -> [Launch] {
        let now = clock.now()
        let (count, holds, problem) = (passCount, standing.all, problem)
        looks.begin()
        defer {
            looks.end()
            // A look at the root that found nothing new is no news: to show a thousand items again would cost more than the look.
            if passCount != count || standing.all != holds || self.problem != problem { environment.noteChange() }
        }
        takeEvents(now)
        var launches: [Launch] = []
        do {
            if let opened = try await openRoot(now) {
                let due = agenda.takeDue(now: now)
                do {
                    launches = try await pass(opened, due: due, now: now)
                } catch {
                    for item in due { agenda.add(item, at: now) }
                    throw error
                }
            }
        } catch is CancellationError {
            return []
        } catch {
            failed(error, now: now)
        }
        do {
            try await saveHolds()
            if launches.isEmpty { try await consumeApprovals() }
        } catch {
            failed(error, now: now)
        }
        return launches
    }

    /// An approval is spent once what it released is done or has lost its subject: the same list, met again later, is asked about again.
    private func consumeApprovals() async throws {
        guard !approvals.isEmpty, isSettled, environment.mode != .plan else { return }
        for record in try await journal.approvals(of: rules.name) where isSpent(record.approval) {
            _ = try await journal.consume(record)
            approvals.removeAll { $0 == record.approval }
        }
    }
    private func isSpent(_ approval: Approval) -> Bool {
        switch approval.kind {
        // It says that the item goes on under the type it has: for as long as the types differ.
        case .typeChanged: approval.item.map { lastPlans[$0] == nil || base[$0] == nil && view.local.items[$0] == nil } ?? true
        case .conflict, .rivalWriter: approval.item.map { standing.ofItems[$0] == nil && lastPlans[$0]?.writes != true } ?? true
        default: deletingItems.isEmpty && standing.ofMirror.isEmpty
        }
    }

    private static func event(_ error: any Error) -> String {
        switch error {
        case is TransportError: "server-unreachable"
        case LoginError.refused: "login-refused"
        default: "pass-failed"
        }
    }

    func failed(_ error: any Error, now: BootTime) {
        everythingIsDue = true
        retryAt = now + passBackoff.next(atLeast: ContentLibraryClient.retryAfter(error) ?? .zero, using: &random)
        let reason = "\(error)"
        if problem != reason {
            logger.error("mirror cannot go on for now", metadata: metadata(nil, Self.event(error), reason))
        }
        problem = reason
        problemIsLasting = !ContentLibraryClient.isTransient(error)
        if case LibraryError.changed(let why)? = error as? LibraryError {
            setMirrorHolds([Hold(.libraryChanged, reason: why, subjects: ["library"])])
        }
    }

    private func pass(_ opened: RootDirectory, due: Set<String>, now: BootTime) async throws -> [Launch] {
        if let retryAt, now < retryAt {
            for item in due { agenda.add(item, at: retryAt) }
            return []
        }
        let complete = everythingIsDue || (environment.mode == .continuous && now >= nextRescan)
        if case .scanning? = watcher?.state, now >= nextScan { queue.markDirty(subtree: .root, now: nextScan - rules.maxWait) }
        let dirty = queue.release(now: now)
        nextScan = now + Self.scanInterval
        guard complete || !due.isEmpty || !dirty.isEmpty else { return [] }
        passCount += 1
        isDeciding = true
        defer { isDeciding = false }
        (everythingIsDue, isDueOnceMore) = (complete, false)
        let scannedAt = clock.wallTime()
        let before = view.local
        do {
            try await scan(opened, complete: complete || dirty.contains(.subtree(.root)), directories: directories(of: dirty, due: due))
        } catch let problem as ScanProblem where problem.path.isRoot {
            // It can be opened and not be listed.
            everythingIsDue = true
            setMirrorHolds(RootGuard().judge(.unreadable(problem.text), path: rules.path).map { [$0] } ?? [])
            return []
        }
        logRefusals()
        let library = try await resolveLibrary(anew: complete)
        if let hold = RootGuard().judge(view.local, published: base, path: rules.path, layout: rules.layout, approvals: approvals) {
            everythingIsDue = true
            setMirrorHolds([hold])
            return []
        }
        // What stood against the whole mirror stands no more.
        setMirrorHolds(standing.ofMirror.filter { $0.kind.scope != .mirror })
        try await loadIntents(library)
        if complete { try await endOrphans() }
        var situations = try await situations(items(complete: complete, before: before, due: due), library: library, complete: complete, now: now)
        if environment.mode == .plan { return try await onlyPlan(situations, complete: complete, now: now) }
        try await renames(&situations, library)
        let launches = try await decide(situations, library: library, complete: complete, scannedAt: scannedAt, now: now)
        await passed(complete: complete, now: now)
        return launches
    }

    private func passed(complete: Bool, now: BootTime) async {
        if problem != nil {
            logger.notice("mirror goes on", metadata: metadata(nil, "server-back"))
            agenda.serverIsBack(now: now)
        }
        problem = nil
        retryAt = nil
        passBackoff.reset()
        guard complete else { return }
        everythingIsDue = isDueOnceMore
        nextRescan = now + environment.rescanInterval
        if case .scanning? = watcher?.state { await watcher?.rearm() }
        // Until a person approved it, no pass takes away what others put there.
        if deletionsAreSettled { record.firstPassDone = true }
        record.updatedAt = clock.wallTime()
        do { try await journal.save(record) } catch { failed(error, now: now) }
    }

    /// Each refusal is said once, when it begins.
    private func logRefusals() {
        let local = view.local
        let all = Array(local.unmanagedItems.values) + local.passedOver + local.items.values.flatMap(\.unmanaged.values)
        let refused = Set(all.filter(\.reason.isRefusal))
        for refusal in refused.subtracting(refusals).sorted(by: { $0.path < $1.path }) {
            logger.warning(
                "\(refusal.path) is not mirrored", metadata: metadata(nil, "file-refused", refusal.reason.text).merging(["file": "\(refusal.path)"]) { $1 })
        }
        refusals = refused
    }

    // MARK: looking

    private func takeEvents(_ now: BootTime) {
        guard let batch = watcher?.take(), !batch.isEmpty else { return }
        for event in batch.events {
            stable.note(event, now: now)
            for control in publishing.values { control.moved(event.path) }
        }
        for subtree in batch.dirtySubtrees { stable.lost(subtree: subtree, now: now) }
        queue.note(batch, now: now)
    }

    /// Nil where a hold stands. Nothing under the root stays open after the pass: an administrator must be able to unmount it.
    private func openRoot(_ now: BootTime) async throws -> RootDirectory? {
        nextRootCheck = now + Self.rootCheckInterval
        let opened: RootDirectory
        do {
            opened = try await disk.run { [path = rules.path] in try RootDirectory.open(path) }
        } catch let error as RootUnavailable {
            root = nil
            everythingIsDue = true
            retryAt = nil
            let state: RootGuard.Root = error.isMissing ? .missing(error.text) : .unreadable(error.text)
            setMirrorHolds(RootGuard().judge(state, path: rules.path).map { [$0] } ?? [])
            return nil
        }
        // The root is back, whatever becomes of the rest of the pass.
        if standing.ofMirror.contains(where: \.kind.isAbsence) { setMirrorHolds(standing.ofMirror.filter { !$0.kind.isAbsence }) }
        if root != opened.identity {
            everythingIsDue = true
            root = opened.identity
            await watcher?.rearm()
        }
        if case .rootGone? = watcher?.state { await watcher?.rearm() }
        return opened
    }

    private func directories(of dirty: [Dirty], due: Set<String>) -> Set<RelativePath> {
        var found = Set(dirty.map(\.path))
        for item in due { if let directory = view.local.items[item]?.directory ?? base[item]?.files.values.first?.path.parent { found.insert(directory) } }
        return found
    }

    private func scan(_ opened: RootDirectory, complete: Bool, directories: Set<RelativePath>) async throws {
        let (known, rules, listedAt) = (view, rules, clock.now())
        let scope: LocalView.Scope = complete ? .everything : .directories(directories)
        view = try await disk.run { work in try known.scanned(opened, scope, rules: rules, isCancelled: { work.shouldStop() }) }
        view = try view.mapped(rules, published: base)
        let paths = Set(view.local.items.values.flatMap { $0.files.values.map(\.path) })
        stable.retain(paths, listedAt: listedAt)
        readFaults = readFaults.filter { paths.contains($0.key) }
    }

    /// The items that this pass decides on: all, or those that moved here or are due.
    private func items(complete: Bool, before: LocalMirror, due: Set<String>) -> Set<String> {
        let local = view.local
        // Deletions that wait or are held are judged together with every further one.
        var items = due.union(deletingItems)
        if complete {
            items.formUnion(local.items.keys)
            items.formUnion(local.unmanagedItems.keys)
            items.formUnion(base.keys)
            // A hold that stands from an earlier run may have lost its item since.
            items.formUnion(standing.ofItems.keys)
        } else {
            for (name, item) in local.items where before.items[name] != item { items.insert(name) }
            for name in before.items.keys where local.items[name] == nil { items.insert(name) }
            for (name, reason) in local.unmanagedItems where before.unmanagedItems[name] != reason { items.insert(name) }
            for name in before.unmanagedItems.keys where local.unmanagedItems[name] == nil { items.insert(name) }
        }
        // An item whose publish is under way is looked at when that has ended.
        return items.filter { publishing[$0] == nil }
    }

    // MARK: the three sides

    private func situations(
        _ items: Set<String>, library: ResolvedLibrary, complete: Bool, now: BootTime
    ) async throws -> [String: ItemSituation] {
        var remotes = try await loadRemotes(items, library: library, complete: complete, now: now)
        try await followRenames(&remotes)
        var situations: [String: ItemSituation] = [:]
        unseen = []
        for item in items.union(remotes.foreign.keys).sorted() where publishing[item] == nil {
            if let error = remotes.failures[item] {
                cannotDecide(item, error, now: now)
                continue
            }
            if let holder = await claimed(item) {
                // The other mirror may give it up.
                if environment.mode == .continuous { agenda.add(item, at: now + Self.rootCheckInterval) }
                show(item, .failed, "the mirrors \(holder) and \(rules.name) both claim this item; the first one keeps it")
                continue
            }
            var situation = ItemSituation(item: item, local: view.local.items[item], base: base[item], remote: remotes.items[item] ?? remotes.foreign[item])
            situation.unmanaged = view.local.unmanagedItems[item]
            situation.localIsProven = view.local.listingIsComplete
            situation.approvals = approvals
            situation.remoteNamesake = remotes.namesakes[item]
            situation.isRemovableAsExtraneous = remotes.removable.contains(item)
            if let base = base[item], base.directory != nil, let identity = situation.local?.identity {
                situation.mountChanged = base.isMountPoint != (identity.device != root?.device)
            }
            if base[item] != nil, environment.mode != .plan { situation.repairs = try await journal.repairs(of: item, in: rules.name, since: dayAgo).count }
            if environment.mode != .plan {
                if situation.local != nil { try await settle(&situation, now: now) }
                do {
                    try await recover(&situation)
                } catch let error where isOfItem(error) {
                    cannotDecide(item, error, "what became of an earlier session is not known: ", now: now)
                    continue
                }
            }
            situations[item] = situation
        }
        remotes.foreign = [:]
        return situations
    }
    /// This item waits; the others go on.
    func cannotDecide(_ item: String, _ error: any Error, _ what: String = "", now: BootTime) {
        unseen.insert(item)
        agenda.failed(item, now: now, atLeast: ContentLibraryClient.retryAfter(error), using: &random)
        show(item, .failed, "\(what)\(error)")
    }
    private var dayAgo: Timestamp { Timestamp(milliseconds: clock.wallTime().milliseconds - 24 * 3600 * 1000) }

    private func claimed(_ item: String) async -> String? {
        guard view.local.items[item] != nil || base[item] != nil, let key = record.key else { return nil }
        return await environment.claims.claim(item, in: key, for: rules.name)
    }
}

extension Hold.Kind {
    /// Whether it says that there is no root to look at.
    fileprivate var isAbsence: Bool { self == .rootMissing }
}
