import ArgumentParser
import ContentLibraryAPI
import MirrorCore
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct CommandLineTests {
    @Test(
        arguments: [
            (["--help"], 0), (["--version"], 0), (["check", "--help"], 0), (["bogus"], 2), (["check", "--bogus"], 2), (["check", "extra"], 2),
            (["check", "--config"], 2), (["check", "--log-level", "loud"], 2), (["run", "extra"], 2), (["status", "--wach"], 2),
            (["verify", "--download"], 2), (["approve"], 2), (["approve", "a", "b"], 2), (["approve", "a", "--plan"], 2), (["rescan", "a", "b"], 2),
            (["plan", "--detailed"], 2), (["sync", "--help"], 0),
        ] as [([String], Int32)])
    func wrongUseExitsWith2(_ arguments: [String], _ status: Int32) {
        let error = #expect(throws: (any Error).self) {
            var command = try Clsyncd.parseAsRoot(arguments)
            // Help and version are commands of the parser, which answer by throwing.
            try command.run()
        }
        #expect(error.map { Clsyncd.exitStatus(after: $0) } == status)
    }

    @Test func everyCommandTakesTheCommonOptions() throws {
        for command in ["run", "check", "plan", "sync", "status", "verify", "rescan"] {
            _ = try Clsyncd.parseAsRoot([command, "--config", "x", "--log-level", "debug", "--json"])
        }
        let plan = try #require(try Clsyncd.parseAsRoot(["plan", "--detailed-exitcode", "a", "b"]) as? PlanCommand)
        #expect(plan.detailedExitCode && plan.selection.mirrors == ["a", "b"])
        let verify = try #require(try Clsyncd.parseAsRoot(["verify", "--cached", "a"]) as? VerifyCommand)
        #expect(verify.cached && verify.selection.mirrors == ["a"])
        let status = try #require(try Clsyncd.parseAsRoot(["status", "--watch"]) as? StatusCommand)
        #expect(status.watch && status.selection.mirrors.isEmpty)
        let approve = try #require(try Clsyncd.parseAsRoot(["approve", "isos", "--plan", "ab"]) as? ApproveCommand)
        #expect(approve.mirror == "isos" && approve.plan == "ab")
        let rescan = try #require(try Clsyncd.parseAsRoot(["rescan", "isos"]) as? RescanCommand)
        #expect(rescan.mirror == "isos")
        let check = try #require(try Clsyncd.parseAsRoot(["check", "--online"]) as? CheckCommand)
        #expect(check.online)
    }

    @Test func onlyMirrorsThatThereAreCanBeNamed() throws {
        let configuration = try ConfigurationText.read(ConfigurationText.server + ConfigurationText.mirror)
        #expect(try MirrorSelection.parse([]).rules(configuration).map(\.name) == ["isos"])
        #expect(try MirrorSelection.parse(["isos"]).rules(configuration).map(\.name) == ["isos"])
        let selection = try MirrorSelection.parse(["isos", "iso"])
        #expect(throws: UnknownMirror(name: "iso", known: ["isos"])) { try selection.rules(configuration) }
        #expect("\(UnknownMirror(name: "iso", known: ["isos"]))" == "there is no mirror \"iso\"; there is isos")
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
        #expect(command.common.logLevel == nil)
        #expect(!command.common.json)
        let other = try #require(try Clsyncd.parseAsRoot(["check", "--config", "x", "--log-level", "debug", "--json"]) as? CheckCommand)
        #expect(other.common.config == "x" && other.common.logLevel == .debug && other.common.json)
    }

    @Test func aCheckThatFindsNothingSucceeds() {
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
