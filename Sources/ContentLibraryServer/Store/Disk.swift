import NIOPosix
import Synchronization

/// Threads for what blocks: writing, fsync, digests, password hashes. None of it may touch the cooperative pool.
///
/// Without threads the caller's own does it: for simulations, in which one executor sees one order of events.
final class Disk: Sendable {
    private let pool: NIOThreadPool?

    init(threads: Int) {
        pool = threads > 0 ? NIOThreadPool(numberOfThreads: threads) : nil
        pool?.start()
    }

    /// Runs `body` on one of the threads, to its end even when the task is cancelled: what it does to the disk is never half awaited.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await begin(body).value
    }

    /// Starts `body`; the caller goes on and awaits the job later.
    func begin<T: Sendable>(_ body: @escaping @Sendable () throws -> T) -> DiskJob<T> {
        let job = DiskJob<T>()
        guard let pool else {
            job.settle(Result { try body() })
            return job
        }
        pool.submit { state in
            guard case .active = state else { return job.settle(.failure(CancellationError())) }
            job.settle(Result { try body() })
        }
        return job
    }

    func close() async throws { try await pool?.shutdownGracefully() }
}

/// Work that was started on the disk's threads. One task may await it.
final class DiskJob<T: Sendable>: Sendable {
    private enum State {
        case running
        case awaited(CheckedContinuation<T, any Error>)
        case settled(Result<T, any Error>)
    }

    private let state = Mutex(State.running)

    fileprivate func settle(_ result: Result<T, any Error>) {
        let waiting: CheckedContinuation<T, any Error>? = state.withLock { state in
            defer { state = .settled(result) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(with: result)
    }

    var value: T {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let settled: Result<T, any Error>? = state.withLock { state in
                    if case .settled(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let settled { continuation.resume(with: settled) }
            }
        }
    }
}
