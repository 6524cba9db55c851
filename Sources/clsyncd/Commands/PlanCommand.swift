import ArgumentParser
import Logging
import MirrorCore
import MirrorEngine

/// `clsyncd plan`: what a pass would do, and why.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a pass would do, and why. Changes nothing.",
        discussion: "May run beside the daemon. Exits with 0; with --detailed-exitcode with 4 where something is to be done, held or refused.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: MirrorSelection

    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 4 where something is to be done, held or refused.")
    var detailedExitCode = false

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            let rules = try selection.rules(configuration)
            try StateOwner.assume(of: configuration.daemon.stateDirectory)
            let logger = common.startLogs(nil)
            return try await Signals.run { try await plan(configuration, rules, logger) }
        }
    }

    private func plan(_ configuration: Configuration, _ rules: [MirrorRules], _ logger: Logger) async throws -> ExitStatus {
        let state = StateDirectory(path: configuration.daemon.stateDirectory)
        return try await StateDirectory.with(try await state.openJournalBeside()) { journal in
            try await ServerConnection.with(configuration) { connection in
                let passes = try OneShot(configuration, connection.client, journal, logger)
                let (actions, mirrors) = try await passes.plan(rules)
                return show(actions, mirrors)
            }
        }
    }

    private func show(_ actions: [ActionReport], _ mirrors: [MirrorStatus]) -> ExitStatus {
        let status = Verdict.plan(actions, mirrors, isDetailed: detailedExitCode)
        for problem in MirrorProblem.all(mirrors) { Output.complain(of: problem) }
        if common.json {
            for action in actions { Output.line(.action(action)) }
            Output.line(.summary(PlanText.summary(actions, exit: status)))
        } else {
            PlanText(actions).lines.forEach { Output.line($0) }
        }
        return status
    }
}
