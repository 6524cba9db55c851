/// Decides when a transfer counts as stalled. A pure value: time comes in, a verdict comes out.
struct StallGuard {
    typealias Instant = SuspendingClock.Instant
    enum Phase: Equatable { case connecting, sending, answering, receiving }

    private(set) var phase = Phase.connecting
    private let timeouts: Timeouts
    private var since: Instant
    /// The transfer waits for our own disk or bandwidth limit, so the peer is not to blame.
    private var isHeld = false

    init(_ timeouts: Timeouts, now: Instant) { (self.timeouts, since) = (timeouts, now) }

    mutating func enter(_ phase: Phase, now: Instant) { (self.phase, since) = (phase, now) }
    mutating func moved(now: Instant) { since = now }

    mutating func hold(_ isHeld: Bool, now: Instant) {
        if self.isHeld, !isHeld { since = now }
        self.isHeld = isHeld
    }

    /// When to look again; nil while there is nothing to wait out. Connecting has libcurl's own limit.
    var deadline: Instant? {
        switch phase {
        case .connecting: nil
        case .answering: since.advanced(by: timeouts.answer)
        case .sending, .receiving: isHeld ? nil : since.advanced(by: timeouts.stall)
        }
    }

    func verdict(now: Instant) -> TransportError.Reason? {
        guard let deadline, now >= deadline else { return nil }
        return switch phase {
        case .connecting: nil
        case .sending: .stalled(.sending, timeouts.stall)
        case .answering: .stalled(.answering, timeouts.answer)
        case .receiving: .stalled(.receiving, timeouts.stall)
        }
    }
}
