import LinuxHost
import Logging
import MirrorCore
import MirrorEngine
import MirrorJournal
import Testing

@testable import clsyncd

/// An engine with one mirror, `gone`, whose directory does not exist: its state needs no server, and there is none.
enum MissingRoot {
    static func text(_ directory: TemporaryDirectory, mirrors: [String] = ["gone"]) -> String {
        let server = """
            [server]
            url = "http://127.0.0.1:1"
            username = "u"
            password_file = "\(directory.path)/password"

            """
        return server + mirrors.map { "[[mirror]]\nname = \"\($0)\"\npath = \"\(directory.path)/\($0)\"\nlibrary = \"L\"\n" }.joined()
    }

    /// Runs the engine beside the body, which begins once the mirror has looked at its root.
    static func with(
        _ directory: TemporaryDirectory, _ body: @Sendable (Engine, MirrorEnvironment, ServerConnection) async throws -> Void
    ) async throws {
        try directory.write("password", "x")
        let configuration = try ConfigurationText.read(text(directory))
        try await ServerConnection.with(configuration) { connection in
            let environment = MirrorEnvironment(
                client: connection.client, journal: try Journal.inMemory(), clock: try SystemClock(), logger: silence, mode: .continuous)
            let engine = Engine(environment: environment)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await engine.run(configuration.mirrors) }
                try await eventually("the watches stand") { await engine.isStanding() }
                try await body(engine, environment, connection)
                group.cancelAll()
            }
        }
    }

    static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Asks again and again, for at most half a minute.
func eventually(_ what: Comment, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<3000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what)
}
