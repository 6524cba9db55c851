import MirrorCore
import Testing

@testable import MirrorEngine

@Suite("Agenda")
struct AgendaTests {
    private func at(_ seconds: Int) -> BootTime { BootTime(nanoseconds: Int64(seconds) * 1_000_000_000) }

    @Test("the earliest time of an item counts")
    func earliest() {
        var agenda = Agenda()
        agenda.add("a", at: at(10))
        agenda.add("a", at: at(20))
        agenda.add("b", at: at(5))
        #expect(agenda.next == at(5))
        #expect(agenda.takeDue(now: at(9)) == ["b"])
        #expect(agenda.takeDue(now: at(10)) == ["a"])
        #expect(agenda.next == nil)
    }

    @Test("failures wait longer each time, at least what the server asks, and success forgets them")
    func failures() {
        var agenda = Agenda()
        var random = SystemRandomNumberGenerator()
        for count in 1...5 {
            agenda.failed("a", now: at(0), atLeast: nil, using: &random)
            #expect(agenda.failureCount("a") == count)
        }
        #expect(agenda.next.map { $0 <= at(61) } ?? false)
        agenda.failed("a", now: at(0), atLeast: .seconds(120), using: &random)
        #expect(agenda.next.map { $0 >= at(120) } ?? false)
        agenda.succeeded("a")
        #expect(agenda.failureCount("a") == 0)
    }

    @Test("with the server back, what failed is due at once and its next failure waits as the first does; what waits for its time goes on waiting")
    func serverIsBack() {
        var agenda = Agenda()
        var random = SystemRandomNumberGenerator()
        for _ in 1...8 { agenda.failed("a", now: at(0), atLeast: .seconds(30), using: &random) }
        agenda.add("b", at: at(50))
        agenda.serverIsBack(now: at(1))
        #expect(agenda.due == ["a": at(1), "b": at(50)])
        agenda.failed("c", now: at(1), atLeast: nil, using: &random)
        #expect(agenda.failureCount("a") == 0 && agenda.failureCount("c") == 1)
    }

    @Test("hastened, everything is due")
    func hasten() {
        var agenda = Agenda()
        agenda.add("a", at: at(100))
        agenda.hasten(now: at(1))
        #expect(agenda.takeDue(now: at(1)) == ["a"])
    }
}

@Suite("DeletionDelay")
struct DeletionDelayTests {
    private func at(_ seconds: Int) -> BootTime { BootTime(nanoseconds: Int64(seconds) * 1_000_000_000) }

    @Test("deletions wait for `quiet` after the last further one, at most `max_wait` after the first")
    func delays() {
        var delay = DeletionDelay()
        #expect(delay.note(["a/1"], now: at(0), quiet: .seconds(5), maxWait: .seconds(12)) == at(5))
        // The same again is no further deletion.
        #expect(delay.note(["a/1"], now: at(4), quiet: .seconds(5), maxWait: .seconds(12)) == at(5))
        #expect(delay.note(["a/1", "a/2"], now: at(4), quiet: .seconds(5), maxWait: .seconds(12)) == at(9))
        #expect(delay.note(["a/1", "a/2", "b/1"], now: at(8), quiet: .seconds(5), maxWait: .seconds(12)) == at(12))
    }

    @Test("a pass without deletions begins anew")
    func resets() {
        var delay = DeletionDelay()
        _ = delay.note(["a/1"], now: at(0), quiet: .seconds(5), maxWait: .seconds(12))
        #expect(delay.note([], now: at(6), quiet: .seconds(5), maxWait: .seconds(12)) == nil)
        #expect(delay.note(["a/1"], now: at(20), quiet: .seconds(5), maxWait: .seconds(12)) == at(25))
    }
}
