import ArgumentParser
import Glibc

/// What every command takes.
struct CommonOptions: ParsableArguments {
    enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable { case trace, debug, info, notice, warning, error, critical }

    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = ConfigurationFile.defaultPath

    @Option(name: .long, help: "The least level of messages.")
    var logLevel = LogLevel.info

    @Flag(name: .long, help: "Print JSON Lines.")
    var json = false

    /// What the process's environment says of the directories that systemd made.
    static var environment: [String: String] {
        let names = ["STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"]
        return Dictionary(uniqueKeysWithValues: names.compactMap { name in getenv(name).map { (name, String(cString: $0)) } })
    }
}
