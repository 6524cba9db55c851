import ContentLibraryAPI
import HTTPTransport

/// A refusal that says when to come back.
public struct PostponedError: Error, Sendable, Hashable, CustomStringConvertible {
    public var refusal: APIError
    public var delay: Duration

    public init(refusal: APIError, delay: Duration) { (self.refusal, self.delay) = (refusal, delay) }

    /// Nil without a `Retry-After` in seconds (RFC 9110, 10.2.3), or where the refusal is not one of those that pass by themselves.
    init?(_ refusal: APIError, _ response: HTTPResponse) {
        guard ContentLibraryClient.isTransient(refusal), let delay = Self.delay(response.header("retry-after")) else { return nil }
        self.init(refusal: refusal, delay: delay)
    }

    /// At most an hour is believed.
    static func delay(_ header: String?) -> Duration? {
        guard let header, let seconds = Int64(header), seconds >= 0 else { return nil }
        return .seconds(min(seconds, 3600))
    }

    public var description: String { "\(refusal) (the server asks to wait \(delay.components.seconds) s)" }
}

extension ContentLibraryClient {
    /// Whether the same may well succeed later without anybody changing anything.
    public static func isTransient(_ error: any Error) -> Bool {
        switch error {
        case let error as TransportError: error.isTransient
        case let error as TransferRefusal: [408, 429, 502, 503, 504].contains(error.status)
        case is PostponedError: true
        case let error as LoginError: if case .refused = error { false } else { true }
        case let error as APIError:
            error.kind == .serviceUnavailable || error.kind == .timedOut || error.guessedFromStatus.map { [408, 429, 502, 503, 504].contains($0) } ?? false
        default: false
        }
    }

    /// How long to wait at least before trying again, where the error says so.
    public static func retryAfter(_ error: any Error) -> Duration? {
        switch error {
        case let error as PostponedError: error.delay
        case let error as LoginError: error.retryAfter
        case let error as TransferRefusal: error.retryAfter
        default: nil
        }
    }
}
