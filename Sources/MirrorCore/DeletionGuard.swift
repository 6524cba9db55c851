/// Decides whether what a pass would delete may go without a person's word.
public struct DeletionGuard: Sendable {
    /// The facts of one pass.
    public struct Facts: Sendable {
        /// What the pass would delete, one subject for each remote file (`ItemPlan.deletions`).
        public var planned: Set<String>
        /// Deletions carried out within the last `delete_window`.
        public var recent: Int
        /// The largest number of files published at any one time within that window.
        public var largestCount: Int
        /// The root is another directory than the one recorded; nil where it is the same or none is recorded.
        public var rootChange: String?
        /// The mapping that published the base differs from the present one.
        public var mappingChanged: Bool
        /// Foreign files would go on a pass that began without a base.
        public var removesExtraneousAtFirst: Bool
        public var approvals: [Approval]

        public init(
            planned: Set<String>, recent: Int = 0, largestCount: Int = 0, rootChange: String? = nil, mappingChanged: Bool = false,
            removesExtraneousAtFirst: Bool = false, approvals: [Approval] = []
        ) {
            (self.planned, self.recent, self.largestCount, self.rootChange) = (planned, recent, largestCount, rootChange)
            (self.mappingChanged, self.removesExtraneousAtFirst, self.approvals) = (mappingChanged, removesExtraneousAtFirst, approvals)
        }
    }

    /// Up to ten deletions a percentage says nothing: two of three files is an ordinary edit.
    static let alwaysAllowed = 10

    let rules: MirrorRules

    public init(rules: MirrorRules) { self.rules = rules }

    /// The holds that stand against the pass's deletions; empty where they may go.
    public func judge(_ facts: Facts) -> [Hold] {
        if facts.planned.isEmpty { return [] }
        var holds: [Hold] = []
        if let change = facts.rootChange {
            holds.append(
                Hold(.rootChanged, reason: "the root is not the directory that was published (\(change)); approve if it is meant", subjects: facts.planned))
        }
        if facts.mappingChanged {
            holds.append(
                Hold(
                    .mappingChanged,
                    reason: "the mirror's mapping changed in the configuration, and \(facts.planned.count) files would be deleted because of it",
                    subjects: facts.planned))
        }
        if facts.removesExtraneousAtFirst {
            holds.append(
                Hold(
                    .extraneous, reason: "extraneous = \"remove\" would delete \(facts.planned.count) files that clsyncd never published",
                    subjects: facts.planned))
        }
        if let reason = tooMany(facts) { holds.append(Hold(.maxDelete, reason: reason, subjects: facts.planned)) }
        return holds.filter { hold in !facts.approvals.contains { $0.covers(hold) || Self.answers($0, hold) } }
    }

    /// Who approved the deletions behind `root-empty` has seen their whole list: its length is not asked about again.
    private static func answers(_ approval: Approval, _ hold: Hold) -> Bool {
        guard approval.kind == .rootEmpty, hold.kind == .maxDelete else { return false }
        return Approval(kind: .maxDelete, item: approval.item, subjects: approval.subjects).covers(hold)
    }

    private func tooMany(_ facts: Facts) -> String? {
        let total = facts.planned.count + facts.recent
        let seen = "\(facts.planned.count) files would be deleted, \(facts.recent) were within the last \(rules.deleteWindow.components.seconds) s"
        switch rules.maxDelete {
        case .count(let limit): return total > limit ? "\(seen): more than max_delete = \(limit)" : nil
        case .percent(100): return nil
        case .percent(let percent):
            guard total > Self.alwaysAllowed, total * 100 > percent * facts.largestCount else { return nil }
            return "\(seen): more than max_delete = \"\(percent)%\" of \(facts.largestCount)"
        }
    }
}
