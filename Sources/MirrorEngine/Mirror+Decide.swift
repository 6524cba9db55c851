import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

extension Mirror {
    /// From situations to publishes: plans, holds against the deletions among them, and what only the record must know.
    func decide(
        _ situations: [String: ItemSituation], library: ResolvedLibrary, complete: Bool, scannedAt: Timestamp, now: BootTime
    ) async throws -> [Launch] {
        var situations = situations
        var plans: [ItemPlan] = []
        let limit = environment.mode == .continuous ? clock.now() + Self.comparingLimit : nil
        comparedCount = 0
        for item in situations.keys.sorted() {
            guard var situation = situations[item] else { continue }
            do {
                let plan = standingRefusal(of: try await plan(&situation, until: limit))
                if let limit, let unknown = plan.unknowns.first, clock.now() >= limit { postpone(item, until: unknown) } else { plans.append(plan) }
            } catch let error where isOfItem(error) {
                cannotDecide(item, error, now: now)
            }
            situations[item] = situation
        }
        plans = try await guarded(plans, complete: complete, now: now)
        var launches: [Launch] = []
        do {
            for plan in plans {
                guard let situation = situations[plan.item] else { continue }
                if let launch = try await carryOut(plan, situation, library: library, scannedAt: scannedAt, now: now) { launches.append(launch) }
            }
        } catch {
            // What is not begun is not under way: the next pass decides it again.
            for launch in launches { publishing[launch.work.item] = nil }
            throw error
        }
        return launches
    }

    /// Its contents are compared by the next pass; so is whatever else is due by then.
    private func postpone(_ item: String, until unknown: FileDecision) {
        unseen.insert(item)
        agenda.add(item, at: clock.now())
        show(item, .pending, "\(unknown.name): being compared")
    }

    /// What a pass would do, for `clsyncd plan`: every file counts as stable, and nothing is written.
    func onlyPlan(_ situations: [String: ItemSituation], complete: Bool, now: BootTime) async throws -> [Launch] {
        var planned = Set<String>()
        for item in situations.keys.sorted() {
            guard var situation = situations[item] else { continue }
            let plan = try await plan(&situation)
            lastPlans[item] = plan
            itemHolds[item] = plan.holds.isEmpty ? nil : plan.holds
            planned.formUnion(plan.deletions)
            conclude(plan, situation)
        }
        setMirrorHolds(DeletionGuard(rules: rules).judge(try await deletionFacts(planned)))
        lastRenames = renamePairs(situations)
        everythingIsDue = false
        return []
    }

    /// A type that the server refused to give an item is not asked for again in every pass: the hold stands until a person or the types end it.
    private func standingRefusal(of plan: ItemPlan) -> ItemPlan {
        guard plan.retypes, let hold = itemHolds[plan.item]?.first(where: { $0.kind == .typeChanged && $0.subjects == [plan.type ?? "generic"] }) else {
            return plan
        }
        var plan = plan
        (plan.retypes, plan.fate, plan.holds) = (false, .refuse, plan.holds + [hold])
        plan.files = plan.files.map { decision in
            var decision = decision
            if decision.action == .send || decision.action == .remove { decision.action = .hold }
            return decision
        }
        return plan
    }

    // MARK: deletions

