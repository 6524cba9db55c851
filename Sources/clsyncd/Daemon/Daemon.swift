import LinuxHost
import Logging
import MirrorCore
import MirrorEngine
import MirrorJournal

/// The process that `clsyncd run` is: what it opens, in order, and what then runs side by side until a signal ends it.
struct Daemon: Sendable {
    private let configuration: Configuration
    private let file: String
    private let logger: Logger
    private let notifier = SystemdNotifier()
    private let clock: SystemClock

    init(_ configuration: Configuration, file: String, logger: Logger) throws {
        clock = try SystemClock()
        (self.configuration, self.file, self.logger) = (configuration, file, logger)
    }

    /// Returns after a signal, when every session is recorded and everything is closed.
    func run() async throws {
        let (reloads, reload) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        do {
            try await Signals.run(
                hangUp: { reload.yield() },
                stopping: {
                    notifier.stopping()
                    logger.notice("stopping", metadata: ["event": "stopping"])
                }, { try await open(reloads) })
        } catch is CancellationError {}
    }

    private func open(_ reloads: AsyncStream<Void>) async throws {
        notifier.status("starting")
        let state = StateDirectory(path: configuration.daemon.stateDirectory)
        let lock = try state.acquire()
        defer { withExtendedLifetime(lock) {} }
        let journal = try await StartTimeout(notifier, clock).extended { try await Journal.open(directory: state.path) }
        try await StateDirectory.with(journal) { journal in
            let listener = try RuntimeDirectory(path: configuration.daemon.runtimeDirectory).listen()
            defer { listener.close() }
            try await ServerConnection.with(configuration) { connection in
                try await house(journal, connection, listener, reloads)
            }
        }
    }

    private func house(_ journal: Journal, _ connection: ServerConnection, _ listener: ControlListener, _ reloads: AsyncStream<Void>) async throws {
        let daemon = configuration.daemon
        let environment = MirrorEnvironment(
            client: connection.client, journal: journal, clock: clock, logger: logger, mode: .continuous, workers: daemon.workers,
            transfersPerItem: daemon.transfersPerItem, rescanInterval: daemon.rescanInterval)
        let engine = Engine(environment: environment)
        let meter = TransferMeter()
        logger.notice(
            "clsyncd \(Version.current) runs",
            metadata: ["event": "started", "configuration": "\(file)", "mirrors": "\(configuration.mirrors.map(\.name).joined(separator: ", "))"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await mirror(engine) }
            group.addTask { await ControlServer(listener: listener, desk: ControlDesk(engine: engine, meter: meter, clock: clock)).run() }
            group.addTask { try await announce(engine) }
            group.addTask {
                try await StatusReporter(
                    engine: engine, changes: environment.changes, notifier: notifier, meter: meter, connection: connection, clock: clock, logger: logger
                ).run()
            }
            group.addTask { try await watchMounts(engine) }
            group.addTask {
                try await Reloader(configuration, file: file, engine: engine, bandwidth: connection.bandwidth, notifier: notifier, logger: logger)
                    .run(reloads)
            }
            if let interval = notifier.watchdogInterval {
                let loops = WatchedLoops.all(engine, connection, journal)
                group.addTask { try await Watchdog(interval: interval, loops: loops, notifier: notifier, logger: logger).run() }
            }
            // Only the mirrors and a fault of our own end before they are told to.
            defer { group.cancelAll() }
            while try await group.next() != nil {}
        }
    }

    /// The mirrors. They end when they are told to, or because none of them can run at all.
    private func mirror(_ engine: Engine) async throws {
        try await engine.run(configuration.mirrors)
        try Task.checkCancellation()
        throw NoMirrorRuns(reasons: await engine.failures)
    }

    /// `READY=1` once the watches stand. It never waits for the server.
    private func announce(_ engine: Engine) async throws {
        try await StartTimeout(notifier, clock).extended {
            while await !engine.isStanding() { try await clock.sleep(for: .milliseconds(50)) }
        }
        notifier.ready()
    }

    private func watchMounts(_ engine: Engine) async throws {
        let table = try MountTable()
        for await _ in table.changes { await engine.mountsChanged() }
        table.close()
    }
}

/// Every mirror ended by an error, which a new start may mend.
struct NoMirrorRuns: Error, CustomStringConvertible {
    var reasons: [String: String]

    var description: String {
        "no mirror can run: " + reasons.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
    }
}
