import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// What a pass says of an item for which there is nothing to send.
extension Mirror {
    /// The item's state once a pass found nothing to send.
    func conclude(_ plan: ItemPlan, _ situation: ItemSituation) {
        if plan.fate == .forget || (situation.local == nil && base[plan.item] == nil && situation.unmanaged == nil && situation.remote == nil) {
            statuses[plan.item] = nil
            return
        }
        if let local = situation.local, local.files.isEmpty, situation.remote == nil { return show(plan.item, .unmanaged, "an empty directory makes no item") }
        if let hold = plan.holds.first { return show(plan.item, .held, hold.reason) }
        if let unmanaged = situation.unmanaged { return show(plan.item, .unmanaged, unmanaged.reason.text) }
        if heldDeletions.remove(plan.item) != nil { return show(plan.item, .held, standing.ofMirror.first?.reason) }
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
}
