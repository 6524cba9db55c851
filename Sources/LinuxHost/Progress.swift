import MirrorCore
import Synchronization

/// When a thread's work last showed progress.
final class Progress: Sendable {
    private static let idle = Int64.min
    private let nanoseconds = Atomic(Progress.idle)
    private let now: @Sendable () -> BootTime

    init(now: @escaping @Sendable () -> BootTime) { self.now = now }

    /// Nil while there is no work.
    var since: BootTime? {
        let value = nanoseconds.load(ordering: .acquiring)
        return value == Self.idle ? nil : BootTime(nanoseconds: value)
    }
    func mark() { nanoseconds.store(now().nanoseconds, ordering: .releasing) }
    func rest() { nanoseconds.store(Self.idle, ordering: .releasing) }
}
