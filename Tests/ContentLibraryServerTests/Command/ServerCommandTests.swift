import ArgumentParser
import ContentLibraryServer
import Testing

@testable import content_library_server

@Suite struct ServerCommandTests {
    static let least = ["--data", "d", "--user", "a:b"]

    @Test func `the least that it needs, and what it assumes`() throws {
        let command = try ServerCommand.parse(Self.least)
        #expect(command.data == "d" && command.listen == "127.0.0.1:8443" && command.profile == "strict" && !command.plaintext)
        #expect(try command.address() == ListenAddress(host: "127.0.0.1", port: 8443))
        #expect(try command.commandLineUsers().map(\.name) == ["a"])
        #expect(try ServerCommand.time(command.sessionTimeout, "") == .seconds(300))
        #expect(try ServerCommand.time(command.loginTimeout, "") == .seconds(1800))
        #expect(try command.datastores() == [:])
        _ = try ServerCommand.parse(["--data", "d", "--users", "file", "--profile", "strict", "--self-signed"])
        #expect(try ServerCommand.parse(Self.least + ["--profile", "vcenter", "--faults", "f"]).faults == "f")
    }

    @Test(arguments: [
        [], ["--data", "d"], ["--user", "a:b"], least + ["--pull-hosts", "a b"], least + ["--profile", "lax"], least + ["--tls-cert", "c"],
        least + ["--tls-key", "k"], least + ["--plaintext", "--self-signed"],
        least + ["--plaintext", "--tls-cert", "c", "--tls-key", "k"], least + ["--public-url", "library.test"], least + ["--unknown"], least + ["stray"],
    ])
    func `what it refuses`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try ServerCommand.parse(arguments) }
        if let error { #expect(!ServerCommand.exitCode(for: error).isSuccess) }
    }

    @Test(arguments: [["--help"], ["--version"], least + ["--help"]])
    func `what is an answer`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try ServerCommand.parse(arguments) }
        if let error { #expect(ServerCommand.exitCode(for: error).isSuccess) }
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("90s", .seconds(90)), ("90", .seconds(90)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
        ("2d", .seconds(172_800)),
    ])
    func `times`(_ text: String, _ time: Duration) throws { #expect(try ServerCommand.time(text, "--x") == time) }

    @Test(arguments: ["", "0", "0s", "5x", "m", "-5m", "5 m", "1.5h", "99999999999999999999", "٣s"])
    func `what is no time`(_ text: String) { #expect(throws: ValidationError.self) { try ServerCommand.time(text, "--x") } }

    @Test func `datastores and users that make no sense`() throws {
        let good = try ServerCommand.parse(Self.least + ["--datastore", "a=/x", "--datastore", "b=/y=z"])
        #expect(try good.datastores() == ["a": "/x", "b": "/y=z"])
        for text in ["a", "=x", "a=", "b=/z"] {
            let command = try ServerCommand.parse(Self.least + ["--datastore", "b=/y", "--datastore", text])
            #expect(throws: ValidationError.self) { try command.datastores() }
        }
        for text in ["a", ":b", "a:"] {
            let command = try ServerCommand.parse(["--data", "d", "--user", text])
            #expect(throws: ValidationError.self) { try command.commandLineUsers() }
        }
        #expect(throws: ValidationError.self) { try ServerCommand.parse(Self.least + ["--listen", "nowhere"]).address() }
    }
}