    /// The plans with the deletions that may not go taken out of them, and with those that must still wait put off.
    private func guarded(_ plans: [ItemPlan], complete: Bool, now: BootTime) async throws -> [ItemPlan] {
        // What could not be looked at in this pass may still be deleting.
        deletingItems = deletingItems.intersection(unseen).union(plans.lazy.filter { !$0.deletions.isEmpty }.map(\.item))
        heldDeletions = []
        deletionsAreSettled = false
        var planned = Set<String>()
        for plan in plans { planned.formUnion(plan.deletions) }
        if !unseen.isEmpty, mirrorHolds.contains(where: isStandingAgainstDeletions) {
            // A part of the list that a person was shown is no new list.
            return plans.map(held)
        }
        let readyAt = delay.note(planned, now: now, quiet: rules.quiet, maxWait: rules.maxWait)
        if planned.isEmpty {
            // From listings that are not complete nothing follows, not even that there is nothing to delete.
            deletionsAreSettled = isSeenWhole
            if complete, isSeenWhole { try await acceptRoot() }
            setMirrorHolds([])
            return plans
        }
        if let fault = view.tree?.firstFault {
            logger.warning("no deletions in this pass", metadata: metadata(nil, "held", "\(fault)"))
            return plans.map { $0.withoutDeletions() }
        }
        if let readyAt, readyAt > now, environment.mode == .continuous {
            return plans.filter { plan in
                if plan.deletions.isEmpty { return true }
                agenda.add(plan.item, at: readyAt)
                show(plan.item, .pending, "its deletions wait for more of them")
                return false
            }
        }
        let holds = DeletionGuard(rules: rules).judge(try await deletionFacts(planned))
        setMirrorHolds(holds)
        if holds.isEmpty {
            deletionsAreSettled = isSeenWhole
            if complete { try await acceptRoot() }
            let ready = plans.filter { !waitsForMore($0, now: now) }
            deletingItems.subtract(ready.map(\.item))
            if deletingItems.isEmpty { delay.reset() }
            return ready
        }
        return plans.map(held)
    }

    /// Every listing of the pass was complete, and every item was decided.
    private var isSeenWhole: Bool { view.local.listingIsComplete && view.local.items.values.allSatisfy(\.listingIsComplete) && unseen.isEmpty }

    private func held(_ plan: ItemPlan) -> ItemPlan {
        if plan.deletions.isEmpty { return plan }
        heldDeletions.insert(plan.item)
        return plan.withoutDeletions()
    }
    private func isStandingAgainstDeletions(_ hold: Hold) -> Bool { hold.kind.scope == .deletions && !approvals.contains { $0.covers(hold) } }

    /// One session carries all of an item's changes, so that its readers see the old set or the new one: removals wait for the item's files that are
    /// about to become stable.
    private func waitsForMore(_ plan: ItemPlan, now: BootTime) -> Bool {
        guard !plan.deletions.isEmpty, let waiting = plan.waiting.first, let latest = delay.latest, now < latest else { return false }
        agenda.add(plan.item, at: latest)
        show(plan.item, .pending, "its deletions wait for \(waiting.name)")
        return true
    }

    private func deletionFacts(_ planned: Set<String>) async throws -> DeletionGuard.Facts {
        let since = Timestamp(milliseconds: clock.wallTime().milliseconds - rules.deleteWindow.wholeNanoseconds / 1_000_000)
        let published = base.values.reduce(0) { $0 + $1.files.count }
        if environment.mode != .plan { try await journal.recordFileCount(published, at: clock.wallTime(), of: rules.name, window: rules.deleteWindow) }
        var facts = DeletionGuard.Facts(planned: planned, approvals: approvals)
        facts.recent = try await journal.deletions(of: rules.name, since: since)
        facts.largestCount = max(published, try await journal.largestFileCount(of: rules.name, since: since))
        if let root { facts.rootChange = RootGuard().change(from: record.root, to: root) }
        facts.mappingChanged = record.mapping.map { $0 != rules.mappingSignature } ?? false
        facts.removesExtraneousAtFirst = rules.extraneous == .remove && !record.firstPassDone
        return facts
    }

    /// A complete pass without deletions, or with approved ones, makes the present root and mapping the recorded ones.
    private func acceptRoot() async throws {
        // Where an item was not seen, its deletions were not seen either.
        guard unseen.isEmpty, record.root != root || record.mapping != rules.mappingSignature else { return }
        record.root = root
        record.mapping = rules.mappingSignature
        try await journal.save(record)
    }

    // MARK: carrying out

