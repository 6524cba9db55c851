import ContentLibraryAPI
import Glibc
import MirrorCore

/// The machine's clocks.
public struct SystemClock: HostClock {
    public init() {}

    public func now() -> BootTime {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return BootTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
    public func wallTime() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
    public func sleep(until deadline: BootTime) async throws {
        while true {
            let left = deadline - now()
            if left <= .zero { return }
            try await ContinuousClock().sleep(for: left)
        }
    }
}
