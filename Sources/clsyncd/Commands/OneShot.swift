import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorEngine
import MirrorJournal

/// Passes that a command carries out itself, without a daemon.
struct OneShot: Sendable {
    /// Between two looks at the transfers.
    private static let lookInterval = Duration.milliseconds(500)

    private let configuration: Configuration
    private let client: ContentLibraryClient
    private let journal: Journal
    private let logger: Logger
    private let clock: SystemClock

    init(_ configuration: Configuration, _ client: ContentLibraryClient, _ journal: Journal, _ logger: Logger) throws {
        clock = try SystemClock()
        (self.configuration, self.client, self.journal, self.logger) = (configuration, client, journal, logger)
    }

    private func engine(_ mode: MirrorEnvironment.Mode) -> Engine {
        let daemon = configuration.daemon
        return Engine(
            environment: MirrorEnvironment(
                client: client, journal: journal, clock: clock, logger: logger, mode: mode, workers: daemon.workers,
                transfersPerItem: daemon.transfersPerItem, rescanInterval: daemon.rescanInterval))
    }

    /// Publishes what is to be published. The caller holds the lock of the state directory.
    func sync(_ rules: [MirrorRules], isJSON: Bool) async throws -> ExitStatus {
        let engine = engine(.once)
        let display = ProgressDisplay(isWanted: !isJSON)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await tellTransfers(of: engine, display, isJSON: isJSON) }
            try await engine.run(rules)
            group.cancelAll()
        }
        display.clear()
        try Task.checkCancellation()
        let mirrors = await engine.status()
        let status = Verdict.sync(mirrors)
        let lines = StatusAnswer(mirrors, rates: [:]).lines
        SyncText(StatusReport(lines)).print(withTable: !isJSON)
        if isJSON { (lines + [.summary(StatusAnswer.summary(mirrors, exit: status))]).forEach { Output.line($0) } }
        return status
    }

    private func tellTransfers(of engine: Engine, _ display: ProgressDisplay, isJSON: Bool) async throws {
        let meter = TransferMeter()
        while true {
            try await clock.sleep(for: Self.lookInterval)
            let mirrors = await engine.status()
            for line in StatusAnswer(mirrors, rates: meter.rates(mirrors, now: clock.now())).transfers {
                if isJSON { Output.line(line) } else if let json = try? JSON(parsing: line.json) { display.show(json) }
            }
        }
    }

    /// What a pass would do, and how the mirrors are seen. Changes nothing.
    func plan(_ rules: [MirrorRules]) async throws -> (actions: [ActionReport], mirrors: [MirrorStatus]) {
        let engine = engine(.plan)
        try await engine.run(rules)
        try Task.checkCancellation()
        var actions: [ActionReport] = []
        for name in await engine.names { actions += await engine.mirror(name)?.plannedActions() ?? [] }
        return (actions, await engine.status())
    }
}
