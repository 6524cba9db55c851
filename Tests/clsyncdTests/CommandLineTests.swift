import ArgumentParser
import ContentLibraryAPI
import Testing

@testable import clsyncd

@Suite struct CommandLineTests {
    @Test(
        arguments: [
            (["--help"], 0), (["--version"], 0), (["check", "--help"], 0), (["bogus"], 2), (["check", "--bogus"], 2), (["check", "extra"], 2),
            (["check", "--config"], 2),
            (["check", "--log-level", "loud"], 2),
        ] as [([String], Int32)])
    func wrongUseExitsWith2(_ arguments: [String], _ status: Int32) {
        let error = #expect(throws: (any Error).self) {
            var command = try Clsyncd.parseAsRoot(arguments)
            try command.run()
        }
        #expect(error.map { Clsyncd.exitStatus(after: $0) } == status)
    }

    @Test func noCommandIsWrongUse() async throws {
        var command = try #require(try Clsyncd.parseAsRoot([]) as? Clsyncd)
        let error = await #expect(throws: (any Error).self) { try await command.run() }
        #expect(error.map { Clsyncd.exitStatus(after: $0) } == 2)
    }

    @Test func commandsKeepTheirOwnStatus() {
        for status in [ExitStatus.success, .failure, .usage, .partial, .changes, .needsPerson] {
            #expect(Clsyncd.exitStatus(after: status.code) == status.rawValue)
        }
    }

    @Test func commonOptionsHaveDefaults() throws {
        let command = try #require(try Clsyncd.parseAsRoot(["check"]) as? CheckCommand)
        #expect(command.common.config == "/etc/clsyncd/clsyncd.toml")
        #expect(command.common.logLevel == .info)
        #expect(!command.common.json)
        let other = try #require(try Clsyncd.parseAsRoot(["check", "--config", "x", "--log-level", "debug", "--json"]) as? CheckCommand)
        #expect(other.common.config == "x" && other.common.logLevel == .debug && other.common.json)
    }

    @Test func aCheckExitsWith2OnAnyError() {
        var report = CheckReport(file: "x", isJSON: true)
        #expect(report.status == .success)
        report.add([])
        #expect(report.status == .success)
    }

    @Test func aProblemIsALineOfJSON() {
        let problem = ConfigurationProblem(file: "c.toml", position: TextPosition(line: 12, column: 3), message: "unknown key \"exlude\"")
        #expect(
            problem.json.serialized
                == #"{"kind":"problem","severity":"error","file":"c.toml","line":12,"column":3,"message":"unknown key \"exlude\""}"#)
        let whole = ConfigurationProblem(severity: .warning, file: "c.toml", position: nil, message: "m")
        #expect(whole.json.serialized == #"{"kind":"problem","severity":"warning","file":"c.toml","message":"m"}"#)
    }
}
