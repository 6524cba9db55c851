import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import Synchronization

/// Answers from a script, and remembers what it was asked. Models no connection, no time-out and no TLS.
final class ScriptedTransport: Transport {
    private let log = Mutex<[HTTPTransport.Request]>([])
    private let script: @Sendable (HTTPTransport.Request) async throws -> HTTPTransport.Response

    init(_ script: @escaping @Sendable (HTTPTransport.Request) async throws -> HTTPTransport.Response) { self.script = script }

    func send(_ request: HTTPTransport.Request) async throws -> HTTPTransport.Response {
        log.withLock { $0.append(request) }
        return try await script(request)
    }

    var requests: [HTTPTransport.Request] { log.withLock { $0 } }
    /// `METHOD /path?query`, one for each request.
    var lines: [String] { requests.map(\.line) }
}

extension HTTPTransport.Request {
    var target: String { String(url.split(separator: "://", maxSplits: 1).last?.drop { $0 != "/" } ?? "") }
    var line: String { "\(method) \(target)" }
    var bytes: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }

    /// As a server of the API sees it.
    var asAPI: HTTPRequest { HTTPRequest(method, target: target, headers: headers.fields.map { ($0.name, $0.value) }, body: bytes) }
}

extension HTTPTransport.Response {
    init(_ response: HTTPResponse) {
        self.init(status: response.status, headers: Headers(response.headers), body: response.body)
    }
    static func text(_ status: Int, _ body: String, type: String? = "application/json", headers: Headers = Headers()) -> Self {
        var headers = headers
        if let type { headers.append("Content-Type", type) }
        return Self(status: status, headers: headers, body: Array(body.utf8))
    }
}

/// Counts logins and sessions, for a server made of the API's own router.
final class FakeLogins: Sendable {
    private struct State {
        var password = "right"
        var logins = 0
        var attempts = 0
        var sessions: Set<String> = []
        var full = false
    }
    private let state = Mutex(State())

    var attempts: Int { state.withLock { $0.attempts } }
    var logins: Int { state.withLock { $0.logins } }
    func setPassword(_ password: String) { state.withLock { $0.password = password } }
    func setFull(_ full: Bool) { state.withLock { $0.full = full } }
    /// As a restart of the server does.
    func forgetSessions() { state.withLock { $0.sessions = [] } }

    func create(_ credentials: Credentials) throws -> String {
        try state.withLock { state in
            state.attempts += 1
            guard !state.full else {
                throw APIError(
                    .serviceUnavailable, "User session limit is reached.", id: "com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached",
                    args: ["550", "550", "user"])
            }
            guard case .login(_, state.password) = credentials else { throw Self.refused }
            state.logins += 1
            state.sessions.insert("session-\(state.logins)")
            return "session-\(state.logins)"
        }
    }

    func check(_ credentials: Credentials) throws {
        guard case .session(let id) = credentials, state.withLock({ $0.sessions.contains(id) }) else { throw Self.refused }
    }

    func delete(_ credentials: Credentials) throws {
        try check(credentials)
        if case .session(let id) = credentials { state.withLock { _ = $0.sessions.remove(id) } }
    }

    static var refused: APIError {
        APIError(.unauthenticated, "Authentication required.", id: "com.vmware.vapi.endpoint.method.authentication.required")
    }
}

/// The login, `Library.list` and whatever else a test adds, in all dialects.
func fakeServer(_ logins: FakeLogins, _ more: (inout Router<Caller>) -> Void = { _ in }) -> Router<Caller> {
    var router = Router<Caller>()
    router.on(Session.create) { caller in Secret(try logins.create(caller.credentials)) }
    router.on(Session.get) { caller in
        try logins.check(caller.credentials)
        return Session.Info(user: "u", createdTime: Timestamp(milliseconds: 0), lastAccessedTime: Timestamp(milliseconds: 0))
    }
    router.on(Session.delete) { caller in
        try logins.delete(caller.credentials)
        return Nothing()
    }
    router.on(Library.list) { caller in
        try logins.check(caller.credentials)
        return ["one"]
    }
    more(&router)
    return router
}

/// A clock that a test moves.
final class ManualTime: Sendable {
    private let time = Mutex(Duration.seconds(1000))
    var now: @Sendable () -> Duration { { self.time.withLock { $0 } } }
    func advance(_ by: Duration) { time.withLock { $0 += by } }
}

func makeClient(
    _ control: any Transport, transfer: (any Transport)? = nil, api: APIChoice = .fixed(.api), server: String = "https://vc.test",
    time: ManualTime = ManualTime(),
    transferHosts: [String] = [], credentials: @escaping @Sendable () async throws -> (user: String, password: String) = { ("u", "right") }
) throws -> ContentLibraryClient {
    try ContentLibraryClient(
        .init(server: server, api: api, transferHosts: transferHosts), control: control, transfer: transfer ?? control, credentials: credentials,
        now: time.now, jitter: { 0 })
}
