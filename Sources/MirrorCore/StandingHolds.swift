/// The holds of one mirror that stand now: against the mirror or its deletions, and against single items.
public struct StandingHolds: Sendable {
    /// What a change raised and cleared, to be said once.
    public struct Change: Hashable, Sendable {
        public var raised: [Hold] = []
        public var cleared: [Hold] = []
    }

    /// Those against the mirror as a whole or its deletions.
    public private(set) var ofMirror: [Hold] = []
    /// Those against items, by name; no entry is empty.
    public private(set) var ofItems: [String: [Hold]] = [:]
    /// They differ from what was saved last.
    public private(set) var isUnsaved = false

    /// - Parameter saved: what is on record.
    public init(saved: [Hold] = []) {
        for hold in saved {
            if let item = hold.item { ofItems[item, default: []].append(hold) } else { ofMirror.append(hold) }
        }
    }

    /// The mirror's first, then those of the items by name.
    public var all: [Hold] { ofMirror + ofItems.keys.sorted().flatMap { ofItems[$0] ?? [] } }
    /// Nothing of the mirror goes on.
    public var stopsMirror: Bool { ofMirror.contains { $0.kind.scope == .mirror } }

    /// Makes these the holds of the mirror. One that only says it in other words is neither raised nor cleared.
    public mutating func set(_ holds: [Hold]) -> Change {
        guard holds != ofMirror else { return Change() }
        let change = Change(
            raised: holds.filter { hold in !ofMirror.contains { $0.kind == hold.kind } },
            cleared: ofMirror.filter { hold in !holds.contains { $0.kind == hold.kind } })
        ofMirror = holds
        isUnsaved = true
        return change
    }

    /// Makes these the holds of the item. A hold with other subjects is another one.
    public mutating func set(_ holds: [Hold], of item: String) -> Change {
        let before = ofItems[item] ?? []
        guard holds != before else { return Change() }
        ofItems[item] = holds.isEmpty ? nil : holds
        isUnsaved = true
        return Change(raised: holds.filter { !before.contains($0) }, cleared: before.filter { !holds.contains($0) })
    }

    /// They are on record as they are.
    public mutating func saved() { isUnsaved = false }
}
