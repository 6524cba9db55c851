import LinuxHost
import Logging
import MirrorCore
import MirrorEngine

/// Tells the service manager in one line how the mirrors are, and has a login tried again when the password changes.
struct StatusReporter: Sendable {
    /// Between two lines at least.
    static let interval = Duration.seconds(1)
    /// Between two looks at the password while something fails.
    static let passwordInterval = Duration.seconds(5)

    let engine: Engine
    let changes: AsyncStream<Void>
    let notifier: SystemdNotifier
    let meter: TransferMeter
    let connection: ServerConnection
    let clock: any HostClock
    let logger: Logger

    /// Until cancelled. Wakes only when something moved, or while something is under way or fails.
    func run() async throws {
        var said = ""
        var watches = WatchNotices()
        var stamp = try await connection.passwordStamp()
        let alarm = Alarm()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in changes { alarm.raise() } }
            defer { group.cancelAll() }
            while !Task.isCancelled {
                let mirrors = await engine.status()
                _ = meter.rates(mirrors, now: clock.now())
                for notice in watches.changes(mirrors) { notice.log(logger) }
                let text = StatusLine.text(mirrors)
                if text != said { notifier.status(text) }
                said = text
                let fails = mirrors.contains { $0.problem != nil }
                if fails {
                    let now = try await connection.passwordStamp()
                    if now != stamp { await engine.rescan() }
                    stamp = now
                }
                try await clock.sleep(for: Self.interval)
                let isBusy = mirrors.contains { !$0.transfers.isEmpty }
                if !isBusy { await alarm.wait(until: fails ? clock.now() + Self.passwordInterval : nil, clock: clock) }
            }
        }
    }
}
