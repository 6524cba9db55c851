import Testing

@testable import clsyncd

@Suite struct SignalDeskTests {
    @Test func theFirstSignalStopsAndTheSecondEndsAtOnce() {
        var desk = SignalDesk()
        #expect(desk.received(isHangUp: false, reloads: true) == .stop)
        #expect(desk.received(isHangUp: false, reloads: true) == .endAtOnce)
    }

    @Test func aHangUpReloadsADaemonAndStopsACommand() {
        var daemon = SignalDesk()
        #expect(daemon.received(isHangUp: true, reloads: true) == .reload)
        #expect(daemon.received(isHangUp: true, reloads: true) == .reload)
        #expect(daemon.received(isHangUp: false, reloads: true) == .stop)
        // Not a reason to end before every session is recorded.
        #expect(daemon.received(isHangUp: true, reloads: true) == .reload)
        var command = SignalDesk()
        #expect(command.received(isHangUp: true, reloads: false) == .stop)
        #expect(command.received(isHangUp: true, reloads: false) == .endAtOnce)
    }
}
