import ArgumentParser
import ContentLibraryAPI
import Logging
import MirrorCore
import MirrorEngine
import MirrorJournal

/// `clsyncd sync`: one pass to the end.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Publish everything that is to be published, once.",
        discussion: """
            A running daemon is asked for it and followed; else this command does it itself. Exits with 0 where everything is in sync, with 3 where it \
            is only in part or something is held, with 1 where it could not be done.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: MirrorSelection

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            let rules = try selection.rules(configuration)
            try StateOwner.assume(of: configuration.daemon.stateDirectory)
            let logger = common.startLogs(nil)
            return try await Signals.run { try await sync(configuration, rules, logger) }
        }
    }

    private func sync(_ configuration: Configuration, _ rules: [MirrorRules], _ logger: Logger) async throws -> ExitStatus {
        let socket = RuntimeDirectory(path: configuration.daemon.runtimeDirectory).socket
        if let client = try await ControlClient.connect(socket) {
            defer { client.close() }
            return try await follow(client)
        }
        let state = StateDirectory(path: configuration.daemon.stateDirectory)
        let lock = try state.acquire()
        defer { withExtendedLifetime(lock) {} }
        return try await StateDirectory.with(try await Journal.open(directory: state.path)) { journal in
            try await ServerConnection.with(configuration) { connection in
                let passes = try OneShot(configuration, connection.client, journal, logger)
                return try await passes.sync(rules, isJSON: common.json)
            }
        }
    }

    private func follow(_ client: ControlClient) async throws -> ExitStatus {
        let display = ProgressDisplay(isWanted: !common.json)
        var report = StatusReport()
        let status = try await client.ask(.sync(mirrors: selection.mirrors)) { line in
            if common.json { Output.line(line) }
            if line["kind"]?.text == "transfer" { display.show(line) } else { report.add(line) }
        }
        display.clear()
        SyncText(report).print(withTable: !common.json)
        return status
    }
}
