import ArgumentParser
import Glibc
import LinuxHost
import Logging
import MirrorCore
import MirrorEngine
import StrictTOML

/// What every command takes.
struct CommonOptions: ParsableArguments {
    enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable { case trace, debug, info, notice, warning, error, critical }

    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = ConfigurationFile.defaultPath

    @Option(name: .long, help: "The least level of messages. (default: info for run; other commands log only if asked)")
    var logLevel: LogLevel?

    @Flag(name: .long, help: "Print JSON Lines.")
    var json = false

    /// What the process's environment says of the directories that systemd made.
    static var environment: [String: String] {
        let names = ["STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"]
        return Dictionary(uniqueKeysWithValues: names.compactMap { name in getenv(name).map { (name, String(cString: $0)) } })
    }

    /// The configuration as it is now. Blocks on the disk; for the beginning of a command, when nothing else runs in the process.
    func configuration() throws(ConfigurationErrors) -> Configuration { try ConfigurationFile.load(config, environment: Self.environment) }

    /// Sets up the logs of the process, once.
    func startLogs(_ usual: LogLevel?) -> Logger {
        if let level = logLevel ?? usual {
            LoggingSystem.bootstrap(Logs.factory(to: Logs.destination(), identifier: "clsyncd", level: level.level))
        } else {
            // What goes wrong is said once, by the command itself.
            LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        }
        return Logger(label: "clsyncd")
    }

    /// Carries out a command. What it throws is said once, on standard error, and becomes the exit status.
    func perform(_ body: () async throws -> ExitStatus) async throws {
        Signals.ignoreBrokenPipes()
        let status: ExitStatus
        do {
            status = try await body()
        } catch {
            status = ExitStatus(of: error)
            Output.complain(of: error)
            if json { Output.line(.summary(SummaryReport([], exit: status.rawValue))) }
        }
        if status != .success { throw status.code }
    }
}

extension CommonOptions.LogLevel {
    fileprivate var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

/// The mirrors that a command is about.
struct MirrorSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("Only these mirrors.", valueName: "mirror"))
    var mirrors: [String] = []

    /// Those of the configuration that are named, or all.
    func rules(_ configuration: Configuration) throws(UnknownMirror) -> [MirrorRules] {
        let known = configuration.mirrors.map(\.name)
        for name in mirrors where !known.contains(name) { throw UnknownMirror(name: name, known: known) }
        return mirrors.isEmpty ? configuration.mirrors : configuration.mirrors.filter { mirrors.contains($0.name) }
    }
}

/// A command names a mirror that there is none of.
struct UnknownMirror: Error, Hashable, CustomStringConvertible {
    var name: String
    var known: [String]

    var description: String { "there is no mirror \"\(name)\"; there \(known.count == 1 ? "is" : "are") \(known.joined(separator: ", "))" }
}
