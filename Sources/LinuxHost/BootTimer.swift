import CLinux
import Glibc
import MirrorCore
import Synchronization

/// Ends sleeps when their time on CLOCK_BOOTTIME has come: one thread, and one timer of the kernel (`timerfd_create(2)`) set to the earliest.
///
/// A sleep that is called off leaves nothing behind: the kernel's timer is set anew, so that a machine with nothing due is not woken. After a
/// suspension whatever fell due meanwhile ends at once.
public final class BootTimer: Sendable {
    private let core: Core

    /// - Parameter name: the thread's, shown by `ps -T`; the kernel keeps 15 bytes.
    public init(name: String = "timer") throws(HostError) {
        let number = clinux_boot_timer()
        if number < 0 { throw HostError("create a timer", code: -number) }
        let core = Core(timer: Descriptor(owning: number))
        try HostThread.start(name) { core.loop() }
        self.core = core
    }
    deinit { core.close() }

    /// Returns at or after `deadline`; throws `CancellationError` when the task is cancelled.
    public func sleep(until deadline: BootTime) async throws {
        let reply = Reply<Void>()
        let sleeper = core.name(deadline)
        defer { core.remove(sleeper) }
        try await reply.wait { core.add(sleeper, reply) }
    }

    /// How many sleep now.
    var sleeping: Int { core.sleeping }
}

private final class Core: Sendable {
    /// What one sleep is known by; in the order in which they end.
    struct Sleeper: Comparable {
        var deadline: BootTime
        var number: UInt64

        static func < (a: Self, b: Self) -> Bool { (a.deadline, a.number) < (b.deadline, b.number) }
    }
    private struct State {
        /// Ordered by `sleeper`.
        var entries: [(sleeper: Sleeper, reply: Reply<Void>)] = []
        var last: UInt64 = 0
        var closed = false

        /// Index of `sleeper`, or of where it belongs.
        func place(of sleeper: Sleeper) -> Int {
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].sleeper < sleeper { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
    private let state = Mutex(State())
    private let timer: Descriptor

    init(timer: Descriptor) { self.timer = timer }

    var sleeping: Int { state.withLock { $0.entries.count } }

    func name(_ deadline: BootTime) -> Sleeper {
        state.withLock { state in
            state.last += 1
            return Sleeper(deadline: deadline, number: state.last)
        }
    }

    func add(_ sleeper: Sleeper, _ reply: Reply<Void>) {
        state.withLock { state in
            let place = state.place(of: sleeper)
            state.entries.insert((sleeper, reply), at: place)
            if place == 0 { set(state) }
        }
    }

    /// Does nothing for a sleep that has ended.
    func remove(_ sleeper: Sleeper) {
        state.withLock { state in
            let place = state.place(of: sleeper)
            guard place < state.entries.count, state.entries[place].sleeper == sleeper else { return }
            state.entries.remove(at: place)
            if place == 0 { set(state) }
        }
    }

    func close() {
        state.withLock { state in
            state.closed = true
            set(state)
        }
    }

    /// The kernel's timer always stands at the earliest deadline: it is set under the lock alone.
    private func set(_ state: State) {
        let due = state.closed ? 1 : state.entries.first.map { max($0.sleeper.deadline.nanoseconds, 1) } ?? 0
        // It fails for a descriptor that is none, and for a negative time: neither can be.
        _ = clinux_set_timer(timer.number, due)
    }

    func loop() {
        var expirations: UInt64 = 0
        while true {
            // EINTR cannot be, as every signal is blocked; whatever woke it, the clock decides.
            _ = read(timer.number, &expirations, 8)
            let now = BootTime.now()
            let (due, closed): ([Reply<Void>], Bool) = state.withLock { state in
                let place = state.place(of: Sleeper(deadline: now, number: .max))
                defer {
                    state.entries.removeFirst(place)
                    if !state.closed { set(state) }
                }
                return (state.entries[..<place].map(\.reply), state.closed)
            }
            for reply in due { reply.settle(.success(())) }
            if closed { return }
        }
    }
}
