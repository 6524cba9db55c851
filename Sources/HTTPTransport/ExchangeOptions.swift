import CCurl
import Digests

extension Request {
    /// Finds what could not be sent as it stands, or would be sent as something else.
    func check(peer: String) throws(TransportError) {
        func refused(_ detail: String) -> TransportError { TransportError(.badRequest(detail: detail), peer: peer, isBeforeSending: true) }
        guard !method.isEmpty, method.utf8.allSatisfy({ (65...90).contains($0) }) else { throw refused("the method is not made of capital letters") }
        for field in headers.fields {
            let isToken = !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") }
            guard isToken, field.value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else {
                throw refused("the header field \(field.name.debugDescription) holds a character that it cannot")
            }
            let isFraming = ["Content-Length", "Transfer-Encoding", "Expect", "Host"].contains { Headers.same($0, field.name) }
            guard !isFraming else { throw refused("the header field \(field.name) is the transport's own") }
        }
        if case .file(let body) = body, body.length < 0 || body.offset < 0 { throw refused("a file's length and offset are not negative") }
        if case .file(let sink) = sink, sink.offset < 0 { throw refused("a file's offset is not negative") }
    }
}

extension Exchange {
    /// Everything libcurl must know about this request.
    func configure(_ handle: EasyHandle, _ configuration: HTTPLoop.Configuration) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_NOSIGNAL, true)
        // A name resolution that hangs is left behind: joining its thread would stop the loop.
        handle.set(CURLOPT_QUICK_EXIT, true)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_URL, request.url)
        handle.set(CURLOPT_PATH_AS_IS, true)
        handle.set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        handle.set(CURLOPT_FOLLOWLOCATION, false)
        handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        handle.set(CURLOPT_TCP_KEEPALIVE, true)
        // Many servers drop idle connections after a minute: such a one is not worth the race.
        handle.set(CURLOPT_MAXAGE_CONN, 50)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.timeouts.connect.milliseconds))
        configureProxy(handle, configuration.proxy)
        configureTLS(handle, context)
        configureMessage(handle, configuration.userAgent)
        handle.onHeader(Callbacks.header, context)
        handle.onWrite(Callbacks.write, context)
        handle.onProgress(Callbacks.progress, context)
        handle.onRequest(Callbacks.request, context)
        handle.onSeek(Callbacks.seek, context)
        if reader != nil { handle.onRead(Callbacks.read, context) }
    }

    private func configureProxy(_ handle: EasyHandle, _ proxy: HTTPLoop.Proxy) {
        handle.set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        switch proxy {
        case .environment: if origin.isLoopback { handle.set(CURLOPT_PROXY, "") }
        case .none: handle.set(CURLOPT_PROXY, "")
        case .url(let url): handle.set(CURLOPT_PROXY, url)
        }
    }

    private func configureTLS(_ handle: EasyHandle, _ context: UnsafeMutableRawPointer) {
        guard origin.scheme == "https" else { return }
        handle.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        handle.set(CURLOPT_SSL_VERIFYPEER, true)
        handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        handle.onTLS(Callbacks.tls, context)
        if request.certificate != nil {
            handle.set(CURLOPT_FRESH_CONNECT, true)
            handle.set(CURLOPT_SSL_SESSIONID_CACHE, false)
        }
        switch trust {
        case .system: break
        case .authorities(let pem):
            handle.set(CURLOPT_CAINFO, nil)
            handle.set(CURLOPT_CAPATH, nil)
            handle.setBlob(CURLOPT_CAINFO_BLOB, pem)
        case .pinned(let thumbprint):
            handle.set(CURLOPT_CAINFO, nil)
            // Never looked at. libcurl reuses a connection only for requests with the same authorities: each pin has its own connections.
            handle.set(CURLOPT_CAPATH, "/dev/null/\(thumbprint.hex)")
            // The pin names the peer. A resumed TLS session would skip the check.
            handle.set(CURLOPT_SSL_VERIFYHOST, 0)
            handle.set(CURLOPT_SSL_SESSIONID_CACHE, false)
        }
    }

    private func configureMessage(_ handle: EasyHandle, _ userAgent: String) {
        handle.addHeader("Expect:")
        if request.headers["User-Agent"] == nil { handle.set(CURLOPT_USERAGENT, userAgent) }
        // libcurl would call any posted bytes a form.
        if request.headers["Content-Type"] == nil { handle.addHeader("Content-Type:") }
        for field in request.headers.fields { handle.addHeader(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)") }
        handle.sendHeaders()
        switch request.body {
        case .none:
            switch request.method {
            case "GET": handle.set(CURLOPT_HTTPGET, true)
            case "HEAD": handle.set(CURLOPT_NOBODY, true)
            case "POST", "PUT", "PATCH": handle.setPostFields([])
            default: handle.set(CURLOPT_HTTPGET, true)
            }
        case .bytes(let bytes): handle.setPostFields(bytes)
        case .file(let body):
            handle.set(CURLOPT_UPLOAD, true)
            handle.set(CURLOPT_UPLOAD_BUFFERSIZE, FileReader.slotSize)
            handle.setOffset(CURLOPT_INFILESIZE_LARGE, body.length)
        }
        if request.method != "HEAD" { handle.set(CURLOPT_CUSTOMREQUEST, request.method) }
        if writer != nil { handle.set(CURLOPT_BUFFERSIZE, FileWriter.slotSize) }
    }
}

extension Duration {
    /// Whole milliseconds, within what a C long holds.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(seconds, 1 << 40)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
