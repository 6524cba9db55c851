import ContentLibraryAPI
import Glibc
import Synchronization
import Testing

/// What one test works with: a directory of its own, a library of its own on a server, and the configuration that mirrors the one into the other.
final class Site: Sendable {
    let directory: TemporaryDirectory
    let server: ServerProcess
    let tree: SourceTree
    let library: RemoteLibrary
    private struct State {
        var configuration: Configuration
        var daemon: Daemon?
        var others: [Daemon] = []
    }
    private let state: Mutex<State>
    private static let number = Atomic(0)

    private init(_ server: ServerProcess, _ directory: TemporaryDirectory, _ library: RemoteLibrary, _ configuration: Configuration) throws {
        (self.server, self.directory, self.library) = (server, directory, library)
        tree = try SourceTree(directory("tree"))
        state = Mutex(State(configuration: configuration))
    }

    /// Runs `body` with a site, and ends what it has left running.
    /// - Parameters:
    ///   - server: by default that of the suite.
    ///   - url: where the configuration says that the server is; by default where it is.
    static func with(
        _ server: ServerProcess? = nil, url: String? = nil, medium: TemporaryDirectory.Medium = .memory,
        _ configure: (inout Configuration, TemporaryDirectory) -> Void = { _, _ in }, body: (Site) async throws -> Void
    ) async throws {
        let server = try #require(server ?? SharedServer.current)
        let directory = try TemporaryDirectory(medium)
        let name = "Library \(number.wrappingAdd(1, ordering: .relaxed).newValue)"
        let library = try await RemoteLibrary.create(name, server.client())
        var configuration = try Self.configuration(server.facts, url: url, library: name, in: directory)
        configure(&configuration, directory)
        let site = try Site(server, directory, library, configuration)
        try site.write()
        do {
            try await body(site)
        } catch {
            await site.end()
            site.keep()
            throw error
        }
        await site.end()
    }

    private static func configuration(
        _ facts: ServerProcess.Facts, url: String?, library: String, in directory: TemporaryDirectory
    ) throws -> Configuration {
        var configuration = Configuration()
        configuration.server["url"] = .init(url ?? facts.url)
        configuration.server["username"] = .init(ServerProcess.User.mirror.rawValue)
        configuration.server["password_file"] = .init(directory("password"))
        if let thumbprint = facts.thumbprint { configuration.server["thumbprint"] = .init(thumbprint) }
        configuration.daemon["state_directory"] = .init(directory("state"))
        configuration.daemon["runtime_directory"] = .init(directory("run"))
        configuration.mirrors = [mirror("main", directory("tree"), library)]
        for name in ["state", "run"] where mkdir(directory(name), 0o700) != 0 { throw SystemError("create \(directory(name))") }
        return configuration
    }

    static func mirror(_ name: String, _ path: String, _ library: String) -> Configuration.Table {
        var mirror = Configuration.Table()
        mirror["name"] = .init(name)
        mirror["path"] = .init(path)
        mirror["library"] = .init(library)
        mirror["quiet"] = "200ms"
        mirror["max_wait"] = "2s"
        return mirror
    }

    private func end() async {
        let daemons = state.withLock { state in state.others + [state.daemon].compactMap { $0 } }
        for daemon in daemons { try? await daemon.kill() }
    }

    /// For whoever looks into a failure: with `CLSYNCD_KEEP_DIR` set, what the test worked with is copied there.
    private func keep() {
        guard let target = getenv("CLSYNCD_KEEP_DIR") else { return }
        let name = directory.path.split(separator: "/").last ?? ""
        for (source, copy) in [(directory.path, "\(name)"), (server.directory.path, "\(name)-server")] {
            SourceTree.copy(Array(source.utf8), to: Array("\(String(cString: target))/\(copy)".utf8))
        }
    }

    // MARK: configuration

    var configurationPath: String { directory("clsyncd.toml") }

    /// Changes the configuration's file; who has read it does not notice.
    func configure(_ change: (inout Configuration) -> Void) throws {
        state.withLock { change(&$0.configuration) }
        try write()
    }

    private func write() throws {
        let root = try SourceTree(directory.path)
        try root.write("clsyncd.toml", state.withLock { $0.configuration.text })
        try setPassword(ServerProcess.User.mirror.password)
    }

