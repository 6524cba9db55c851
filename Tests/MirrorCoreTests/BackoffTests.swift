import Testing

@testable import MirrorCore

@Suite struct BackoffTests {
    @Test func followsTheDocumentedCurve() {
        var (backoff, random) = (Backoff(), SplitMix64(seed: 1))
        var ceilings: [Duration] = []
        for _ in 0..<12 {
            ceilings.append(backoff.ceiling)
            let delay = backoff.next(using: &random)
            #expect(delay >= .zero && delay <= ceilings[ceilings.count - 1])
        }
        #expect(ceilings == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { Duration.seconds($0) })
        #expect(backoff.attempts == 12)
    }

    @Test func drawsFromTheWholeRange() {
        var random = SplitMix64(seed: 2)
        let delays = (0..<2000).map { _ in
            var backoff = Backoff(first: .seconds(10), cap: .seconds(10))
            return backoff.next(using: &random)
        }
        #expect(delays.contains { $0 < .milliseconds(100) } && delays.contains { $0 > .milliseconds(9900) })
        let mean = delays.reduce(.zero, +) / delays.count
        #expect(mean > .milliseconds(4700) && mean < .milliseconds(5300))
    }

    @Test func theSameSeedGivesTheSameDelays() {
        func delays() -> [Duration] {
            var (backoff, random) = (Backoff(), SplitMix64(seed: 7))
            return (0..<10).map { _ in backoff.next(using: &random) }
        }
        #expect(delays() == delays())
    }

    @Test(arguments: [(Duration.seconds(30), Duration.seconds(30)), (.seconds(1_000_000), .seconds(3600)), (.seconds(-5), .zero)])
    func honoursRetryAfter(_ demand: Duration, _ least: Duration) {
        var (backoff, random) = (Backoff(), SplitMix64(seed: 3))
        let delay = backoff.next(atLeast: demand, using: &random)
        #expect(delay >= least && delay <= least + .seconds(1))
    }

    @Test func startsAgainAfterASuccess() {
        var (backoff, random) = (Backoff(first: .milliseconds(10), cap: .seconds(1)), SplitMix64(seed: 4))
        for _ in 0..<5 { _ = backoff.next(using: &random) }
        backoff.reset()
        #expect(backoff.ceiling == .milliseconds(10) && backoff.attempts == 0)
    }

    @Test func neverLeavesTheRangeOfItsNumbers() {
        var (backoff, random) = (Backoff(first: .zero, cap: .zero), SplitMix64(seed: 5))
        #expect(backoff.next(using: &random) == .zero)
        backoff = Backoff(first: .seconds(1), cap: .seconds(Int64.max / 1_000_000_000))
        for _ in 0..<200 { #expect(backoff.next(using: &random) >= .zero) }
    }
}
