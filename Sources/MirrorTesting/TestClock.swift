import ContentLibraryAPI
import MirrorCore
import MirrorEngine
import Synchronization

/// A clock that moves only when told to. Both of its times move together; a wall clock that steps can be set apart.
public final class TestClock: HostClock {
    private struct Sleeper {
        var id: UInt64
        var deadline: BootTime
        var continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var now: BootTime
        var wall: Timestamp
        var sleepers: [Sleeper] = []
        var cancelled: Set<UInt64> = []
        var nextID: UInt64 = 0
    }
    private let state: Mutex<State>

    public init(now: BootTime = BootTime(nanoseconds: 1_000_000_000_000), wall: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) {
        state = Mutex(State(now: now, wall: wall))
    }

    public func now() -> BootTime { state.withLock { $0.now } }
    public func wallTime() -> Timestamp { state.withLock { $0.wall } }

    public func sleep(until deadline: BootTime) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if state.now >= deadline { return .success(()) }
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves both times on, and wakes whoever is due, earliest first.
    public func advance(by duration: Duration) {
        let due = state.withLock { state -> [Sleeper] in
            state.now = state.now + duration
            state.wall.milliseconds += duration.wholeNanoseconds / 1_000_000
            let due = state.sleepers.filter { $0.deadline <= state.now }.sorted { $0.deadline < $1.deadline }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }
    /// The wall clock alone is set: somebody changed the date.
    public func setWall(_ time: Timestamp) { state.withLock { $0.wall = time } }

    /// How many tasks sleep, and until when the first of them does.
    public var sleeping: (count: Int, first: BootTime?) { state.withLock { ($0.sleepers.count, $0.sleepers.map(\.deadline).min()) } }
}
