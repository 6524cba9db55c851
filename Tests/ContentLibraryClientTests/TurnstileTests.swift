import Synchronization
import Testing

@testable import ContentLibraryClient

@Suite struct TurnstileTests {
    @Test func oneAtATime() async throws {
        let turnstile = Turnstile()
        let inside = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await turnstile.pass {
                        inside.enter()
                        await Task.yield()
                        inside.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.most == 1)
        #expect(inside.passed == 200)
    }

    @Test func whoIsCancelledLeavesTheLine() async throws {
        let turnstile = Turnstile()
        let (stream, release) = AsyncStream.makeStream(of: Void.self)
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await turnstile.pass {
                enter.yield()
                for await _ in stream {}
            }
        }
        for await _ in entered { break }
        let waiting = Task { try await turnstile.pass {} }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        release.finish()
        try await first.value
        try await turnstile.pass {}
    }

    /// Cancelled at any moment: nobody is stuck, and the line goes on.
    @Test func cancellationsAtAnyMoment() async throws {
        let turnstile = Turnstile()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let task = Task { try? await turnstile.pass { await Task.yield() } }
                    for _ in 0..<(number % 7) { await Task.yield() }
                    if number % 2 == 0 { task.cancel() }
                    await task.value
                }
            }
        }
        try await turnstile.pass {}
    }

    @Test func anErrorOpensItAgain() async throws {
        struct Failure: Error {}
        let turnstile = Turnstile()
        await #expect(throws: Failure.self) { try await turnstile.pass { throw Failure() } }
        try await turnstile.pass {}
    }
}

private final class Counts: Sendable {
    private let state = Mutex((now: 0, most: 0, passed: 0))
    var most: Int { state.withLock { $0.most } }
    var passed: Int { state.withLock { $0.passed } }

    func enter() {
        state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }
    func leave() {
        state.withLock {
            $0.now -= 1
            $0.passed += 1
        }
    }
}
