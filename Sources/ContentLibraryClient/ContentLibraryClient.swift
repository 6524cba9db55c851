import ContentLibraryAPI
import Digests
import HTTPTransport
import Synchronization

/// A client of the Content Library API: typed operations, file transfers, and one login that it keeps by itself.
///
/// Safe for use from any task. There is no retry here but one: a call that the server refused as unauthenticated is sent once more after a new login,
/// which is safe because a refused call did nothing. A call whose connection broke is never repeated.
public final class ContentLibraryClient: Sendable {
    public struct Configuration: Sendable {
        /// `https://vcenter.example.com`, with any port.
        public var server: String
        public var api: APIChoice
        /// Hosts besides the server's that transfer endpoints may name: `host`, or `host:port`.
        public var transferHosts: [String]
        /// Allows `http` beyond loopback addresses, and `http` endpoints of an `https` server.
        public var allowPlaintext: Bool
        public var controlTimeouts: Timeouts
        public var transferTimeouts: Timeouts

        public init(
            server: String, api: APIChoice = .auto, transferHosts: [String] = [], allowPlaintext: Bool = false, controlTimeouts: Timeouts = .control,
            transferTimeouts: Timeouts = .transfer
        ) {
            (self.server, self.api, self.transferHosts, self.allowPlaintext) = (server, api, transferHosts, allowPlaintext)
            (self.controlTimeouts, self.transferTimeouts) = (controlTimeouts, transferTimeouts)
        }
    }

    let configuration: Configuration
    let origin: Origin
    let control: any Transport
    let transfer: any Transport
    let now: @Sendable () -> Duration
    let jitter: @Sendable () -> Double
    private let source: @Sendable () async throws -> (user: String, password: String)
    let login = Turnstile()
    let memory: Mutex<Memory>

    /// What the client knows of its server.
    struct Memory {
        var dialect: Dialect?
        var probedAt: Duration?
        var session: String?
        var policy = LoginPolicy()
        var clientToken = CallOptions.ClientTokenPlace.query
    }

    /// - Parameters:
    ///   - control: carries the calls. No transfer goes over it, so none can delay a call.
    ///   - transfer: carries the files.
    ///   - credentials: asked before every login, so that a changed password counts at once. What it throws, the call throws.
    ///   - now: the time since any fixed point, on a clock that goes on while the machine is suspended.
    ///   - jitter: a random number in 0..<1.
    public init(
        _ configuration: Configuration, control: any Transport, transfer: any Transport,
        credentials: @escaping @Sendable () async throws -> (user: String, password: String),
        now: @escaping @Sendable () -> Duration = ContentLibraryClient.systemTime(), jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) throws(ServerAddressError) {
        origin = try Self.origin(of: configuration.server, allowPlaintext: configuration.allowPlaintext)
        (self.configuration, self.control, self.transfer) = (configuration, control, transfer)
        (source, self.now, self.jitter) = (credentials, now, jitter)
        let fixed: Dialect? = if case .fixed(let dialect) = configuration.api { dialect } else { nil }
        memory = Mutex(Memory(dialect: fixed))
    }