    func setPassword(_ password: String) throws {
        let root = try SourceTree(directory.path)
        try root.write("password", "\(password)\n")
        try root.mode("password", 0o600)
    }

    // MARK: commands

    /// Runs a command to its end, with `--json`.
    func run(_ arguments: String..., isolation: RunningProcess.Isolation? = nil) async throws -> CommandResult {
        try await run(arguments, isolation: isolation)
    }

    func run(
        _ arguments: [String], json: Bool = true, environment: [String: String] = [:], isolation: RunningProcess.Isolation? = nil
    ) async throws -> CommandResult {
        let arguments = arguments + ["--config", configurationPath] + (json ? ["--json"] : [])
        let log = directory("command-\(Self.number.wrappingAdd(1, ordering: .relaxed).newValue)")
        let process = try await RunningProcess.start(.clsyncd, arguments, environment: environment, log: log, isolation: isolation)
        let exit = try await process.wait(within: .seconds(90))
        return CommandResult(arguments, exit, output: process.output, errors: process.errors)
    }

    func sync() async throws -> CommandResult { try await run("sync") }
    func plan() async throws -> CommandResult { try await run("plan") }
    func verify() async throws -> CommandResult { try await run("verify") }
    func status() async throws -> CommandResult { try await run("status") }

    /// A `sync` that must end with 0.
    @discardableResult func synced(_ location: SourceLocation = #_sourceLocation) async throws -> CommandResult {
        let result = try await sync()
        #expect(result.code == 0, "\(result)", sourceLocation: location)
        return result
    }

    // MARK: the daemon

    /// Starts the daemon, and waits until it is ready.
    @discardableResult
    func startDaemon(environment: [String: String] = [:], isolation: RunningProcess.Isolation? = nil) async throws -> Daemon {
        let daemon = try await launchDaemon(environment: environment, isolation: isolation)
        try await daemon.ready()
        return daemon
    }

    /// Starts the daemon, and does not wait.
    @discardableResult
    func launchDaemon(environment: [String: String] = [:], isolation: RunningProcess.Isolation? = nil) async throws -> Daemon {
        let daemon = try await Daemon.start(
            configuration: configurationPath, in: directory, environment: environment, isolation: isolation)
        state.withLock { state in
            if let old = state.daemon { state.others.append(old) }
            state.daemon = daemon
        }
        return daemon
    }

    /// Changes the tree while the daemon stands still: it meets all of the changes together, however slow this process is between two of them.
    func atOnce(_ change: (SourceTree) throws -> Void) async throws {
        let process = try daemon.process
        process.signal(SIGSTOP)
        defer { process.signal(SIGCONT) }
        try await eventually("\(process.name) stands", every: .milliseconds(1)) { process.isStopped ? nil : "it runs" }
        try change(tree)
    }

    var daemon: Daemon {
        get throws { try #require(state.withLock { $0.daemon }) }
    }

    /// What the daemon says of itself, and the ends of the logs: for messages of failures.
    func evidence() async -> String {
        let daemon = state.withLock { $0.daemon }
        let status = daemon?.process.exit == nil && daemon != nil ? (try? await status())?.description ?? "no status" : "no daemon"
        return [status, daemon?.process.tail ?? "", server.tail].joined(separator: "\n")
    }

    // MARK: what must become true

    /// Waits until the library is what the model says of the directory, and no update session is left.
    func converges(
        _ model: (Site) throws -> LocalTree = { try .directories($0.tree.path) }, within limit: Duration = .seconds(30)
    ) async throws {
        try await eventually("the library is what the directory holds", within: limit, evidence: evidence) {
            try state.withLock { $0.daemon }?.process.checkRunning()
            if let difference = try model(self).difference(try await library.items()) { return difference }
            let sessions = try await library.sessions()
            return sessions.isEmpty ? nil : "the update sessions \(sessions.map { "\($0.id?.rawValue ?? "-") \($0.state.map { "\($0)" } ?? "-")" }) are left"
        }
    }

    /// Waits until the daemon says that the mirror has these holds and no others.
    @discardableResult
    func holds(_ kinds: String..., within limit: Duration = .seconds(30)) async throws -> CommandResult {
        try await eventually("the holds are \(kinds)", within: limit, every: .milliseconds(200), evidence: evidence) {
            let status = try await status()
            return status.lines("mirror").isEmpty || Set(status.holds) != Set(kinds) ? nil : status
        }
    }
}