    private func carryOut(
        _ plan: ItemPlan, _ situation: ItemSituation, library: ResolvedLibrary, scannedAt: Timestamp, now: BootTime
    ) async throws -> Launch? {
        lastPlans[plan.item] = plan
        try await setItemHolds(plan)
        guard let key = record.key, let root else { return nil }
        let work = Publication(
            mirror: rules.name, rules: rules, key: key, plan: plan, local: situation.local, base: situation.base, remote: situation.remote,
            checksums: situation.checksums, root: root, isMountPoint: situation.local?.identity.map { $0.device != root.device } ?? false, scannedAt: scannedAt)
        let resumable = resumableSessions.removeValue(forKey: plan.item)
        if plan.writes {
            noteOverwritten(plan)
            if let (session, intent) = resumable, plan.fate == .delete { try await recovery.end(session, intent, reason: "its item is to be deleted") }
            let control = PublicationControl()
            publishing[plan.item] = control
            show(plan.item, .publishing, nil)
            return Launch(work: work, control: control, session: plan.fate == .delete ? nil : resumable)
        }
        if let (session, intent) = resumable { try await recovery.end(session, intent, reason: "nothing is left to publish") }
        openIntents[plan.item] = nil
        try await keepRecord(plan, situation, work)
        conclude(plan, situation)
        return nil
    }

    /// What needs no call to the server.
    private func keepRecord(_ plan: ItemPlan, _ situation: ItemSituation, _ work: Publication) async throws {
        if plan.fate == .forget {
            if let id = base[plan.item]?.id { try await journal.forget(id, of: rules.name, in: work.key) }
            await environment.claims.release(plan.item, in: work.key, of: rules.name)
            base[plan.item] = nil
            return
        }
        guard let remote = situation.remote, situation.base?.id == remote.id || !plan.adoptions.isEmpty else { return }
        var recorded = BaseRecord(work: work, now: clock.wallTime()).base(remote: remote, sent: [:])
        if !plan.holds.isEmpty, let base = situation.base {
            // What the hold was raised against stays on record while it stands.
            (recorded.directory, recorded.isMountPoint) = (base.directory, base.isMountPoint)
        }
        guard
            recorded.files != situation.base?.files || recorded.token != situation.base?.token || recorded.directory != situation.base?.directory
                || recorded.id != situation.base?.id || recorded.type != situation.base?.type
        else {
            // Seen again as published: only the time is new.
            recorded.verifiedAt = clock.wallTime()
            base[plan.item] = recorded
            return
        }
        try await journal.commit(recorded, of: rules.name, in: work.key)
        base[plan.item] = recorded
        for file in plan.adoptions {
            logger.notice("adopted", metadata: metadata(plan.item, "adopted").merging(["file": "\(file.name)"]) { $1 })
        }
    }

    private func noteOverwritten(_ plan: ItemPlan) {
        for file in plan.sends where [.drift, .lost, .localWins].contains(file.row) {
            logger.warning(
                file.row == .localWins
                    ? "somebody changed what was published, and the local file moved too; it wins"
                    : "somebody changed what was published; it is repaired",
                metadata: metadata(
                    plan.item, "drift", "\(file.row.rawValue): version \(file.remote?.version ?? "-"), \(file.remote?.checksum?.description ?? "no checksum")"
                )
                .merging(["file": "\(file.name)"]) { $1 })
        }
    }

