import LinuxHost
import Logging
import Synchronization
import Testing

@testable import clsyncd

@Suite struct WatchdogTests {
    private static let start = SuspendingClock().now

    @Test func onlyAllLoopsTogetherAreWell() {
        var ledger = WatchdogLedger(["a", "b"], limit: .seconds(10), now: Self.start)
        func at(_ seconds: Int64) -> SuspendingClock.Instant { Self.start.advanced(by: .seconds(seconds)) }
        #expect(ledger.silent(now: at(9)) == [])
        #expect(ledger.silent(now: at(10)) == ["a", "b"])
        ledger.answered("a", now: at(10))
        #expect(ledger.silent(now: at(10)) == ["b"])
        ledger.answered("b", now: at(15))
        #expect(ledger.silent(now: at(19)) == [])
        #expect(ledger.silent(now: at(20)) == ["a"])
        ledger.answered("a", now: at(30))
        #expect(ledger.silent(now: at(30)) == ["b"])
    }

    @Test func itTellsTheServiceManagerWhileTheLoopsAnswer() async throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket(directory.path + "/notify")
        let notifier = SystemdNotifier { $0 == "NOTIFY_SOCKET" ? socket.path : $0 == "WATCHDOG_USEC" ? "200000" : nil }
        let interval = try #require(notifier.watchdogInterval)
        #expect(interval == .milliseconds(200))
        let answers = Mutex(0)
        let watchdog = Watchdog(
            interval: interval, loops: [WatchedLoop(name: "a") { answers.withLock { $0 += 1 } }], notifier: notifier, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watchdog.run() }
            for _ in 0..<3 {
                let message = try await socket.message()
                #expect(message == "WATCHDOG=1")
            }
            #expect(answers.withLock { $0 } > 0)
            group.cancelAll()
        }
    }

    @Test func itEndsAtOnceWhenItIsCancelled() async throws {
        let notifier = SystemdNotifier { _ in nil }
        let watchdog = Watchdog(
            interval: .seconds(3600), loops: [WatchedLoop(name: "a") {}], notifier: notifier, logger: Logger(label: "test"))
        let task = Task { try await watchdog.run() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
