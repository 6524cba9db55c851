/// When the client may log in. A pure value: moments come in as durations since any fixed point of a clock that goes on during suspension.
///
/// Directories lock an account after a few refusals (five within three minutes by vCenter's default) and servers limit sessions, so a refusal or
/// a full house is not answered by trying harder.
public struct LoginPolicy: Sendable {
    /// From the first refusal of a password to the second attempt, and from then on.
    public static let firstRetry = Duration.seconds(60), laterRetries = Duration.seconds(15 * 60)
    /// Waits while the server takes no more sessions: doubling, with a random share of up to a half taken off.
    public static let shortestLimitWait = Duration.seconds(30), longestLimitWait = Duration.seconds(600)
    /// So many new sessions in a row may be refused on their first use before logins are spaced by `firstRetry`.
    public static let uselessSessions = 3

    private enum State: Sendable {
        case free
        case refused(LoginCredentials, detail: String, times: Int, next: Duration)
        case full(detail: String, times: Int, next: Duration)
    }
    private var state = State.free
    /// Logins since a session last proved good.
    private var unproven = 0
    private var lastLogin: Duration?

    public init() {}

    /// Why there must be no login now; nil if there may be one with these credentials.
    public func obstacle(to credentials: LoginCredentials, now: Duration) -> LoginError? {
        switch state {
        case .refused(let refused, let detail, _, let next) where refused == credentials && now < next:
            return .refused(user: credentials.user, detail: detail, retryAfter: next - now)
        case .full(let detail, _, let next) where now < next:
            return .sessionLimit(detail: detail, retryAfter: next - now)
        default: break
        }
        guard unproven >= Self.uselessSessions, let lastLogin, now < lastLogin + Self.firstRetry else { return nil }
        return .sessionsRefused(retryAfter: lastLogin + Self.firstRetry - now)
    }

    public mutating func accepted(now: Duration) {
        state = .free
        unproven += 1
        lastLogin = now
    }

    /// A call with the session was answered.
    public mutating func proved() { unproven = 0 }

    /// The server refused the credentials.
    public mutating func refused(_ credentials: LoginCredentials, detail: String, now: Duration) -> LoginError {
        var times = 1
        if case .refused(credentials, _, let before, _) = state { times = before + 1 }
        let wait = times == 1 ? Self.firstRetry : Self.laterRetries
        state = .refused(credentials, detail: detail, times: times, next: now + wait)
        return .refused(user: credentials.user, detail: detail, retryAfter: wait)
    }

    /// The server takes no more sessions. `jitter` is a random number in 0..<1.
    public mutating func full(detail: String, jitter: Double, now: Duration) -> LoginError {
        var times = 1
        if case .full(_, let before, _) = state { times = before + 1 }
        let longest = min(Self.shortestLimitWait * (1 << min(times - 1, 10)), Self.longestLimitWait)
        let wait = longest - longest * (jitter / 2)
        state = .full(detail: detail, times: times, next: now + wait)
        return .sessionLimit(detail: detail, retryAfter: wait)
    }

    /// A person changed something: the next call may log in at once.
    public mutating func retryNow() {
        state = .free
        unproven = 0
    }
}

/// Who logs in. Its description shows no password.
public struct LoginCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    public var user: String
    public var password: String

    public init(user: String, password: String) { (self.user, self.password) = (user, password) }

    public var description: String { "login of \(user)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why the client is not logged in.
public enum LoginError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server refused user and password. No attempt is made before `retryAfter` has passed, unless the credentials change.
    case refused(user: String, detail: String, retryAfter: Duration)
    /// The server takes no more sessions.
    case sessionLimit(detail: String, retryAfter: Duration)
    /// New sessions are refused on their first use.
    case sessionsRefused(retryAfter: Duration)

    /// How long the client will not try by itself, counted from when the error was thrown.
    public var retryAfter: Duration {
        switch self {
        case .refused(_, _, let wait), .sessionLimit(_, let wait), .sessionsRefused(let wait): wait
        }
    }

    public var description: String {
        let wait = "the next attempt is in \(retryAfter.components.seconds) s"
        return switch self {
        case .refused(let user, let detail, _): "the server refused the login of \(user): \(detail); check user name and password; \(wait)"
        case .sessionLimit(let detail, _): "the server takes no more sessions: \(detail); \(wait)"
        case .sessionsRefused: "the server accepts the login but refuses its sessions; look at the server's own log; \(wait)"
        }
    }
}
