import ArgumentParser
import ContentLibraryAPI
import MirrorCore

/// `clsyncd check`: the configuration, and what it names on this host.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration.",
        discussion: "Prints everything that is wrong with it. Exits with 0 if it can be used, warnings aside, else with 2.")

    @OptionGroup var common: CommonOptions

    /// Not asynchronous: it reads files, and nothing else runs in the process.
    func run() throws {
        let environment = CommonOptions.environment
        var report = CheckReport(file: common.config, isJSON: common.json)
        do throws(ConfigurationErrors) {
            let configuration = try ConfigurationFile.load(common.config, environment: environment)
            report.add(OfflineCheck(configuration, environment: environment).problems())
            report.finish(configuration)
        } catch {
            report.add(error.problems)
            report.finish(nil)
        }
        if report.status != .success { throw report.status.code }
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
