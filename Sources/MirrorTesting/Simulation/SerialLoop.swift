import CSeededRandom
import Glibc
import MirrorCore
import Synchronization

/// Runs all tasks of one simulation on one thread, one after the other in the order in which they became ready, and moves a test clock on whenever none is
/// ready: time passes only where everybody waits for it. The same seed gives the same order of events, random numbers included.
///
/// Tasks come to it by their executor preference, and those that have none by the runtime's hook for the global executor, which on every other thread passes
/// them through. What the tasks call must not wait for other threads, save in `outside`.
public final class SerialLoop: TaskExecutor, @unchecked Sendable {
    // The semaphore may be posted from any thread; what else changes is behind the lock.
    /// Nothing is ready, nobody sleeps, and the simulation has not ended.
    public struct Stuck: Error, CustomStringConvertible {
        public var jobs: Int
        public var description: String { "after \(jobs) jobs every task waits for something that nobody will do" }
    }
    private struct State {
        var ready: [UnownedJob] = []
        var head = 0
        var count = 0
        var alarms: [(at: Int, continuation: CheckedContinuation<Void, Never>)] = []
        /// How many wait for threads that are not the loop's.
        var outside = 0
    }
    private let clock: TestClock
    private let state = Mutex(State())
    /// Posted for every job that comes from another thread.
    private let arrivals: UnsafeMutablePointer<sem_t>
    private let thread = pthread_self()

    private init(clock: TestClock) {
        self.clock = clock
        arrivals = .allocate(capacity: 1)
        arrivals.initialize(to: sem_t())
        sem_init(arrivals, 0, 0)
    }
    deinit {
        sem_destroy(arrivals)
        arrivals.deallocate()
    }

    /// Runs `body` to its end on the calling thread, which blocks.
    public static func run<T: Sendable>(seed: UInt64, clock: TestClock, _ body: @escaping @Sendable (SerialLoop) async throws -> T) throws -> T {
        let loop = SerialLoop(clock: clock)
        GlobalExecutorHook.install()
        seeded_random_begin(seed)
        pthread_setspecific(GlobalExecutorHook.key, Swift.Unmanaged.passUnretained(loop).toOpaque())
        defer {
            pthread_setspecific(GlobalExecutorHook.key, nil)
            seeded_random_end()
        }
        let end = Ending<T>()
        Task(executorPreference: loop) {
            do { end.settle(.success(try await body(loop))) } catch { end.settle(.failure(error)) }
        }
        while true {
            if let result = end.result { return try result.get() }
            if loop.turn() { continue }
            if loop.state.withLock({ $0.outside > 0 }) {
                sem_wait(loop.arrivals)
                continue
            }
            guard let first = clock.sleeping.first else { throw Stuck(jobs: loop.jobs) }
            clock.advance(by: max(first - clock.now(), .zero))
        }
    }

    private final class Ending<T: Sendable>: Sendable {
        private let settled = Mutex<Result<T, any Error>?>(nil)
        var result: Result<T, any Error>? { settled.withLock { $0 } }
        func settle(_ result: Result<T, any Error>) { settled.withLock { $0 = result } }
    }

    /// How many jobs, the stretches of tasks between two suspensions, have run.
    public var jobs: Int { state.withLock { $0.count } }

    /// Returns when that many further jobs have run, in the midst of whatever they do.
    public func after(jobs: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.alarms.append(($0.count + jobs, continuation)) }
        }
    }

    /// Does what waits for threads that are not the loop's, such as the end of one: the clock stands meanwhile.
    public func outside<T: Sendable>(_ body: @Sendable () async throws -> T) async rethrows -> T {
        state.withLock { $0.outside += 1 }
        defer { state.withLock { $0.outside -= 1 } }
        return try await body()
    }

    public func enqueue(_ job: consuming ExecutorJob) { append(UnownedJob(job)) }
    fileprivate func append(_ job: UnownedJob) {
        state.withLock { $0.ready.append(job) }
        if pthread_equal(thread, pthread_self()) == 0 { sem_post(arrivals) }
    }

    /// Runs what has been ready longest; false where nothing is.
    private func turn() -> Bool {
        let (job, due) = state.withLock { state -> (UnownedJob?, [CheckedContinuation<Void, Never>]) in
            let due = state.alarms.filter { $0.at <= state.count }.map(\.continuation)
            state.alarms.removeAll { $0.at <= state.count }
            guard state.head < state.ready.count else {
                (state.ready, state.head) = ([], 0)
                // An alarm that nothing more comes before rings now.
                defer { if due.isEmpty { state.alarms = [] } }
                return (nil, due.isEmpty ? state.alarms.map(\.continuation) : due)
            }
            defer { (state.head, state.count) = (state.head + 1, state.count + 1) }
            return (state.ready[state.head], due)
        }
        for continuation in due { continuation.resume() }
        job?.runSynchronously(on: asUnownedTaskExecutor())
        return job != nil || !due.isEmpty
    }
}

/// The runtime's hook for jobs of the global executor.
private enum GlobalExecutorHook {
    typealias Original = @convention(thin) (UnownedJob) -> Void
    typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    /// Of the loop that runs on a thread.
    static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    static func install() { _ = installed }
    private static let installed: Void = {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else { preconditionFailure("the runtime has no hook") }
        _ = key
        symbol.assumingMemoryBound(to: Hook?.self).pointee = { job, original in
            if let loop = pthread_getspecific(GlobalExecutorHook.key) {
                Swift.Unmanaged<SerialLoop>.fromOpaque(loop).takeUnretainedValue().append(job)
            } else {
                original(job)
            }
        }
    }()
}
