import ContentLibraryAPI
import ContentLibraryClient
import Digests
import Glibc
import HTTPTransport
import Synchronization
import Testing

/// content-library-server as a process, on a data directory and a port that stay the same over restarts.
final class ServerProcess: Sendable {
    enum Security: Sendable { case selfSigned, plaintext }
    /// Who may log in.
    enum User: String, CaseIterable {
        /// The account of the mirrors, and of the tests that look after them.
        case mirror
        /// Somebody else with the same rights.
        case other
        case reader

        var password: String { "\(rawValue)'s secret" }
        var argument: String { "\(rawValue):\(password)" + (self == .reader ? ":read-only" : "") }
    }
    struct Facts: Sendable {
        var url: String
        var thumbprint: String?
        var port: UInt16
    }

    let directory: TemporaryDirectory
    private let security: Security
    private let arguments: [String]
    private struct State {
        var process: RunningProcess?
        var facts: Facts?
        var clients: [User: ContentLibraryClient] = [:]
    }
    private let state = Mutex(State())

    private init(_ security: Security, _ arguments: [String], in directory: TemporaryDirectory) {
        (self.security, self.arguments, self.directory) = (security, arguments, directory)
    }

    /// Starts a server on an empty data directory, with the profile of this run unless another is given.
    static func start(
        _ security: Security = .selfSigned, _ arguments: [String] = [], profile: Profile? = nil, medium: TemporaryDirectory.Medium = .memory
    ) async throws -> ServerProcess {
        let manners = ["--profile", try (profile ?? .ofThisRun).rawValue]
        let server = ServerProcess(security, manners + arguments, in: try TemporaryDirectory(medium))
        try await server.start()
        return server
    }

    /// Starts it, on the port that it had, and waits until it accepts connections.
    func start() async throws {
        let port = state.withLock { $0.facts?.port ?? 0 }
        let ready = directory("ready.json")
        var command = ["--data", directory("data"), "--listen", "127.0.0.1:\(port)", "--ready-file", ready] + arguments
        command += User.allCases.flatMap { ["--user", $0.argument] }
        if security == .plaintext { command.append("--plaintext") }
        unlink(ready)
        let process = try await RunningProcess.start(.server, command, log: directory("server"))
        state.withLock { $0.process = process }
        let facts: Facts = try await eventually("the server writes its ready file", every: .milliseconds(10), evidence: { process.tail }) {
            try process.checkRunning()
            return Self.facts(ready)
        }
        state.withLock { $0.facts = facts }
    }

    private static func facts(_ path: String) -> Facts? {
        guard let bytes = try? SourceTree.content(Array(path.utf8)), let json = try? JSON(parsing: bytes), let url = json["url"]?.text,
            let port = url.split(separator: ":").last.flatMap({ UInt16($0) })
        else { return nil }
        return Facts(url: url, thumbprint: json["thumbprint"]?.text, port: port)
    }

    var process: RunningProcess {
        get throws { try #require(state.withLock { $0.process }) }
    }
    var facts: Facts {
        get throws { try #require(state.withLock { $0.facts }) }
    }
    var tail: String { state.withLock { $0.process }?.tail ?? "--- no server" }

    func kill() async throws { try await process.kill() }

    @discardableResult func stop() async throws -> RunningProcess.Exit { try await process.terminate() }

    /// A client that is logged in as this user; one for all who ask.
    func client(_ user: User = .mirror) throws -> ContentLibraryClient {
        if let client = state.withLock({ $0.clients[user] }) { return client }
        let facts = try facts
        let trust: Trust = try facts.thumbprint.map { .pinned(try Thumbprint($0)) } ?? .system
        let timeouts = Timeouts(connect: .seconds(10), stall: .seconds(20), answer: .seconds(20))
        let client = try ContentLibraryClient(
            .init(server: facts.url, api: .fixed(.api), controlTimeouts: timeouts, transferTimeouts: timeouts),
            control: try HTTPLoop(.init(name: "test-control", trust: trust, proxy: .none)),
            transfer: try HTTPLoop(.init(name: "test-transfer", trust: trust, proxy: .none)), credentials: { (user.rawValue, user.password) })
        state.withLock { $0.clients[user] = client }
        return client
    }
}