    /// The item's state once a pass found nothing to send.
    private func conclude(_ plan: ItemPlan, _ situation: ItemSituation) {
        if plan.fate == .forget || (situation.local == nil && base[plan.item] == nil && situation.unmanaged == nil && situation.remote == nil) {
            statuses[plan.item] = nil
            return
        }
        if let local = situation.local, local.files.isEmpty, situation.remote == nil { return show(plan.item, .unmanaged, "an empty directory makes no item") }
        if let hold = plan.holds.first { return show(plan.item, .held, hold.reason) }
        if let unmanaged = situation.unmanaged { return show(plan.item, .unmanaged, unmanaged.reason.text) }
        if heldDeletions.remove(plan.item) != nil { return show(plan.item, .held, mirrorHolds.first?.reason) }
        if let reported = plan.files.first(where: { $0.action == .report }) {
            return show(plan.item, .drift, "\(reported.name): \(reported.row.rawValue), remote version \(reported.remote?.version ?? "-")")
        }
        if let unknown = plan.unknowns.first {
            agenda.add(plan.item, at: clock.now() + Self.rootCheckInterval)
            return show(plan.item, .pending, "\(unknown.name): not compared yet")
        }
        if let waiting = plan.waiting.first, case .wait(let reason) = waiting.action {
            // What will be looked at again soon is work; what moved again and again is not.
            let isSoon = agenda.due[plan.item].map { $0 - clock.now() <= max(rules.maxWait, rules.quiet) } ?? false
            return show(plan.item, isSoon || situation.base == nil ? .pending : .partial, "\(waiting.name): \(reason)")
        }
        guard let local = situation.local else {
            if base[plan.item] != nil, !situation.localIsProven { return show(plan.item, .partial, "kept: \(rules.path) could not be listed whole") }
            return show(plan.item, base[plan.item]?.files.isEmpty ?? true ? .foreign : .kept, nil)
        }
        if !local.listingIsComplete { return show(plan.item, .partial, unlisted(local)) }
        if let refused = situation.local?.unmanaged.values.first(where: { $0.reason.isRefusal }) {
            return show(plan.item, .partial, "\(refused.path): \(refused.reason.text)")
        }
        let unproven = plan.files.contains { $0.row == .inSync && $0.local != nil && $0.remote?.checksum == nil }
        show(plan.item, unproven ? .unverified : .inSync, nil)
    }

    /// Why not all of the item's files are known.
    private func unlisted(_ local: LocalItem) -> String {
        let fault = view.local.passedOver.first { unmanaged in
            if case .unreadable = unmanaged.reason { unmanaged.path.isWithin(local.directory) } else { false }
        }
        return fault.map { "\($0.path): \($0.reason.text)" } ?? "\(rules.path) could not be listed whole"
    }

    // MARK: holds

    func setMirrorHolds(_ holds: [Hold]) {
        guard holds != mirrorHolds else { return }
        for hold in holds where !mirrorHolds.contains(where: { $0.kind == hold.kind }) {
            logger.warning("held", metadata: metadata(nil, "held", "\(hold.kind.rawValue): \(hold.reason)"))
        }
        for hold in mirrorHolds where !holds.contains(where: { $0.kind == hold.kind }) {
            logger.notice("hold cleared", metadata: metadata(nil, "hold-cleared", hold.kind.rawValue))
        }
        mirrorHolds = holds
        holdsAreDirty = true
    }

    private func setItemHolds(_ plan: ItemPlan) async throws {
        let before = itemHolds[plan.item] ?? []
        // A refusal of the server itself, such as of a type, stands until its cause is gone.
        guard plan.holds != before else { return }
        for hold in plan.holds where !before.contains(hold) { logger.warning("item is held", metadata: metadata(plan.item, hold.kind.eventName, hold.reason)) }
        itemHolds[plan.item] = plan.holds.isEmpty ? nil : plan.holds
        holdsAreDirty = true
    }

    /// Holds survive a restart.
    func saveHolds() async throws {
        guard holdsAreDirty, environment.mode != .plan else { return }
        let standing = mirrorHolds + itemHolds.values.flatMap { $0 }
        for record in try await journal.holds(of: rules.name)
        where !standing.contains(where: { $0.kind == record.hold.kind && $0.item == record.hold.item }) {
            try await journal.clearHold(record.hold.kind, item: record.hold.item, of: rules.name)
        }
        for hold in standing { try await journal.setHold(HoldRecord(mirror: rules.name, hold: hold, since: clock.wallTime())) }
        holdsAreDirty = false
    }
}

extension ItemPlan {
    /// Somebody else changed what was published, and it is sent again.
    var repairs: Bool { sends.contains { $0.row == .drift || $0.row == .lost } }
}

extension Unmanaged.Reason {
    /// Whether somebody should do something about it, unlike what is excluded on purpose.
    var isRefusal: Bool {
        switch self {
        case .badName, .collision, .unreadable, .unsupportedType: true
        case .excluded, .symlink, .special, .looseFile, .nestedDirectory: false
        }
    }
}

extension Hold.Kind {
    var eventName: String { self == .conflict ? "conflict" : "held" }
}
