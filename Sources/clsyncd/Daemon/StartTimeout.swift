import LinuxHost
import MirrorCore
import MirrorEngine

/// Keeps the service manager from giving up on a start that is long because there is much to do.
struct StartTimeout: Sendable {
    private static let interval = Duration.seconds(10)
    private static let grace = Duration.seconds(30)
    /// A start that lasts longer than this is not long, it is stuck.
    private static let longest = Duration.seconds(900)

    private let notifier: SystemdNotifier
    private let clock: any HostClock

    init(_ notifier: SystemdNotifier, _ clock: any HostClock) { (self.notifier, self.clock) = (notifier, clock) }

    func extended<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                let end = clock.now() + Self.longest
                while clock.now() < end {
                    try await clock.sleep(for: Self.interval)
                    notifier.extendTimeout(Self.grace)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
