/// Capped exponential back-off with full jitter: each delay is drawn evenly between nothing and a ceiling that doubles, so that callers that
/// failed together do not come back together.
///
/// | attempt | ceiling, `first` 1 s, `cap` 5 min |
/// |---|---|
/// | 1 | 1 s |
/// | 2 | 2 s |
/// | 3 | 4 s |
/// | 4 | 8 s |
/// | 5 | 16 s |
/// | 6 | 32 s |
/// | 7 | 64 s |
/// | 8 | 128 s |
/// | 9 | 256 s |
/// | 10 and on | 300 s |
public struct Backoff: Hashable, Sendable {
    /// A server's `Retry-After` is honoured up to here: nothing waits longer on one answer.
    public static let longestDemand = Duration.seconds(3600)

    public let first: Duration
    public let cap: Duration
    /// Delays given since the start or the last `reset`.
    public private(set) var attempts = 0

    public init(first: Duration = .seconds(1), cap: Duration = .seconds(300)) { (self.first, self.cap) = (first, cap) }

    /// The longest delay that the next draw can give.
    public var ceiling: Duration {
        var ceiling = first
        for _ in 0..<attempts where ceiling < cap { ceiling *= 2 }
        return min(ceiling, cap)
    }

    /// - Parameter atLeast: what the server asked for (`Retry-After`); the drawn delay is added to it.
    public mutating func next(atLeast demand: Duration = .zero, using generator: inout some RandomNumberGenerator) -> Duration {
        let drawn = Int64.random(in: 0...max(ceiling.wholeNanoseconds, 0), using: &generator)
        attempts += 1
        return min(max(demand, .zero), Self.longestDemand) + .nanoseconds(drawn)
    }

    /// After a success.
    public mutating func reset() { attempts = 0 }
}
