import Digests
import HTTPTransport
import MirrorCore
import MirrorEngine
import Synchronization

/// What becomes of the requests of a simulated daemon: nothing, for a time, or what chance says.
final class SimulatedWeather: Sendable {
    enum Kind: Sendable {
        case fair
        /// Nothing gets through.
        case outage
        /// Everything is answered 503, as during maintenance.
        case maintenance
        /// Of a hundred requests so many break, on either side of their effect, or are refused.
        case storm(percent: Int)
        /// Every request takes up to so many seconds more.
        case slow(seconds: Int)
    }
    private struct State {
        var kind = Kind.fair
        var until = BootTime(nanoseconds: 0)
        var generator: SeededGenerator
        var trace: MultiDigest
        var changes = 0
    }
    private let clock: TestClock
    private let state: Mutex<State>

    init(clock: TestClock, seed: UInt64) throws {
        self.clock = clock
        state = Mutex(State(generator: SeededGenerator(seed: seed), trace: try MultiDigest([.sha1])))
    }

    func set(_ kind: Kind, for duration: Duration = .seconds(1 << 30)) {
        state.withLock { ($0.kind, $0.until) = (kind, clock.now() + duration) }
    }

    /// The SHA-1 of everything that happened, and when: one text for one course of events. To be asked once, at the end.
    var trace: String { state.withLock { $0.trace.finish()[.sha1] ?? "" } }
    /// How many calls that may have changed what others see of the library have come back.
    var changes: Int { state.withLock { $0.changes } }

    func note(_ words: String) {
        state.withLock { $0.trace.update(Array("\(clock.now().nanoseconds) \(words)\n".utf8)) }
    }

    func strike(_ call: FaultyTransport.Call, _ moment: FaultyTransport.Moment) async -> FaultyTransport.Fault? {
        note("\(moment) \(call.name) \(call.file ?? "") \(call.length) \(call.words)")
        let (fault, wait) = state.withLock { state -> (FaultyTransport.Fault?, Duration) in
            if moment == .after, ["session.complete", "item.delete", "item.update"].contains(where: call.name.hasSuffix) { state.changes += 1 }
            if clock.now() >= state.until { state.kind = .fair }
            switch state.kind {
            case .fair: return (nil, .zero)
            case .outage: return (moment == .before ? .unreachable : .lost, .zero)
            case .maintenance: return (moment == .before ? .status(503, retryAfter: 7) : nil, .zero)
            case .slow(let seconds): return (nil, moment == .before ? state.generator.seconds(0...seconds) : .zero)
            case .storm(let percent):
                guard state.generator.isHit(percent) else { return (nil, .zero) }
                guard moment == .before else { return (.lost, .zero) }
                return ([.lost, .status(503), .status(503, retryAfter: 3), .status(401), .unreachable][state.generator.number(0...4)], .zero)
            }
        }
        // A request that is called off meanwhile goes no further: the transport sees to that.
        if wait > .zero { try? await clock.sleep(for: wait) }
        return fault
    }
}
