import ArgumentParser
import Glibc

/// The command line of clsyncd.
@main struct Clsyncd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clsyncd",
        abstract: "Keeps directories mirrored as items of vSphere content libraries.",
        version: "clsyncd \(Version.current)",
        subcommands: [
            RunCommand.self, CheckCommand.self, PlanCommand.self, SyncCommand.self, StatusCommand.self, VerifyCommand.self, ApproveCommand.self,
            RescanCommand.self,
        ])

    mutating func run() async throws { throw ValidationError("missing command") }

    /// As the parser's own, except that a wrong command line exits with 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            leave(after: error)
        }
    }

    private static func leave(after error: any Error) -> Never {
        let status = exitStatus(after: error)
        let message = fullMessage(for: error)
        if !message.isEmpty { _ = status == ExitStatus.success.rawValue ? Output.line(message) : Output.complain(message) }
        Glibc.exit(status)
    }

    /// The parser's own for help and for what commands throw; 2 instead of its EX_USAGE.
    static func exitStatus(after error: any Error) -> Int32 {
        let code = exitCode(for: error)
        return code == .validationFailure ? ExitStatus.usage.rawValue : code.rawValue
    }
}
