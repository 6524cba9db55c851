import Digests

/// Sends HTTP requests on one thread of its own, any number at once, with connections that are reused.
///
/// Safe for use from any task. Cancelling the task of a `send` ends its transfer within milliseconds and throws `CancellationError`.
/// An idle loop uses no CPU time.
public final class HTTPLoop: Sendable {
    public enum Proxy: Sendable, Hashable {
        /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`; loopback addresses are always reached directly.
        case environment
        case none
        /// `http://host:port`.
        case url(String)
    }
    public struct Configuration: Sendable {
        /// Names the thread; at most 15 bytes show.
        public var name: String
        /// For every request that does not bring its own.
        public var trust: Trust
        public var proxy: Proxy
        /// Requests on the wire at once; the others wait in order, and that wait counts towards no time-out.
        public var maxConnections: Int
        public var maxConnectionsPerHost: Int
        public var userAgent: String
        /// Reads and writes the files of requests that bring no pool.
        public var threads: ThreadPool?
        /// For the files of its requests; calls, whose bodies are in memory, are not held back.
        public var bandwidth: BandwidthLimit?

        public init(
            name: String = "http", trust: Trust = .system, proxy: Proxy = .environment, maxConnections: Int = 16, maxConnectionsPerHost: Int = 16,
            userAgent: String = "clsyncd", threads: ThreadPool? = nil, bandwidth: BandwidthLimit? = nil
        ) {
            (self.name, self.trust, self.proxy) = (name, trust, proxy)
            (self.maxConnections, self.maxConnectionsPerHost) = (maxConnections, maxConnectionsPerHost)
            (self.userAgent, self.threads, self.bandwidth) = (userAgent, threads, bandwidth)
        }
    }

    private let core: LoopCore

    /// Starts the thread.
    public init(_ configuration: Configuration = Configuration()) throws(TransportError) {
        core = try LoopCore(configuration)
        try core.start()
    }

    deinit { core.post(.close(nil)) }

    /// One request, one answer of whatever status. Throws `TransportError`, or `CancellationError`.
    public func send(_ request: Request) async throws -> Response {
        let exchange = try Exchange(request, core: core)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Posting inside the exchange's lock: a cancellation can only be queued after the start.
                let refusal = exchange.begin(continuation) { core.post(.start(exchange)) }
                if let refusal { continuation.resume(throwing: refusal) }
            }
        } onCancel: {
            exchange.cancel { core.post(.cancel(exchange)) }
        }
    }

    /// Returns once the thread has taken a turn: proves that it is alive. Throws when the loop is closed.
    public func ping() async throws {
        try await withCheckedThrowingContinuation { continuation in
            if !core.post(.ping(continuation)) {
                continuation.resume(throwing: TransportError(.closed, peer: "", isBeforeSending: true))
            }
        }
    }

    /// Ends every request with `TransportError.Reason.closed` and returns when the thread has let go of everything. Later calls return at once.
    public func close() async {
        await withCheckedContinuation { continuation in
            if !core.post(.close(continuation)) { continuation.resume() }
        }
    }
}
