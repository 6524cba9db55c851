import ContentLibraryAPI

/// The lease of an update or download session: when to renew it, and until when it can be proven.
///
/// Its length is told by the server's own clock, `expiration_time` less the `Date` of the same reply; it runs on the boot clock from the moment
/// the request was sent, since the server may have started counting then. What cannot be proven is lost.
public struct SessionLease: Hashable, Sendable {
    /// The documented default time-out of sessions, for replies without an expiration or a date that make sense.
    public static let assumedLength = Duration.seconds(300)
    public static let longestInterval = Duration.seconds(60)
    /// Below this, renewals would be all there is.
    public static let shortestInterval = Duration.milliseconds(100)

    private var sentAt: BootTime
    /// As the last reply told it.
    public private(set) var length: Duration
    public private(set) var nextRenewal: BootTime
    /// The greatest progress handed out to be sent, in percent.
    public private(set) var progress: Int64 = 0

    /// - Parameters:
    ///   - sentAt: when the request was sent whose reply carried the rest.
    ///   - expiration: `expiration_time` of the session.
    ///   - date: the reply's `Date` header.
    public init(sentAt: BootTime, expiration: Timestamp?, date: Timestamp?) {
        self.sentAt = sentAt
        length = Self.length(expiration, date)
        nextRenewal = sentAt + Self.interval(of: length)
    }

    /// The moment after which the server may have ended the session.
    public var deadline: BootTime { sentAt + length }
    public func isProven(now: BootTime) -> Bool { now < deadline }

    /// A renewal succeeded. One that was sent before the last that is known changes nothing.
    public mutating func renewed(sentAt: BootTime, expiration: Timestamp?, date: Timestamp?) {
        if sentAt < self.sentAt { return }
        let progress = progress
        self = SessionLease(sentAt: sentAt, expiration: expiration, date: date)
        self.progress = progress
    }

    /// A renewal failed, and may be tried again: soon, and the sooner the less is left.
    public mutating func renewalFailed(now: BootTime) {
        let left = max(deadline - now, .zero)
        nextRenewal = now + max(min(left / 4, Self.interval(of: length)), Self.shortestInterval)
    }

    /// The `client_progress` to send, in percent; nil where it has not grown: the API takes only greater values.
    public mutating func progressToSend(current: Int64) -> Int64? {
        let current = min(max(current, 0), 100)
        if current <= progress { return nil }
        progress = current
        return current
    }

    private static func length(_ expiration: Timestamp?, _ date: Timestamp?) -> Duration {
        guard let expiration, let date else { return assumedLength }
        let (milliseconds, overflow) = expiration.milliseconds.subtractingReportingOverflow(date.milliseconds)
        return overflow || milliseconds <= 0 ? assumedLength : min(.milliseconds(milliseconds), longestLength)
    }
    private static func interval(of length: Duration) -> Duration { max(min(length / 4, longestInterval), shortestInterval) }
    /// Keeps sums on the boot clock within its range; no server grants as much.
    private static let longestLength = Duration.seconds(365 * 86_400)
}
