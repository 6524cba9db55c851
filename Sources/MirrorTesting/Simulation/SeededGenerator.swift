/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the same numbers for the same seed, on every machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func isHit(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func seconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(number((range.lowerBound * 1000)...(range.upperBound * 1000))) }
    mutating func pick<T>(_ choices: [T]) -> T? { choices.randomElement(using: &self) }
}
