import Testing

@testable import HTTPTransport

@Suite struct StallGuardTests {
    private let start = SuspendingClock.now
    private let limits = Timeouts(connect: .seconds(1), stall: .seconds(60), answer: .seconds(600))

    private func at(_ seconds: Int) -> SuspendingClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test func connectingIsLeftToLibcurl() {
        let stall = StallGuard(limits, now: start)
        #expect(stall.deadline == nil)
        #expect(stall.verdict(now: at(100_000)) == nil)
    }

    @Test(arguments: [(StallGuard.Phase.sending, 60, TransportError.Stall.sending), (.answering, 600, .answering), (.receiving, 60, .receiving)])
    func eachPhaseHasItsLimit(phase: StallGuard.Phase, limit: Int, what: TransportError.Stall) {
        var stall = StallGuard(limits, now: start)
        stall.enter(phase, now: at(10))
        #expect(stall.deadline == at(10 + limit))
        #expect(stall.verdict(now: at(9 + limit)) == nil)
        #expect(stall.verdict(now: at(10 + limit)) == .stalled(what, .seconds(limit)))
        stall.moved(now: at(20))
        #expect(stall.verdict(now: at(19 + limit)) == nil)
        #expect(stall.verdict(now: at(20 + limit)) == .stalled(what, .seconds(limit)))
    }

    @Test func whatWeHoldBackIsNoStall() {
        var stall = StallGuard(limits, now: start)
        stall.enter(.sending, now: start)
        stall.hold(true, now: at(30))
        #expect(stall.deadline == nil)
        #expect(stall.verdict(now: at(10_000)) == nil)
        stall.hold(false, now: at(10_000))
        #expect(stall.deadline == at(10_060))
        stall.hold(false, now: at(10_050))
        #expect(stall.deadline == at(10_060), "going on is no movement by itself")
    }

    @Test func theServersAnswerIsAwaitedWhateverTheDiskDoes() {
        var stall = StallGuard(limits, now: start)
        stall.hold(true, now: start)
        stall.enter(.answering, now: start)
        #expect(stall.deadline == at(600))
    }
}
