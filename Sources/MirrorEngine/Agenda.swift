import MirrorCore

/// Which items the next passes must look at, and when.
struct Agenda: Sendable {
    /// Between two tries at an item, or at a server, that failed.
    static let backoff = Backoff(first: .seconds(1), cap: .seconds(60))

    private(set) var due: [String: BootTime] = [:]
    private var failures: [String: Backoff] = [:]

    var next: BootTime? { due.values.min() }
    func isWaiting(_ item: String) -> Bool { due[item] != nil }

    mutating func add(_ item: String, at time: BootTime) { due[item] = min(due[item] ?? time, time) }

    mutating func failed(_ item: String, now: BootTime, atLeast retryAfter: Duration?, using random: inout some RandomNumberGenerator) {
        due[item] = now + failures[item, default: Self.backoff].next(atLeast: retryAfter ?? .zero, using: &random)
    }
    mutating func succeeded(_ item: String) { failures[item] = nil }
    func failureCount(_ item: String) -> Int { failures[item]?.attempts ?? 0 }

    mutating func takeDue(now: BootTime) -> Set<String> {
        let items = Set(due.lazy.filter { $0.value <= now }.map(\.key))
        for item in items { due[item] = nil }
        return items
    }
    /// What failed may have failed for the server's absence, which is over: it is due at once, and another failure is the first.
    mutating func serverIsBack(now: BootTime) {
        for item in failures.keys where due[item] != nil { due[item] = now }
        failures = [:]
    }
    /// Everything that waits for a time is due at once.
    mutating func hasten(now: BootTime) {
        for item in due.keys { due[item] = now }
    }
}

/// Deletions go last: they wait until the mirror saw no further one for `quiet`, at most `max_wait` after the first.
struct DeletionDelay: Sendable {
    private var planned: Set<String> = []
    private var first: BootTime?
    private var last: BootTime?
    /// Nothing that is planned waits beyond it; nil where nothing is planned.
    private(set) var latest: BootTime?

    /// When what is planned may go; nil where nothing is planned.
    mutating func note(_ planned: Set<String>, now: BootTime, quiet: Duration, maxWait: Duration) -> BootTime? {
        if planned.isEmpty {
            self = DeletionDelay()
            return nil
        }
        if !planned.isSubset(of: self.planned) {
            first = first ?? now
            last = now
        }
        self.planned.formUnion(planned)
        guard let first, let last else { return now }
        latest = first + maxWait
        return min(last + quiet, first + maxWait)
    }
    mutating func reset() { self = DeletionDelay() }
}
