import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct BootTimerTests {
    @Test func noSleepEndsBeforeItsTime() async throws {
        let timer = try BootTimer()
        let began = BootTime.now()
        try await withThrowingTaskGroup { group in
            for number in [3, 1, 4, 0, 2] {
                group.addTask {
                    let deadline = began + .milliseconds(20 + number * 30)
                    try await timer.sleep(until: deadline)
                    #expect(BootTime.now() >= deadline)
                }
            }
            try await group.waitForAll()
        }
        #expect(timer.sleeping == 0)
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .seconds(-1_000_000_000)])
    func aTimeThatIsPastEndsAtOnce(_ ago: Duration) async throws {
        try await BootTimer().sleep(until: .now() + ago)
    }

    /// What is called off is forgotten at once: nothing falls due for it later.
    @Test func aSleepCalledOffLeavesNothing() async throws {
        let timer = try BootTimer()
        let sleeper = Task { try await timer.sleep(until: .now() + .seconds(3600)) }
        let far = Task { try await timer.sleep(until: BootTime(nanoseconds: .max)) }
        #expect(await eventually { timer.sleeping == 2 })
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(timer.sleeping == 1)
        // The timer stands at what is left, and still rings for what comes before it.
        try await timer.sleep(until: .now() + .milliseconds(5))
        far.cancel()
        await #expect(throws: CancellationError.self) { try await far.value }
        #expect(timer.sleeping == 0)
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await timer.sleep(until: .now() + .seconds(3600))
        }
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(timer.sleeping == 0)
    }

    @Test func aThousandSleepersEndOrAreCalledOffEachOnce() async throws {
        let timer = try BootTimer()
        let began = BootTime.now()
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                let (wait, patience) = (number * 7919 % 80, number * 104_729 % 83)
                group.addTask {
                    let sleeper = Task { try await timer.sleep(until: began + .milliseconds(wait)) }
                    try? await timer.sleep(until: began + .milliseconds(patience))
                    sleeper.cancel()
                    return (try? await sleeper.value) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect((1...1000).contains(outcomes))
        #expect(timer.sleeping == 0)
    }

    @Test func theThreadEndsWithTheTimer() async throws {
        for _ in 0..<20 { try await BootTimer(name: "brief-timer").sleep(until: .now() + .milliseconds(1)) }
        #expect(await eventually { threadNames().filter { $0 == "brief-timer" }.isEmpty })
    }
}
