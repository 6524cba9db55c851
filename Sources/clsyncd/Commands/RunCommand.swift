import ArgumentParser

/// `clsyncd run`: the daemon, in the foreground, as systemd starts it.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Mirror continuously, in the foreground.",
        discussion: "SIGTERM and SIGINT end it, with transfers left resumable; a second one ends it at once. SIGHUP reads the configuration again.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            try StateOwner.assume(of: configuration.daemon.stateDirectory)
            let daemon = try Daemon(configuration, file: common.config, logger: common.startLogs(.info))
            try await daemon.run()
            return .success
        }
    }
}
