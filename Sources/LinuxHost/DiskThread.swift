import MirrorCore
import Synchronization

/// A named thread that does one piece of blocking work after the other, first come, first served.
///
/// A source that does not answer (a dead NFS server, a failing disk) holds this thread and nothing else: whoever waits for the result can be
/// cancelled at any time, and `silentSince` tells how long the work has shown no progress.
public final class DiskThread: Sendable {
    /// Whose thread runs the work.
    public enum Kind: Sendable {
        case own
        /// The caller's, before `run` returns: for simulations, in which one executor sees one order of events and nothing hangs.
        case callers
    }
    private let core: Core
    private let kind: Kind

    /// - Parameters:
    ///   - name: shown by `ps -T`; the kernel keeps 15 bytes.
    ///   - now: what `silentSince` is told by.
    public init(name: String, kind: Kind = .own, now: @escaping @Sendable () -> BootTime = { .now() }) throws(HostError) {
        let core = Core(now: now)
        if kind == .own { try HostThread.start(name) { core.loop() } }
        (self.core, self.kind) = (core, kind)
    }
    deinit { core.close() }

    /// When the work under way last showed progress, which is when it began or last asked `shouldStop()`; nil when there is none.
    public var silentSince: BootTime? { core.progress.since }

    /// How much work waits behind the one under way.
    public var waiting: Int { core.waiting }

    /// Runs `work` on the thread and returns its result.
    ///
    /// When the calling task is cancelled the call throws `CancellationError` at once, even if `work` hangs in a system call; `work` is then
    /// dropped if it had not begun, else its result is. Throws `Closed` after `close()`.
    public func run<T: Sendable>(_ work: @escaping @Sendable (Work) throws -> T) async throws -> T {
        let reply = Reply<T>()
        let context = Work(progress: core.progress, cancelled: reply.cancelled)
        let entry = Core.Entry(
            run: { if !context.isCancelled { reply.settle(Result { try work(context) }) } },
            drop: { reply.settle(.failure(Closed())) })
        return try await reply.wait {
            switch kind {
            case .own: if !core.append(entry) { entry.drop() }
            case .callers: if core.isClosed { entry.drop() } else { core.run(entry) }
            }
        }
    }

    /// As `run(_:)` for work that is short: one system call or a few.
    public func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await run { (_: Work) in try work() }
    }

    /// Takes no more work and drops what has not begun; the thread ends with the work under way. Returns at once.
    public func close() { core.close() }

    /// The thread was closed before the work began.
    public struct Closed: Error, CustomStringConvertible {
        public var description: String { "the thread was closed" }
    }

    /// What running work knows of its caller.
    public struct Work: Sendable {
        fileprivate let progress: Progress
        fileprivate let cancelled: Flag

        /// Whether nobody waits for the result any more.
        public var isCancelled: Bool { cancelled.isRaised }
        /// Notes that the work goes on, and tells whether it should not. To be called every few milliseconds of work: after a buffer, a file.
        public func shouldStop() -> Bool {
            progress.mark()
            return isCancelled
        }
    }
}

private final class Core: Sendable {
    struct Entry: Sendable {
        var run: @Sendable () -> Void
        var drop: @Sendable () -> Void
    }
    private struct State {
        var queue: [Entry] = []
        var closed = false
    }
    private let state = Mutex(State())
    private let semaphore = ThreadSemaphore()
    let progress: Progress

    init(now: @escaping @Sendable () -> BootTime) { progress = Progress(now: now) }

    var waiting: Int { state.withLock { $0.queue.count } }
    var isClosed: Bool { state.withLock { $0.closed } }

    func run(_ entry: Entry) {
        progress.mark()
        entry.run()
        progress.rest()
    }

    func append(_ entry: Entry) -> Bool {
        let taken = state.withLock { state in
            if !state.closed { state.queue.append(entry) }
            return !state.closed
        }
        if taken { semaphore.signal() }
        return taken
    }

    func close() {
        let dropped = state.withLock { state in
            defer { state = State(queue: [], closed: true) }
            return state.queue
        }
        semaphore.signal()
        for entry in dropped { entry.drop() }
    }

    /// One signal for every entry, and one more when there will be none.
    func loop() {
        while true {
            semaphore.wait()
            let (entry, closed): (Entry?, Bool) = state.withLock { state in (state.queue.isEmpty ? nil : state.queue.removeFirst(), state.closed) }
            if let entry {
                run(entry)
            } else if closed {
                return
            }
        }
    }
}
