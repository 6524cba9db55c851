import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// Deletions go last, and only where nothing holds them.
extension Mirror {
    /// The plans with the deletions that may not go taken out of them, and with those that must still wait put off.
    func guarded(_ plans: [ItemPlan], complete: Bool, now: BootTime) async throws -> [ItemPlan] {
        // What could not be looked at in this pass may still be deleting.
        deletingItems = deletingItems.intersection(unseen).union(plans.lazy.filter { !$0.deletions.isEmpty }.map(\.item))
        heldDeletions = []
        deletionsAreSettled = false
        var planned = Set<String>()
        for plan in plans { planned.formUnion(plan.deletions) }
        if !unseen.isEmpty, standing.ofMirror.contains(where: isStandingAgainstDeletions) {
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

    func deletionFacts(_ planned: Set<String>) async throws -> DeletionGuard.Facts {
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
}
