import ArgumentParser
import ContentLibraryAPI
import MirrorCore
import StrictTOML

/// `clsyncd check`: the configuration, what it names on this host, and with `--online` the server.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration.",
        discussion: """
            Prints everything that is wrong with it. Exits with 0 if it can be used, warnings aside, else with 2. With --online it also logs in and looks \
            for each mirror's library, and exits with 1 where that fails.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Log in to the server, and find each mirror's library.")
    var online = false

    func run() async throws {
        var report = CheckReport(file: common.config, isJSON: common.json)
        do throws(ConfigurationErrors) {
            let configuration = try common.configuration()
            try? StateOwner.assume(of: configuration.daemon.stateDirectory)
            report.add(OfflineCheck(configuration, environment: CommonOptions.environment).problems())
            if online, report.status == .success { await check(configuration, &report) }
            report.finish(configuration)
        } catch {
            report.add(error.problems)
            report.finish(nil)
        }
        if report.status != .success { throw report.status.code }
    }

    private func check(_ configuration: Configuration, _ report: inout CheckReport) async {
        Signals.ignoreBrokenPipes()
        _ = common.startLogs(nil)
        do {
            let findings = try await Signals.run {
                try await ServerConnection.with(configuration) { try await OnlineCheck(configuration, $0.client).findings() }
            }
            for finding in findings { report.add(finding) }
        } catch {
            report.add(OnlineFinding(subject: .server("\(configuration.server.url)"), state: .failed, text: "\(error)"))
        }
    }
}

/// Prints what a check found: problems to standard error, the result to standard output; as JSON Lines, all to standard output.
struct CheckReport {
    let file: String
    let isJSON: Bool
    private(set) var status = ExitStatus.success

    init(file: String, isJSON: Bool) { (self.file, self.isJSON) = (file, isJSON) }

    mutating func add(_ problems: [ConfigurationProblem]) {
        for problem in problems {
            if problem.severity == .error { status = .usage }
            if isJSON { Output.line(problem.json) } else { Output.complain("\(problem)") }
        }
    }

    mutating func add(_ finding: OnlineFinding) {
        if finding.state == .failed { status = .failure }
        if isJSON {
            Output.line(finding.json)
        } else if finding.state == .failed {
            Output.complain(of: finding)
        } else {
            Output.line(finding.description)
        }
    }

    /// `configuration` is nil where there is none to speak of.
    func finish(_ configuration: Configuration?) {
        if isJSON {
            let counts =
                configuration.map { [JSON.Member("server", .string("\($0.server.url)")), JSON.Member("mirrors", .int(Int64($0.mirrors.count)))] } ?? []
            Output.line(.object([.init("kind", .string("summary"))] + counts + [.init("exit", .int(Int64(status.rawValue)))]))
        } else if let configuration, status == .success {
            let names = configuration.mirrors.map(\.name).joined(separator: ", ")
            Output.line("\(file): good: server \(configuration.server.url), \(configuration.mirrors.count == 1 ? "mirror" : "mirrors") \(names)")
        }
    }
}

extension ConfigurationProblem {
    /// A line of `--json`.
    var json: JSON {
        let place = position.map { [JSON.Member("line", .int(Int64($0.line))), JSON.Member("column", .int(Int64($0.column)))] } ?? []
        let head = [JSON.Member("kind", .string("problem")), .init("severity", .string(severity.rawValue)), .init("file", .string(file))]
        return .object(head + place + [.init("message", .string(message))])
    }
}
