import StrictTOML
import Testing

@testable import ContentLibraryServer
@testable import content_library_server

@Suite struct FaultsFileTests {
    static func parse(_ text: String) throws(ConfigurationErrors) -> FaultPlan { try FaultsFile.parse(Array(text.utf8), file: "f.toml") }

    static let faults: [(String, Fault)] = [
        ("fault = \"latency\"\ntime = \"1s500ms\"", .latency(.milliseconds(1500))), ("fault = \"unavailable\"", .unavailable(retryAfter: nil)),
        ("fault = \"unavailable\"\nretry_after = \"3s\"", .unavailable(retryAfter: .seconds(3))), ("fault = \"drop-before\"", .dropBefore),
        ("fault = \"drop-after\"", .dropAfter), ("fault = \"unauthenticated\"", .unauthenticated(afterBytes: 0)),
        ("fault = \"unauthenticated\"\nafter_bytes = 10", .unauthenticated(afterBytes: 10)), ("fault = \"cut\"\nafter_bytes = 10", .cut(afterBytes: 10)),
        ("fault = \"slow\"\nbytes_per_second = 1000", .slow(bytesPerSecond: 1000)),
        ("fault = \"dead-session\"\nafter_bytes = 10", .deadSession(afterBytes: 10)),
        ("fault = \"split-failure\"", .splitFailure), ("fault = \"lease-lost\"", .leaseLost), ("fault = \"rival-session\"", .rivalSession),
        ("fault = \"session-error\"", .sessionError("The import failed.")),
        ("fault = \"session-error\"\ntext = \"no\"", .sessionError("no")), ("fault = \"asynchronous\"\ntime = \"10s\"", .asynchronous(.seconds(10))),
        ("fault = \"no-checksum\"", .noChecksum), ("fault = \"empty-checksum\"", .emptyChecksum), ("fault = \"wrong-size\"\nby = -5", .sizeOff(by: -5)),
        ("fault = \"login-limit\"\nlimit = 2", .loginLimit(2)),
    ]

    @Test(arguments: faults)
    func `each fault`(_ text: String, _ fault: Fault) throws { #expect(try Self.parse("[[fault]]\n\(text)\n").rules == [FaultRule(fault)]) }

    @Test func `which calls`() throws {
        let plan = try Self.parse(
            """
            seed = 7
            [[fault]]
            fault = "drop-after"
            operation = ["update_session.complete", "upload"]
            item = "ubuntu"
            file = "a.iso"
            user = "u"
            call = 3
            [[fault]]
            fault = "drop-before"
            operation = "download"
            call = 2
            every = 3
            times = 4
            chance = 0.25
            """)
        #expect(
            plan.rules == [
                FaultRule(.dropAfter, operations: ["update_session.complete", "upload"], item: "ubuntu", file: "a.iso", user: "u", first: 3, times: 1),
                FaultRule(.dropBefore, operations: ["download"], first: 2, every: 3, times: 4, chance: 0.25),
            ])
        #expect(try Self.parse("").rules.isEmpty)
    }

    @Test(arguments: [
        ("[[fault]]\nfault = \"latncy\"", "2:9: error: fault must be \"latency\""), ("[[fault]]\n", "1:1: error: missing key \"fault\" in [[fault]]"),
        ("[[fault]]\nfault = \"latency\"", "1:1: error: missing key \"time\""),
        ("[[fault]]\nfault = \"cut\"\nafter_bytes = -1", "3:15: error: after_bytes must be"),
        ("[[fault]]\nfault = \"drop-after\"\ntime = \"1s\"", "3:1: error: unknown key \"time\" in [[fault]]; did you mean \"times\"?"),
        ("[[fault]]\nfault = \"drop-after\"\noperation = \"complet\"", "3:13: error: operation \"complet\" is no operation"),
        ("[[fault]]\nfault = \"cut\"\nafter_bytes = 1\noperation = \"complete\"", "4:13: error: operation \"complete\" cannot have the fault \"cut\""),
        ("[[fault]]\nfault = \"split-failure\"\noperation = \"download\"", "3:13: error: operation \"download\" cannot have the fault \"split-failure\""),
        ("[[fault]]\nfault = \"drop-after\"\nchance = 2", "3:10: error: chance must be a number from 0 to 1"), ("sed = 1", "1:1: error: unknown key \"sed\""),
        ("[[fault]]\nfault = \"drop-after\"\ncall = 0", "3:8: error: call must be"), ("fault = 1", "1:9: error: fault must be tables"),
        ("[[fault]\n", "1:"),
    ])
    func `what makes no sense, and where`(_ text: String, _ problem: String) {
        let errors = #expect(throws: ConfigurationErrors.self) { try Self.parse(text) }
        #expect(errors?.description.hasPrefix("f.toml:" + problem) == true, "\(errors?.description ?? "")")
    }

    @Test func `all problems at once`() {
        let errors = #expect(throws: ConfigurationErrors.self) {
            try Self.parse("seed = -1\n[[fault]]\nfault = \"slow\"\n[[fault]]\nfault = \"drop-after\"\noops = 1\n")
        }
        #expect(errors?.problems.map(\.position?.line) == [1, 2, 6])
    }
}
