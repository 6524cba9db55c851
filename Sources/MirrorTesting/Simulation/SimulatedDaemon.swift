import ContentLibraryClient
import Logging
import MirrorCore
import MirrorEngine
import MirrorJournal
import Synchronization

/// One process's life: an engine on a journal, and the wire that is cut when the process dies.
struct SimulatedDaemon: Sendable {
    let journal: Journal
    let engine: Engine
    private let isDead: Flag
    private let task: Task<Void, any Error>

    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }

    init(_ rules: MirrorRules, journal: Journal, server: SimulatedServer, weather: SimulatedWeather, clock: TestClock, logger: Logger) throws {
        let isDead = Flag()
        let wire = FaultyTransport(server) { call, moment in
            if isDead.isRaised { return .lost }
            let fault = await weather.strike(call, moment)
            return isDead.isRaised ? .lost : fault
        }
        var environment = MirrorEnvironment(
            client: try server.client(of: SimulatedServer.user, over: wire), journal: journal, clock: clock, logger: logger, mode: .continuous)
        environment.threads = .callers
        let engine = Engine(environment: environment)
        (self.journal, self.engine, self.isDead) = (journal, engine, isDead)
        task = Task { try await engine.run([rules]) }
    }

    var mirror: Mirror? { get async { await engine.mirror("mirror") } }

    /// Takes what the kernel has queued for it.
    func pump(losesEvents: Bool = false) async { await mirror?.pump(losesEvents: losesEvents) }

    /// As SIGKILL: nothing more reaches the server or the journal. Returns the journal as the next process finds it.
    func kill() async throws -> Journal {
        isDead.raise()
        let left = try journal.copy()
        task.cancel()
        _ = await task.result
        return left
    }

    /// As SIGTERM.
    func stop() async throws {
        task.cancel()
        try await task.value
    }

    /// Throws what ended it, if it has ended by itself.
    func check() async throws {
        if let failure = await engine.failures.values.first { throw Ended(description: failure) }
    }
    struct Ended: Error, CustomStringConvertible { let description: String }
}
