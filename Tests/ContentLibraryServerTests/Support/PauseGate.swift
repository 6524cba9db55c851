import Synchronization

/// Holds whoever passes it until it is opened, and tells when somebody has come.
final class PauseGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var hasArrived = false
        var watching: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// Returns once it is open; throws when the task is cancelled.
    func pass() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, watching) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                    defer { (state.hasArrived, state.watching) = (true, []) }
                    let isOver = state.isOpen || Task.isCancelled
                    if !isOver { state.waiting.append(continuation) }
                    return (isOver, state.watching)
                }
                for watcher in watching { watcher.resume() }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            release()
        }
        try Task.checkCancellation()
    }

    /// Returns once somebody has come.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let hasArrived = state.withLock { state in
                if !state.hasArrived { state.watching.append(continuation) }
                return state.hasArrived
            }
            if hasArrived { continuation.resume() }
        }
    }

    func open() {
        state.withLock { $0.isOpen = true }
        release()
    }

    private func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
