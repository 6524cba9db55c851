import ContentLibraryAPI
import LinuxHost
import MirrorCore
import MirrorEngine
import Synchronization
import Testing

@testable import clsyncd

@Suite struct StartTimeoutTests {
    /// Time passes by being waited for.
    private final class PatientClock: HostClock {
        private let time = Mutex(BootTime(nanoseconds: 0))
        func now() -> BootTime { time.withLock { $0 } }
        func wallTime() -> Timestamp { Timestamp(milliseconds: 0) }
        func sleep(until deadline: BootTime) async throws {
            try Task.checkCancellation()
            time.withLock { $0 = max($0, deadline) }
            await Task.yield()
        }
    }

    @Test func aLongStartAsksForMoreTimeButNotForEver() async throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket(directory.path + "/notify")
        let clock = PatientClock()
        let notifier = SystemdNotifier { $0 == "NOTIFY_SOCKET" ? socket.path : nil }
        let message = try await StartTimeout(notifier, clock).extended {
            try await eventually("the limit is reached") { clock.now() >= BootTime(nanoseconds: 900_000_000_000) }
            return try await socket.message()
        }
        #expect(message == "EXTEND_TIMEOUT_USEC=30000000")
        #expect(clock.now() == BootTime(nanoseconds: 900_000_000_000))
    }

    @Test func aStartThatFailsFails() async throws {
        let timeout = StartTimeout(SystemdNotifier { _ in nil }, try SystemClock())
        await #expect(throws: StateDirectoryError.inUse(path: "p", process: 1)) {
            try await timeout.extended { throw StateDirectoryError.inUse(path: "p", process: 1) }
        }
    }
}
