import MirrorCore
import Synchronization

/// A named thread that does one piece of blocking work after the other, first come, first served.
///
/// A source that does not answer (a dead NFS server, a failing disk) holds this thread and nothing else: whoever waits for the result can be
/// cancelled at any time, and `silentSince` tells how long the work has shown no progress.
public final class DiskThread: Sendable {
    private let core: Core

    /// - Parameter name: shown by `ps -T`; the kernel keeps 15 bytes.
    public init(name: String) throws(HostError) {
        let core = Core()
        try HostThread.start(name) { core.loop() }
        self.core = core
    }
    deinit { core.close() }

    /// When the work under way last showed progress, which is when it began or last asked `shouldStop()`; nil when there is none.
    public var silentSince: BootTime? {
        let nanoseconds = core.progress.load(ordering: .acquiring)
        return nanoseconds == Core.idle ? nil : BootTime(nanoseconds: nanoseconds)
    }

    /// Runs `work` on the thread and returns its result.
    ///
    /// When the calling task is cancelled the call throws `CancellationError` at once, even if `work` hangs in a system call; `work` is then
    /// dropped if it had not begun, else its result is. Throws `Closed` after `close()`.
    public func run<T: Sendable>(_ work: @escaping @Sendable (Work) throws -> T) async throws -> T {
        let job = Job<T>()
        let context = Work(core: core, cancelled: job.cancelled)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard job.begin(continuation) else { return continuation.resume(throwing: CancellationError()) }
                let entry = Core.Entry(
                    run: {
                        if context.isCancelled { return }
                        job.settle(Result { try work(context) })
                    }, drop: { job.settle(.failure(Closed())) })
                if !core.append(entry) { entry.drop() }
            }
        } onCancel: {
            job.cancelled.raise()
            job.settle(.failure(CancellationError()))
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
        fileprivate let core: Core
        fileprivate let cancelled: Flag

        /// Whether nobody waits for the result any more.
        public var isCancelled: Bool { cancelled.isRaised }
        /// Notes that the work goes on, and tells whether it should not. To be called every few milliseconds of work: after a buffer, a file.
        public func shouldStop() -> Bool {
            core.progress.store(BootTime.now().nanoseconds, ordering: .releasing)
            return isCancelled
        }
    }
}

/// A flag that is raised once.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
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
    static let idle = Int64.min
    private let state = Mutex(State())
    private let semaphore = ThreadSemaphore()
    /// On CLOCK_BOOTTIME, or `idle`.
    let progress = Atomic(Core.idle)

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

    func loop() {
        while true {
            semaphore.wait()
            let (entry, closed): (Entry?, Bool) = state.withLock { state in (state.queue.isEmpty ? nil : state.queue.removeFirst(), state.closed) }
            if let entry {
                progress.store(BootTime.now().nanoseconds, ordering: .releasing)
                entry.run()
                progress.store(Core.idle, ordering: .releasing)
            } else if closed {
                return
            }
        }
    }
}

/// One caller: it is answered once, by the work, by its own cancellation or by `close()`, whichever comes first.
private final class Job<T: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<T, any Error>)
        case over
    }
    private let state = Mutex(State.idle)
    let cancelled = Flag()

    /// False if the caller was cancelled before it began to wait.
    func begin(_ continuation: CheckedContinuation<T, any Error>) -> Bool {
        state.withLock { state in
            guard case .idle = state else { return false }
            state = .waiting(continuation)
            return true
        }
    }

    func settle(_ result: Result<T, any Error>) {
        let continuation: CheckedContinuation<T, any Error>? = state.withLock { state in
            defer { state = .over }
            guard case .waiting(let continuation) = state else { return nil }
            return continuation
        }
        continuation?.resume(with: result)
    }
}
