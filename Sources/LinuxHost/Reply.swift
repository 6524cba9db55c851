import Synchronization

/// One caller that waits for a thread. It is answered once: by the thread, by its own cancellation or by the thread's end, whichever comes
/// first.
final class Reply<T: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<T, any Error>)
        case over
    }
    private let state = Mutex(State.idle)
    /// Raised when the caller was cancelled.
    let cancelled = Flag()

    /// Waits for `settle(_:)`, which `begin` arranges for. `begin` does not run if the caller is cancelled already.
    func wait(_ begin: () -> Void) async throws -> T {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if wait(continuation) { begin() } else { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            cancelled.raise()
            settle(.failure(CancellationError()))
        }
    }

    private func wait(_ continuation: CheckedContinuation<T, any Error>) -> Bool {
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

/// A flag that is raised once.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}
