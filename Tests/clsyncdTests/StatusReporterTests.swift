import LinuxHost
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct StatusReporterTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    @Test func itTellsTheServiceManagerWhatTheMirrorsHold() async throws {
        let socket = try NotifySocket(directory.path + "/notify")
        try await MissingRoot.with(directory) { engine, environment, connection in
            let notifier = SystemdNotifier { $0 == "NOTIFY_SOCKET" ? socket.path : nil }
            let reporter = StatusReporter(
                engine: engine, changes: environment.changes, notifier: notifier, meter: TransferMeter(), connection: connection, clock: try SystemClock(),
                logger: MissingRoot.silence)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reporter.run() }
                let message = try await socket.message()
                #expect(message == "STATUS=1 mirror, 0 items: 0 in sync; gone: held (root-missing)")
                group.cancelAll()
            }
        }
    }
}
