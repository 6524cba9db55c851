import Glibc

/// A bounded set of threads for calls that may block, on a disk above all. Threads start when they are first needed and wait without polling.
///
/// A call that never returns costs its thread, and nothing else waits for it: give each source its own pool.
public final class ThreadPool: Sendable {
    private struct State {
        /// Those before `head` are taken, and gone from here: a job may hold the last reference to what submits another when it goes.
        var jobs: [(@Sendable () -> Void)?] = []
        var head = 0
        var threads = 0
        var idle = 0
        var isOpen = true
        /// When each running call began, by a number of its own.
        var running: [UInt64: SuspendingClock.Instant] = [:]
        var nextNumber: UInt64 = 0

        mutating func take() -> (@Sendable () -> Void)? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            jobs[head] = nil
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 1024 {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }
    private let name: String
    private let limit: Int
    private let state = Monitor(State())

    /// - Parameter threads: how many calls may run at once, at least 1.
    public init(name: String, threads: Int) {
        (self.name, limit) = (name, max(1, threads))
    }

    deinit { close() }

    /// Runs `job` on one of the threads, in the order of submission. False once closed, or when no thread can be started at all.
    public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let accepted = state.withLock { state in
            guard state.isOpen else { return false }
            state.jobs.append(job)
            guard state.idle < state.jobs.count - state.head, state.threads < limit else { return true }
            let monitor = self.state
            if startThread(name, { Self.work(monitor) }) == 0 { state.threads += 1 }
            guard state.threads == 0 else { return true }
            state.jobs.removeLast()
            return false
        }
        if accepted { state.wakeOne() }
        return accepted
    }

    /// How long the longest running call has been at it; nil when none runs. Tells a hung disk.
    public func longestCall(now: SuspendingClock.Instant) -> Duration? {
        state.withLock { $0.running.values.min() }.map { $0.duration(to: now) }
    }

    /// No further job is taken; those submitted still run, then the threads end. Does not wait.
    public func close() {
        state.withLock { $0.isOpen = false }
        state.wakeAll()
    }

    /// Closes a descriptor on one of the threads: close(2) of a file on a dead server may hang as any other call.
    func close(_ descriptor: Int32) {
        if !submit({ _ = Glibc.close(descriptor) }) { Glibc.close(descriptor) }
    }

    private static func work(_ monitor: Monitor<State>) {
        while let (job, number) = next(monitor) {
            job()
            monitor.withLock { _ = $0.running.removeValue(forKey: number) }
        }
    }

    private static func next(_ monitor: Monitor<State>) -> (@Sendable () -> Void, UInt64)? {
        monitor.withLock { $0.idle += 1 }
        return monitor.wait { state -> (@Sendable () -> Void, UInt64)?? in
            if let job = state.take() {
                state.idle -= 1
                state.nextNumber += 1
                state.running[state.nextNumber] = .now
                return .some((job, state.nextNumber))
            }
            guard state.isOpen else { return .some(nil) }
            return nil
        }
    }
}
