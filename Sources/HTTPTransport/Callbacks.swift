import CCurl
import CCurlShim

/// What libcurl calls while it carries out an exchange, always on the loop's thread.
enum Callbacks {
    private static func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
        context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
    }

    static let read: curlshim_io = { target, size, count, context in
        guard let exchange = exchange(context), let target else { return Int(CURL_READFUNC_ABORT) }
        return exchange.fill(UnsafeMutableRawPointer(target), capacity: size * count)
    }
    static let write: curlshim_io = { source, size, count, context in
        guard let exchange = exchange(context) else { return 0 }
        return exchange.store(UnsafeRawBufferPointer(start: source, count: size * count))
    }
    static let header: curlshim_io = { source, size, count, context in
        guard let exchange = exchange(context) else { return 0 }
        return exchange.readHeader(UnsafeRawBufferPointer(start: source, count: size * count))
    }
    static let progress: curlshim_progress = { context, _, downloaded, _, uploaded in
        exchange(context)?.moved(uploaded: Int64(uploaded), downloaded: Int64(downloaded))
        return 0
    }
    static let seek: curlshim_seek = { context, offset, origin in
        guard origin == 0, let exchange = exchange(context) else { return CURL_SEEKFUNC_FAIL }
        return exchange.rewind(to: Int64(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
    }
    static let request: curlshim_prereq = { context, _, _, _, _ in
        exchange(context)?.mayBegin() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
    static let tls: curlshim_sslctx = { _, context, own in
        guard let exchange = exchange(own), let context else { return CURLE_ABORTED_BY_CALLBACK }
        exchange.certificate.install(in: OpaquePointer(context))
        return CURLE_OK
    }
}

extension Exchange {
    /// The connection stands; the request goes out next.
    fileprivate func mayBegin() -> Bool {
        // libcurl itself repeats a request whose reused connection died before the answer. The server may have carried out the first.
        guard attempts == 0 || request.method == "GET" || request.method == "HEAD" else {
            failure = .connectionLost(detail: "the server closed a kept-alive connection as the request went out")
            return false
        }
        if origin.scheme == "https", handle?.ssl.map(certificate.vouches(for:)) != true {
            failure = .other(detail: "libcurl offered a connection that was made under another trust")
            return false
        }
        attempts += 1
        let now = SuspendingClock.now
        if case .file(let body) = request.body, body.length > 0 { stall.enter(.sending, now: now) } else { stall.enter(.answering, now: now) }
        return true
    }

    fileprivate func fill(_ target: UnsafeMutableRawPointer, capacity: Int) -> Int {
        guard let reader else { return 0 }
        guard let allowed = allowance(capacity, whole: false) else { return Int(CURL_READFUNC_PAUSE) }
        let taken = reader.take(into: target, capacity: allowed)
        if case .bytes(let count) = taken { giveBack(allowed - count) } else { giveBack(allowed) }
        switch taken {
        case .bytes(let count): return count
        case .end: return 0
        case .later:
            stall.hold(true, now: .now)
            return Int(CURL_READFUNC_PAUSE)
        case .fault(let fault):
            failure = .source(fault)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    fileprivate func rewind(to offset: Int64) -> Bool {
        guard let reader else { return true }
        return reader.rewind(to: offset)
    }

    fileprivate func moved(uploaded: Int64, downloaded: Int64) {
        guard attempts > 0 else { return }
        let now = SuspendingClock.now
        if uploaded != counted.up || downloaded != counted.down { stall.moved(now: now) }
        counted = (uploaded, downloaded)
        if case .file(let body) = request.body {
            body.progress?.record(uploaded)
            if stall.phase == .sending, uploaded >= body.length { stall.enter(.answering, now: now) }
        }
        if case .file(let sink) = request.sink, answer.isSuccess { sink.progress?.record(downloaded) }
    }

    /// Any answer but a success keeps this much of its body.
    static let errorBodyLimit = 64 << 10
    static let headerLimit = 256 << 10

    fileprivate func store(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard answer.isSuccess else {
            answer.body.append(contentsOf: bytes.prefix(Self.errorBodyLimit - answer.body.count))
            return bytes.count
        }
        if let writer { return store(bytes, in: writer) }
        guard case .memory(let limit) = request.sink, answer.body.count + bytes.count <= limit else {
            failure = .tooLarge(limit: memoryLimit)
            return bytes.count == 0 ? 0 : bytes.count - 1
        }
        answer.body.append(contentsOf: bytes)
        return bytes.count
    }

    private var memoryLimit: Int {
        if case .memory(let limit) = request.sink { limit } else { 0 }
    }

    private func store(_ bytes: UnsafeRawBufferPointer, in writer: FileWriter) -> Int {
        if case .file(let sink) = request.sink, let limit = sink.limit, stored + Int64(bytes.count) > limit {
            failure = .tooLarge(limit: Int(limit))
            return bytes.count == 0 ? 0 : bytes.count - 1
        }
        guard allowance(bytes.count, whole: true) != nil else { return Int(CURL_WRITEFUNC_PAUSE) }
        switch writer.accept(bytes) {
        case .taken:
            stored += Int64(bytes.count)
            return bytes.count
        case .later:
            giveBack(bytes.count)
            stall.hold(true, now: .now)
            return Int(CURL_WRITEFUNC_PAUSE)
        case .fault(let fault):
            failure = .sink(fault)
            return bytes.count - 1
        }
    }

    fileprivate func readHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        answer.headerBytes += bytes.count
        guard answer.headerBytes <= Self.headerLimit else {
            failure = .tooLarge(limit: Self.headerLimit)
            return 0
        }
        let line = String(decoding: bytes.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            answer = Answer(status: line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0, headerBytes: answer.headerBytes)
        } else if line.isEmpty {
            if answer.status >= 200 { stall.enter(.receiving, now: .now) }
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            answer.headers.append(String(line[..<colon]), trimmed(line[line.index(after: colon)...]))
        }
        return bytes.count
    }

    private func trimmed(_ text: Substring) -> String {
        let bytes = text.utf8.drop { $0 == 32 || $0 == 9 }
        let end = bytes.lastIndex { $0 != 32 && $0 != 9 }
        return end.map { String(bytes[...$0]) ?? "" } ?? ""
    }
}

extension TransportError.Reason {
    /// What a code of libcurl means here; nil for success.
    init?(_ code: CURLcode, of exchange: Exchange, _ handle: EasyHandle) {
        let detail = handle.explain(code)
        let connect = handle.long(CURLINFO_HTTP_CONNECTCODE)
        switch code {
        case CURLE_OK: return nil
        case CURLE_COULDNT_RESOLVE_HOST: self = .cannotResolve(host: exchange.origin.host)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: self = .proxy(detail: detail)
        case _ where connect >= 300: self = .proxy(detail: "it answered \(connect) to CONNECT")
        case CURLE_COULDNT_CONNECT: self = .cannotConnect(detail: detail)
        case CURLE_OPERATION_TIMEDOUT: self = .connectTimeout(exchange.request.timeouts.connect)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self = .untrusted(presented: exchange.certificate.presented, expected: exchange.trust.pin, detail: detail)
        // A server that goes away in the middle of the handshake.
        case CURLE_SSL_CONNECT_ERROR where ["SYSCALL", "reset by peer", "unexpected eof"].contains(where: detail.contains):
            self = .connectionLost(detail: detail)
        case CURLE_SSL_CONNECT_ERROR: self = .tls(detail: "\(detail) (at least TLS 1.2 is needed)")
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED: self = .tls(detail: detail)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND: self = .connectionLost(detail: detail)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: self = .badRequest(detail: "libcurl refuses the URL")
        default: self = .other(detail: "\(detail) (libcurl \(code.rawValue))")
        }
    }
}
