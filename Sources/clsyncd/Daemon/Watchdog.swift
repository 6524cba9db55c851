import HTTPTransport
import LinuxHost
import Logging
import MirrorEngine
import MirrorJournal
import Synchronization

/// A loop of ours, and the question that it answers by taking a turn.
struct WatchedLoop: Sendable {
    var name: String
    /// Returns once the loop has answered; throws, or never returns, where it does not.
    var answer: @Sendable () async throws -> Void
}

enum WatchedLoops {
    static func all(_ engine: Engine, _ connection: ServerConnection, _ journal: Journal) -> [WatchedLoop] {
        [
            WatchedLoop(name: "engine") { _ = await engine.names },
            WatchedLoop(name: "control loop") { try await connection.control.ping() },
            WatchedLoop(name: "transfer loop") { try await connection.transfer.ping() },
            WatchedLoop(name: "journal") { _ = try await journal.mirror("") },
            WatchedLoop(name: "watchers") {
                let silent = await engine.silentLoops()
                if !silent.isEmpty { throw SilentLoops(names: silent) }
            },
        ]
    }

    struct SilentLoops: Error, CustomStringConvertible {
        var names: [String]
        var description: String { names.joined(separator: ", ") }
    }
}

/// When each loop last answered: decides whether the process may say that it is well.
struct WatchdogLedger {
    private var answered: [String: SuspendingClock.Instant]
    private let limit: Duration

    /// All count as having answered at the start.
    init(_ loops: [String], limit: Duration, now: SuspendingClock.Instant) {
        answered = Dictionary(uniqueKeysWithValues: loops.map { ($0, now) })
        self.limit = limit
    }

    mutating func answered(_ loop: String, now: SuspendingClock.Instant) { answered[loop] = now }

    /// The loops that have not answered within the limit.
    func silent(now: SuspendingClock.Instant) -> [String] { answered.filter { $0.value.duration(to: now) >= limit }.keys.sorted() }
}

/// Says `WATCHDOG=1` only while every loop of ours answers within the interval that the service manager set.
struct Watchdog: Sendable {
    let interval: Duration
    let loops: [WatchedLoop]
    let notifier: SystemdNotifier
    let logger: Logger

    private static let clock = SuspendingClock()

    /// Until cancelled. The time that the machine is suspended counts for nobody: nothing could answer in it.
    func run() async throws {
        let book = WatchdogBook(WatchdogLedger(loops.map(\.name), limit: interval, now: Self.clock.now))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for loop in loops { group.addTask { try await ask(loop, book) } }
            group.addTask { try await tell(book) }
            try await group.waitForAll()
        }
    }

    private func ask(_ loop: WatchedLoop, _ book: WatchdogBook) async throws {
        while true {
            do {
                try await loop.answer()
                book.ledger.withLock { $0.answered(loop.name, now: Self.clock.now) }
            } catch let error as CancellationError {
                throw error
            } catch {
                logger.debug("a loop does not answer", metadata: ["loop": "\(loop.name)", "reason": "\(error)"])
            }
            try await Self.clock.sleep(for: interval / 4)
        }
    }

    private func tell(_ book: WatchdogBook) async throws {
        var known: [String] = []
        while true {
            let silent = book.ledger.withLock { $0.silent(now: Self.clock.now) }
            if silent.isEmpty {
                notifier.watchdog()
            } else if silent != known {
                let loops = silent.joined(separator: ", ")
                logger.critical("a loop does not answer; the service manager will start clsyncd anew", metadata: ["loops": "\(loops)"])
            }
            known = silent
            try await Self.clock.sleep(for: interval / 2)
        }
    }
}

/// The ledger, where those who ask and the one who tells find it.
private final class WatchdogBook: Sendable {
    let ledger: Mutex<WatchdogLedger>
    init(_ ledger: WatchdogLedger) { self.ledger = Mutex(ledger) }
}
