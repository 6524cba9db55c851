import ContentLibraryAPI
import MirrorCore

/// The time as the engine sees it: the only clock it reads, so that a test can hold it.
public protocol HostClock: Sendable {
    /// CLOCK_BOOTTIME: for leases, waits and ages.
    func now() -> BootTime
    /// CLOCK_REALTIME: for records and for comparing with file times.
    func wallTime() -> Timestamp
    /// Returns at or after `deadline`; throws `CancellationError` when the task is cancelled.
    func sleep(until deadline: BootTime) async throws
}

extension HostClock {
    public func sleep(for duration: Duration) async throws { try await sleep(until: now() + duration) }
}
