import Synchronization

/// True the first time that it is asked, in whatever task.
final class Once: Sendable {
    private let counter = Counter()
    func callAsFunction() -> Bool { counter.next() == 0 }
}

/// Counts, in whatever task.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    /// The count before this call.
    @discardableResult func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
