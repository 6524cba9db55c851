import Glibc

/// `clsyncd run` as systemd would start it.
final class Daemon: Sendable {
    let process: RunningProcess
    let notify: NotifySocket

    private init(_ process: RunningProcess, _ notify: NotifySocket) { (self.process, self.notify) = (process, notify) }

    static func start(
        configuration: String, in directory: TemporaryDirectory, environment: [String: String] = [:], isolation: RunningProcess.Isolation? = nil
    ) async throws -> Daemon {
        let notify = try NotifySocket(directory("notify"))
        let process = try await RunningProcess.start(
            .clsyncd, ["run", "--config", configuration], environment: ["NOTIFY_SOCKET": notify.path].merging(environment) { $1 },
            log: directory("daemon"), isolation: isolation)
        return Daemon(process, notify)
    }

    /// Waits for `READY=1`.
    func ready(within limit: Duration = .seconds(30)) async throws {
        try await eventually("the daemon is ready", within: limit, every: .milliseconds(10), evidence: { process.tail }) {
            try process.checkRunning()
            return notify.count("READY=1") > 0 ? nil : "no READY=1 among \(notify.lines)"
        }
    }

    func kill() async throws { try await process.kill() }

    /// SIGTERM.
    func stop() async throws -> RunningProcess.Exit { try await process.terminate() }

    /// Waits until standard error holds all of the texts.
    func logs(_ texts: String..., within limit: Duration = .seconds(30)) async throws {
        try await eventually("the daemon logs \(texts)", within: limit, evidence: { process.tail }) {
            let errors = process.errors
            return texts.first { !errors.contains($0) }.map { "\"\($0)\" is not in its log" }
        }
    }
}
