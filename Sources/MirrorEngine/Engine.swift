import ContentLibraryAPI
import ContentLibraryClient
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal

/// All mirrors of one server, and what is asked of them from outside.
public actor Engine {
    /// A login that idles is let go; one that works is kept: bytes on their way keep no login alive.
    static let loginInterval = Duration.seconds(300)

    private struct Running {
        var mirror: Mirror
        var task: Task<Void, any Error>
    }

    private let environment: MirrorEnvironment
    private var mirrors: [String: Running] = [:]
    private var order: [String] = []

    public init(environment: MirrorEnvironment) { self.environment = environment }

    // MARK: running

    /// Runs these mirrors until cancelled, or in mode `once` until each is done. Cancelled, it returns when every session is recorded or ended.
    public func run(_ rules: [MirrorRules]) async throws {
        try apply(rules)
        let keeper = Task { try await keepLogin() }
        await withTaskCancellationHandler {
            await waitForMirrors()
        } onCancel: {
            Task { await self.stop() }
        }
        keeper.cancel()
        _ = await keeper.result
        for task in ending { _ = await task.result }
    }

    private func waitForMirrors() async {
        // The set may change while one is awaited: a reload adds and removes mirrors.
        while let running = order.compactMap({ mirrors[$0] }).first(where: { !ended.contains($0.mirror.rules.name) }) {
            _ = await running.task.result
            if case .failure(let error) = await running.task.result, !(error is CancellationError) {
                failures[running.mirror.rules.name] = "\(error)"
                environment.logger.error("mirror ended", metadata: ["event": "pass-failed", "mirror": "\(running.mirror.rules.name)", "reason": "\(error)"])
            }
            if mirrors[running.mirror.rules.name]?.mirror === running.mirror { ended.insert(running.mirror.rules.name) }
        }
    }
    private var ended: Set<String> = []
    /// Mirrors that could not run at all, with the reason.
    public private(set) var failures: [String: String] = [:]

    private var isStopping = false

    private func stop() {
        isStopping = true
        for running in mirrors.values { running.task.cancel() }
    }

    /// Makes these the mirrors: others are ended, changed ones begun anew, unchanged ones left alone. Throws
    /// `CancellationError` once the engine ends.
    public func apply(_ rules: [MirrorRules]) throws {
        // What begins now would not be told to end.
        if isStopping { throw CancellationError() }
        // First what may fail: then nothing of what runs has been touched.
        let unchanged = Set(mirrors.filter { rules.contains($0.value.mirror.rules) }.keys)
        let new = try rules.filter { !unchanged.contains($0.name) }.map { try Mirror(rules: $0, environment: environment) }
        if environment.mode == .continuous { environment.configured.set(Set(rules.map(\.name))) }
        for (name, running) in mirrors where !unchanged.contains(name) {
            running.task.cancel()
            let isReplaced = rules.contains { $0.name == name }
            ending.append(
                Task {
                    _ = await running.task.result
                    // What goes on under other rules resumes its sessions; nothing else would ever end them.
                    if !isReplaced { await running.mirror.endSessions() }
                })
            mirrors[name] = nil
        }
        for mirror in new {
            let name = mirror.rules.name
            let predecessors = ending
            ended.remove(name)
            failures[name] = nil
            mirrors[name] = Running(
                mirror: mirror,
                task: Task {
                    // What publishes for the same items must have ended first.
                    for task in predecessors { _ = await task.result }
                    try await mirror.run()
                })
        }
        order = rules.map(\.name)
    }
    /// Mirrors that were told to end: what follows them waits for it, and so does the end of the engine.
    private var ending: [Task<Void, Never>] = []

    private func keepLogin() async throws {
        while true {
            try await environment.clock.sleep(for: Self.loginInterval)
            var works = false
            for running in mirrors.values where await running.mirror.isPublishing { works = true }
            guard works else { continue }
            do { try await environment.client.keepAlive() } catch is CancellationError { return } catch {
                environment.logger.warning("login could not be renewed", metadata: ["event": "retrying", "reason": "\(error)"])
            }
        }
    }

    // MARK: what others ask

    public var names: [String] { order }

    public func status() async -> [MirrorStatus] {
        var all: [MirrorStatus] = []
        for name in order {
            guard let running = mirrors[name] else { continue }
            var status = await running.mirror.status()
            if let failure = failures[name] { (status.state, status.reason, status.problem) = (.failed, failure, failure) }
            all.append(status)
        }
        return all
    }

    public func mirror(_ name: String) -> Mirror? { mirrors[name]?.mirror }

    /// Has this mirror, or each, look at everything anew; a login that was refused is tried again.
    @discardableResult public func rescan(_ name: String? = nil) async -> [PassRequest] {
        environment.client.retryNow()
        var requests: [PassRequest] = []
        for (mirror, running) in mirrors where name == nil || mirror == name { requests.append(await running.mirror.rescan()) }
        return requests
    }

    /// Whether nothing is left of the request that waiting would do.
    public func isDone(_ request: PassRequest) async -> Bool {
        let name = request.mirror.rules.name
        guard mirrors[name]?.mirror === request.mirror, !ended.contains(name) else { return true }
        return await request.mirror.isDone(request)
    }

    /// Whether every mirror's watches stand, or cannot stand for now.
    public func isStanding() async -> Bool {
        for running in mirrors.values where !ended.contains(running.mirror.rules.name) {
            guard await running.mirror.isStanding() else { return false }
        }
        return !mirrors.isEmpty
    }

    /// The watchers that do not answer; empty when every loop of ours moves.
    public func silentLoops() async -> [String] {
        var silent: [String] = []
        for (name, running) in mirrors where await !running.mirror.watcherAnswers() { silent.append("watcher of \(name)") }
        return silent
    }

    public func mountsChanged() async {
        for running in mirrors.values { await running.mirror.mountsChanged() }
    }
}
