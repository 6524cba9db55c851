/// Decides which faults happen to which call: counts, and draws by a seed, so that the same calls in the same order meet the same faults.
///
/// A value; whoever holds it does what it says.
public struct FaultPlan: Sendable {
    /// A fault that happens now.
    struct Strike: Sendable, Hashable {
        let fault: Fault
        /// Of a fault of answers: the only file that it is about.
        let file: String?
    }

    private struct Count {
        var matched = 0
        var struck = 0
    }

    public let rules: [FaultRule]
    private var counts: [Count]
    private var state: UInt64

    public init(_ rules: [FaultRule] = [], seed: UInt64 = 0) {
        (self.rules, state) = (rules, seed)
        counts = Array(repeating: Count(), count: rules.count)
    }

    var isEmpty: Bool { rules.isEmpty }

    /// In the order of the rules; every rule that matches counts the call, whether it strikes or not.
    mutating func strikes(on event: FaultEvent) -> [Strike] {
        var strikes: [Strike] = []
        for (index, rule) in rules.enumerated() where rule.matches(event) {
            counts[index].matched += 1
            let past = counts[index].matched - rule.first
            guard past >= 0, past % max(1, rule.every) == 0, counts[index].struck < rule.times ?? .max else { continue }
            guard rule.chance >= 1 || draw() < rule.chance else { continue }
            counts[index].struck += 1
            strikes.append(Strike(fault: rule.fault, file: rule.file))
        }
        return strikes
    }

    /// From 0 up to 1: SplitMix64.
    private mutating func draw() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        z ^= z >> 31
        return Double(z >> 11) / Double(1 << 53)
    }
}
