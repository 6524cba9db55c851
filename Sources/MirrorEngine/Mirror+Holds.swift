import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// Holds are said when they are raised and cleared, and are on record.
extension Mirror {
    func setMirrorHolds(_ holds: [Hold]) {
        let change = standing.set(holds)
        for hold in change.raised { logger.warning("held", metadata: metadata(nil, "held", "\(hold.kind.rawValue): \(hold.reason)")) }
        for hold in change.cleared { logger.notice("hold cleared", metadata: metadata(nil, "hold-cleared", hold.kind.rawValue)) }
    }

    func setHolds(_ holds: [Hold], of item: String) {
        for hold in standing.set(holds, of: item).raised { logger.warning("item is held", metadata: metadata(item, hold.kind.eventName, hold.reason)) }
    }

    /// Holds survive a restart.
    func saveHolds() async throws {
        guard standing.isUnsaved, environment.mode != .plan else { return }
        let holds = standing.all
        for record in try await journal.holds(of: rules.name)
        where !holds.contains(where: { $0.kind == record.hold.kind && $0.item == record.hold.item }) {
            try await journal.clearHold(record.hold.kind, item: record.hold.item, of: rules.name)
        }
        for hold in holds { try await journal.setHold(HoldRecord(mirror: rules.name, hold: hold, since: clock.wallTime())) }
        // A publish may have ended, and raised or cleared one, while these were written: then they are written again.
        if standing.all == holds { standing.saved() }
    }
}

extension Hold.Kind {
    var eventName: String { self == .conflict ? "conflict" : "held" }
}
