import Glibc
import UnixSignals

/// Work that signals may end: the first SIGTERM or SIGINT cancels it and waits for it, a second one ends the process at once.
enum Signals {
    /// - Parameters:
    ///   - hangUp: told of each SIGHUP, which else ends the work like the others.
    ///   - stopping: called once, before the work is cancelled.
    static func run<Result: Sendable>(
        hangUp: (@Sendable () -> Void)? = nil, stopping: @escaping @Sendable () -> Void = {}, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let work = Task { try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var desk = SignalDesk()
                for await signal in signals {
                    switch desk.received(isHangUp: signal == .sighup, reloads: hangUp != nil) {
                    case .reload: hangUp?()
                    case .stop:
                        stopping()
                        work.cancel()
                    case .endAtOnce: _exit(ExitStatus.failure.rawValue)
                    }
                }
            }
            let result = await work.result
            group.cancelAll()
            return try result.get()
        }
    }

    /// A peer that closes its end is an error of the call that writes, not a reason to die.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}

/// What a signal means after those that came before it.
struct SignalDesk {
    enum Order: Hashable { case reload, stop, endAtOnce }
    private var isStopping = false

    mutating func received(isHangUp: Bool, reloads: Bool) -> Order {
        if isHangUp, reloads { return .reload }
        defer { isStopping = true }
        return isStopping ? .endAtOnce : .stop
    }
}