    /// The machine's own clock, counted from this call.
    public static func systemTime() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { start.duration(to: .now) }
    }

    /// `https://host:port`: what this server is called where it gives no better name.
    public var serverName: String { origin.description }

    /// The dialect in use, once it is known.
    public var dialect: Dialect? { memory.withLock { $0.dialect } }

    func credentials() async throws -> LoginCredentials {
        let (user, password) = try await source()
        return LoginCredentials(user: user, password: password)
    }

    // MARK: calls

    /// Carries out one operation. Throws what the server refused as `APIError` (or `PostponedError`), a login that cannot be had as `LoginError`,
    /// an answer that is none as `AnswerError`, no answer as `TransportError`.
    @discardableResult
    public func call<Output>(_ call: Call<Output>) async throws -> Output {
        try await answer(call).output
    }

    /// As `call(_:)`, with what only the reply as a whole tells.
    public func answer<Output>(_ call: Call<Output>) async throws -> Answer<Output> {
        let (session, dialect) = try await loggedIn(replacing: nil)
        do {
            return try await attempt(call, dialect, session)
        } catch let error as APIError where error.kind == .unauthenticated {
            let (session, dialect) = try await loggedIn(replacing: session)
            return try await attempt(call, dialect, session)
        }
    }

    /// One call with a session, and what is to be learned from how it went.
    private func attempt<Output>(_ call: Call<Output>, _ dialect: Dialect, _ session: String) async throws -> Answer<Output> {
        // Where `/api` is, vAPI is too, and takes the same sessions.
        let carrier = dialect == .api && call.facts.route == nil ? .jsonRPC : dialect
        do {
            let answer = try await placingToken(call, carrier, .session(session))
            memory.withLock { $0.policy.proved() }
            return answer
        } catch let error as APIError where error.kind != .unauthenticated {
            memory.withLock { memory in
                if error.guessedFromStatus == nil { memory.policy.proved() }
                if carrier == dialect, error.tellsOfALostDialect { forgetDialect(&memory) }
            }
            throw error
        }
    }

    /// Sends the `client_token` where this server takes it.
    private func placingToken<Output>(_ call: Call<Output>, _ dialect: Dialect, _ credentials: Credentials) async throws -> Answer<Output> {
        let place = memory.withLock { $0.clientToken }
        do {
            return try await exchange(call, dialect, credentials, CallOptions(clientToken: place))
        } catch let error as APIError where place == .query && dialect == .api && error.unsupportedProperty == "client_token" {
            let answer = try await exchange(call, dialect, credentials, CallOptions(clientToken: .header))
            memory.withLock { $0.clientToken = .header }
            return answer
        }
    }

    /// One request and its answer, nothing remembered.
    func exchange<Output>(
        _ call: Call<Output>, _ dialect: Dialect, _ credentials: Credentials, _ options: CallOptions = CallOptions()
    ) async throws -> Answer<Output> {
        var request = try call.request(dialect, credentials, options)
        // The session goes into the header with each call: no cookie is wanted.
        if dialect == .rest, case .login = credentials { request.headers.append(("vmware-use-header-authn", "true")) }
        let response = try await roundTrip(request)
        do {
            return Answer(output: try call.output(of: response, dialect), date: response.date)
        } catch let error as APIError {
            throw PostponedError(error, response) ?? error
        }
    }

    /// Sends a request of the API as HTTP.
    func roundTrip(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await control.send(
            HTTPTransport.Request(
                method: request.method, url: origin.description + request.target, headers: Headers(request.headers),
                body: request.body.isEmpty ? .none : .bytes(request.body), sink: .memory(limit: Self.answerLimit), timeouts: configuration.controlTimeouts))
        return HTTPResponse(response.status, headers: response.headers.fields.map { ($0.name, $0.value) }, body: response.body)
    }

    /// The longest answer that a call may have, in bytes.
    static let answerLimit = 64 << 20

    // MARK: the login

    /// Keeps the login alive, if there is one: it ends after half an hour or so without a call, whatever is being transferred.
    public func keepAlive() async throws {
        guard memory.withLock({ $0.session }) != nil else { return }
        try await call(Session.get())
    }

    /// Ends the login, if there is one. The content sessions belong to the user and outlive it. The next call logs in again.
    public func logout() async throws {
        try await login.pass { [self] in
            let (session, dialect) = memory.withLock { memory in
                defer { memory.session = nil }
                return (memory.session, memory.dialect)
            }
            guard let session, let dialect else { return }
            do {
                _ = try await exchange(Session.delete(), dialect, .session(session))
            } catch let error as APIError where error.kind == .unauthenticated {}  // It had expired.
        }
    }

    /// A person changed something: a refused login is tried again at the next call.
    public func retryNow() { memory.withLock { $0.policy.retryNow() } }
}

/// The reply to a call.
public struct Answer<Output: Sendable>: Sendable {
    public var output: Output
    /// When the server answered, by its own clock, to the second; leases are counted from it. Nil where it did not say.
    public var date: Timestamp?

    public init(output: Output, date: Timestamp?) { (self.output, self.date) = (output, date) }
}

/// Which of the API's dialects to speak.
public enum APIChoice: Sendable, Hashable {
    /// Find out: the first of `/api`, `/rest` and JSON-RPC that the server has.
    case auto
    case fixed(Dialect)
}
