import CCurl
import Digests
import Synchronization

/// One request on its way: from `send` through the loop's thread back to the continuation.
final class Exchange: @unchecked Sendable {
    // Sendable: `state` is locked. Everything else is set up before the exchange is posted, and belongs to the loop's thread from then on;
    // the inbox's lock orders the two.
    private enum State { case idle, waiting(CheckedContinuation<Response, any Error>), over }

    let request: Request
    let origin: Origin
    let trust: Trust
    private let state = Mutex(State.idle)
    private let core: LoopCore

    // The loop's thread from here on.
    private(set) var handle: EasyHandle?
    var stall: StallGuard
    var answer = Answer()
    private(set) var reader: FileReader?
    private(set) var writer: FileWriter?
    private(set) var certificate = PeerCertificate(pin: nil, mark: 0)
    /// What a callback found wrong before it stopped libcurl.
    var failure: TransportError.Reason?
    /// How often libcurl began to send the request.
    var attempts = 0
    /// Body bytes that libcurl last reported.
    var counted: (up: Int64, down: Int64) = (0, 0)
    /// Body bytes that went to the file.
    var stored: Int64 = 0
    /// Held back by the bandwidth limit until then.
    private(set) var heldUntil: SuspendingClock.Instant?
    private var outcome: Result<Response, any Error>?

    init(_ request: Request, core: LoopCore) throws {
        origin = try Origin(ofURL: request.url)
        try request.check(peer: origin.authority)
        (self.request, self.core) = (request, core)
        trust = request.trust ?? core.configuration.trust
        stall = StallGuard(request.timeouts, now: .now)
        let wake: @Sendable () -> Void = { [weak self, core] in
            if let self { core.post(.wake(self)) }
        }
        if case .file(let body) = request.body {
            do throws(TransportError.FileFault) {
                reader = try FileReader(body, pool: body.threads ?? core.pool, wake: wake)
            } catch { throw TransportError(.source(error), peer: origin.authority, isBeforeSending: true) }
        }
        if case .file(let sink) = request.sink {
            do throws(TransportError.FileFault) {
                writer = try FileWriter(sink, pool: sink.threads ?? core.pool, wake: wake)
            } catch { throw TransportError(.sink(error), peer: origin.authority, isBeforeSending: true) }
        }
    }

    // MARK: any thread

    /// Waits for the result. `post` runs under the lock; the error, if any, is for the caller to throw.
    func begin(_ continuation: CheckedContinuation<Response, any Error>, post: () -> Bool) -> (any Error)? {
        state.withLock { state in
            if case .over = state { return CancellationError() }
            state = .waiting(continuation)
            if post() { return nil }
            state = .over
            return error(.closed)
        }
    }

    func cancel(post: () -> Void) {
        state.withLock { state in
            if case .waiting = state { post() } else { state = .over }
        }
    }

    /// The first call resumes the caller, later ones do nothing.
    func settle(_ result: Result<Response, any Error>) {
        let continuation: CheckedContinuation<Response, any Error>? = state.withLock { state in
            defer { state = .over }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }

    // MARK: the loop's thread

    var easy: UnsafeMutableRawPointer? { handle?.pointer }

    func error(_ reason: TransportError.Reason) -> TransportError {
        TransportError(reason, peer: origin.authority, isBeforeSending: attempts == 0)
    }

    func prepare(now: SuspendingClock.Instant) throws(TransportError) -> UnsafeMutableRawPointer {
        guard let handle = EasyHandle() else { throw error(.other(detail: "libcurl is out of memory")) }
        self.handle = handle
        certificate = PeerCertificate(pin: trust.pin, mark: core.mark(of: trust), shownTo: request.certificate)
        stall = StallGuard(request.timeouts, now: now)
        configure(handle, core.configuration)
        if let refusal = handle.refusal { throw error(.other(detail: "libcurl refused an option: \(refusal)")) }
        reader?.start()
        return handle.pointer
    }

    /// How many bytes of its file may move now; nil where it has to wait, and is resumed when it need not any more.
    func allowance(_ wanted: Int, whole: Bool) -> Int? {
        guard let limit = core.configuration.bandwidth else { return wanted }
        let now = SuspendingClock.now
        switch limit.take(wanted, whole: whole, now: now) {
        case .bytes(let count): return count
        case .wait(let until):
            // The limit may be lifted meanwhile.
            heldUntil = min(until, now.advanced(by: .seconds(1)))
            stall.hold(true, now: now)
            return nil
        }
    }

    /// What was allowed and did not move.
    func giveBack(_ count: Int) { if count > 0 { core.configuration.bandwidth?.giveBack(count) } }

    /// The file has bytes or room again, or the bandwidth limit lets it go on.
    func resume(now: SuspendingClock.Instant) {
        heldUntil = nil
        stall.hold(false, now: now)
        if let easy { curl_easy_pause(easy, CURLPAUSE_CONT) }
    }

    /// Frees what belongs to libcurl; the connection is the multi handle's.
    func release() {
        handle = nil
        reader?.stop()
    }

    func stopFiles() {
        reader?.stop()
        writer?.stop()
    }

    /// Libcurl is through with the request.
    func conclude(_ code: CURLcode) {
        guard let handle else { return }
        if let reason = failure ?? TransportError.Reason(code, of: self, handle) {
            stopFiles()
            outcome = .failure(error(reason))
            return
        }
        var response = Response(status: answer.status, headers: answer.headers, body: answer.body)
        if let reader {
            let sent = handle.offset(CURLINFO_SIZE_UPLOAD_T)
            let isWhole = sent == reader.byteCount
            guard isWhole || !response.isSuccess else {
                stopFiles()
                outcome = .failure(error(.answeredEarly(status: response.status, sent: sent, of: reader.byteCount)))
                return
            }
            response.sent = Transferred(byteCount: sent, digests: isWhole ? reader.digests ?? [:] : [:])
        }
        outcome = .success(response)
    }

    /// The end of it, or nil while the file is still being written; a wake follows then.
    func result() -> Result<Response, any Error>? {
        guard let outcome, case .success(var response) = outcome, response.isSuccess, let writer else { return outcome }
        guard writer.finish() else { return nil }
        switch writer.outcome() {
        case .failure(let fault): return .failure(error(.sink(fault)))
        case .success(let received):
            response.received = received
            return .success(response)
        }
    }
}

extension Exchange {
    /// What has come in so far.
    struct Answer {
        var status = 0
        var headers = Headers()
        var headerBytes = 0
        var body: [UInt8] = []
        var isSuccess: Bool { 200..<300 ~= status }
    }
}

extension Trust {
    var pin: Thumbprint? {
        if case .pinned(let thumbprint) = self { thumbprint } else { nil }
    }
}
