import ContentLibraryAPI
import LinuxHost
import MirrorCore

/// The machine's clocks.
public struct SystemClock: HostClock {
    private let timer: BootTimer

    /// Starts the thread that ends the sleeps.
    public init() throws(HostError) { timer = try BootTimer() }

    public func now() -> BootTime { .now() }
    public func wallTime() -> Timestamp { .now() }
    public func sleep(until deadline: BootTime) async throws { try await timer.sleep(until: deadline) }
}
