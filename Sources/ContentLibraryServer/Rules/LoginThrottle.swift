import ContentLibraryAPI

/// Counts wrong passwords by user and address, and says who must wait. A value: time is an argument.
///
/// A lock holds one user at one address: nobody can lock a user out everywhere, nor others at all. Guessing from many addresses is not slowed by it.
struct LoginThrottle: Sendable {
    /// The defaults of a vCenter's lockout policy.
    struct Policy: Sendable, Hashable {
        var failures = 5
        var window = Duration.seconds(180)
        var lock = Duration.seconds(900)
    }

    struct Key: Sendable, Hashable {
        let user: String
        let address: String

        /// An IPv6 host has a whole /64 to itself.
        init(user: String, address: String?) {
            self.user = user
            let text = address ?? ""
            self.address = text.contains("::") || text.split(separator: ":").count > 4 ? Self.network(text) : text
        }

        private static func network(_ address: String) -> String {
            let head = address.prefix(while: { $0 != "%" })
            let parts = head.split(separator: ":", omittingEmptySubsequences: false)
            guard let gap = parts.dropFirst().dropLast().firstIndex(of: "") else { return parts.prefix(4).joined(separator: ":") }
            // What `::` stands for is zeros: the first four groups are those before it, filled up.
            let before = parts[..<gap].filter { !$0.isEmpty }
            return (before.map(String.init) + Array(repeating: "0", count: max(0, 4 - before.count))).prefix(4).joined(separator: ":")
        }
    }

    private struct Entry {
        var failures: Int
        /// Of the window, or of the lock once there are too many.
        var end: Timestamp
    }

    private var entries: [Key: Entry] = [:]
    private let policy: Policy
    private let capacity: Int

    /// `capacity` bounds the memory: beyond it, whoever is over soonest is forgotten.
    init(_ policy: Policy = Policy(), capacity: Int = 4096) { (self.policy, self.capacity) = (policy, capacity) }

    var count: Int { entries.count }

    func isLocked(_ key: Key, now: Timestamp) -> Bool {
        guard let entry = entries[key] else { return false }
        return entry.failures >= policy.failures && now <= entry.end
    }

    /// A wrong password. The window begins with the first one; the lock with the last that was too many, and is not lengthened by more.
    mutating func failed(_ key: Key, now: Timestamp) {
        guard !isLocked(key, now: now) else { return }
        var entry = Entry(failures: 1, end: now + policy.window)
        if let before = entries[key], now <= before.end, before.failures < policy.failures { entry = Entry(failures: before.failures + 1, end: before.end) }
        if entry.failures >= policy.failures { entry.end = now + policy.lock }
        entries[key] = entry
        if entries.count > capacity { shrink(now: now) }
    }

    mutating func succeeded(_ key: Key) { entries[key] = nil }

    private mutating func shrink(now: Timestamp) {
        entries = entries.filter { now <= $0.value.end }
        while entries.count > capacity, let first = entries.min(by: { $0.value.end < $1.value.end })?.key { entries[first] = nil }
    }
}
