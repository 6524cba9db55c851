import Synchronization

/// How many bytes a second the files of any number of loops may move together, up and down. It may be changed at any time, from any task.
public final class BandwidthLimit: Sendable {
    private let bucket: Mutex<TokenBucket>

    /// - Parameter bytesPerSecond: at least 1; nil is no limit.
    public init(bytesPerSecond: Int64? = nil) { bucket = Mutex(TokenBucket(rate: bytesPerSecond, now: .now)) }

    public var bytesPerSecond: Int64? { bucket.withLock { $0.rate } }
    public func set(bytesPerSecond: Int64?) { bucket.withLock { $0.set(rate: bytesPerSecond, now: .now) } }

    /// Takes what may move now.
    func take(_ wanted: Int, whole: Bool, now: SuspendingClock.Instant) -> TokenBucket.Grant {
        bucket.withLock { $0.take(wanted, whole: whole, now: now) }
    }
    /// What was taken and did not move.
    func giveBack(_ count: Int) { bucket.withLock { $0.giveBack(count) } }
}

/// Fills at a rate and is drawn from, into debt where what is drawn cannot be divided. A pure value: time comes in.
struct TokenBucket: Sendable {
    typealias Instant = SuspendingClock.Instant
    enum Grant: Equatable, Sendable {
        case bytes(Int)
        /// Nothing may move before.
        case wait(until: Instant)
    }
    /// What is saved up while nobody draws, and sent at once after a pause: a twentieth of a second's worth.
    static let burstsPerSecond: Int64 = 20
    /// Of a divisible draw at least this much, that a slow limit does not make requests of single bytes.
    static let leastPortion: Int64 = 4096

    private(set) var rate: Int64?
    /// In bytes; below zero after a draw that was larger than what was there.
    private var tokens: Double = 0
    private var filledAt: Instant

    init(rate: Int64?, now: Instant) {
        (self.rate, filledAt) = (rate.map { max(1, $0) }, now)
        tokens = Double(portion)
    }

    mutating func set(rate: Int64?, now: Instant) {
        fill(now)
        self.rate = rate.map { max(1, $0) }
        // A debt of the old rate would take any time at the new one.
        tokens = min(max(tokens, 0), Double(portion))
    }

    /// - Parameter whole: the caller cannot take a part of it.
    mutating func take(_ wanted: Int, whole: Bool, now: Instant) -> Grant {
        guard let rate else { return .bytes(wanted) }
        fill(now)
        guard tokens > 0 else {
            // Rounded up to a millisecond: what comes back too early would ask in a loop.
            let missing = (1 - tokens) / Double(rate)
            return .wait(until: now.advanced(by: .milliseconds(Int64(missing * 1000) + 1)))
        }
        let granted = whole ? wanted : min(wanted, Int(portion))
        tokens -= Double(granted)
        return .bytes(granted)
    }

    mutating func giveBack(_ count: Int) { tokens = min(Double(portion), tokens + Double(count)) }

    private var portion: Int64 { rate.map { max(Self.leastPortion, $0 / Self.burstsPerSecond) } ?? 0 }

    private mutating func fill(_ now: Instant) {
        guard let rate, now > filledAt else { return }
        tokens = min(Double(portion), tokens + filledAt.duration(to: now) / .seconds(1) * Double(rate))
        filledAt = now
    }
}
