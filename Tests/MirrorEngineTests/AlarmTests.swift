import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorEngine

@Suite("Alarm")
struct AlarmTests {
    @Test("raised before anybody waits, it is remembered once", .timeLimit(.minutes(1)))
    func remembered() async {
        let alarm = Alarm()
        alarm.raise()
        alarm.raise()
        await alarm.wait()
        let clock = TestClock()
        let second = Task { await alarm.wait(until: clock.now() + .seconds(5), clock: clock) }
        while clock.sleeping.count == 0 { await Task.yield() }
        clock.advance(by: .seconds(5))
        await second.value
    }

    @Test("wakes the waiting loop", .timeLimit(.minutes(1)))
    func wakes() async {
        let alarm = Alarm()
        let waiting = Task { await alarm.wait() }
        await Task.yield()
        alarm.raise()
        await waiting.value
    }

    @Test("cancelling ends the wait", .timeLimit(.minutes(1)))
    func cancelled() async {
        let alarm = Alarm()
        let waiting = Task { await alarm.wait(until: nil, clock: TestClock()) }
        waiting.cancel()
        await waiting.value
    }

    @Test("many raises and waits from many tasks lose no wake-up", .timeLimit(.minutes(1)))
    func stress() async {
        let alarm = Alarm()
        for _ in 0..<2000 {
            let raiser = Task { alarm.raise() }
            await alarm.wait()
            await raiser.value
        }
    }
}

@Suite("Slots")
struct SlotsTests {
    private actor Gauge {
        var now = 0
        var most = 0
        func enter() { now += 1; most = max(most, now) }
        func leave() { now -= 1 }
    }

    @Test("never more bodies at once than there are slots", .timeLimit(.minutes(1)))
    func bounded() async throws {
        let (slots, gauge) = (Slots(3), Gauge())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await slots.withSlot {
                        await gauge.enter()
                        await Task.yield()
                        await gauge.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await gauge.most == 3)
        #expect(await gauge.now == 0)
    }

    @Test("a cancelled waiter leaves its place to the next", .timeLimit(.minutes(1)))
    func cancelledWaiter() async throws {
        let slots = Slots(1)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let holder = Task { try await slots.withSlot { for await _ in gate {} } }
        await Task.yield()
        let waiter = Task { try await slots.withSlot { 1 } }
        await Task.yield()
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        open.finish()
        try await holder.value
        #expect(try await slots.withSlot { 2 } == 2)
    }
}
