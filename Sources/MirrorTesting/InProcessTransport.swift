import ContentLibraryAPI
import ContentLibraryClient
import ContentLibraryServer
import Digests
import Glibc
import HTTPTransport
import Synchronization

/// Carries a client's requests straight into a `ContentLibraryService` of the same process: every request and answer is the real one, the network is not.
///
/// Keeps the contract of a transport: files are streamed in pieces and digested, a short file or a cancellation breaks the upload off, a body beyond its
/// limit is an error. Does not model connections, TLS and trust, time-outs, bandwidth, or limits on requests at once.
public final class InProcessTransport: Transport {
    private let service: ContentLibraryService
    private let threads: ThreadPool?

    /// - Parameter threads: where files are read and written; nil does it on the spot, which only files in memory allow.
    public init(_ service: ContentLibraryService, threads: ThreadPool? = ThreadPool(name: "in-process", threads: 4)) {
        (self.service, self.threads) = (service, threads)
    }

    public func send(_ request: HTTPTransport.Request) async throws -> HTTPTransport.Response {
        try Task.checkCancellation()
        let exchange = Exchange(request, origin: try Origin(ofURL: request.url))
        let response =
            if !ContentLibraryService.isTransfer(exchange.request) {
                try exchange.collected(try await exchange.connected { () async throws(DroppedConnection) in try await service.answer(exchange.request) })
            } else if request.method == "GET" || request.method == "HEAD" {
                try await download(exchange)
            } else {
                try await upload(exchange)
            }
        try Task.checkCancellation()
        return response
    }

    private func upload(_ exchange: Exchange) async throws -> HTTPTransport.Response {
        guard case .file(let body) = exchange.original.body else {
            let bytes = exchange.request.body
            return try exchange.collected(
                try await exchange.connected { () async throws(DroppedConnection) in
                    try await service.take(exchange.request, body: FileParts(bytes: bytes))
                })
        }
        let source = try FileSource(body, threads: body.threads ?? threads)
        let answer = try await exchange.connected { () async throws(DroppedConnection) in
            try await service.take(exchange.request, body: FileParts(source: source))
        }
        if let fault = source.fault { throw exchange.error(.source(fault)) }
        try Task.checkCancellation()
        var response = try exchange.collected(answer)
        let sent = source.sent
        guard sent.byteCount == body.length || !response.isSuccess else {
            throw exchange.error(.answeredEarly(status: response.status, sent: sent.byteCount, of: body.length))
        }
        response.sent = sent
        return response
    }

    private func download(_ exchange: Exchange) async throws -> HTTPTransport.Response {
        let download = try await exchange.connected { () async throws(DroppedConnection) in try await service.give(exchange.request) }
        var response = HTTPTransport.Response(status: download.status, headers: Headers(download.headers))
        if download.announcesLength { response.headers.append("Content-Length", String(download.length)) }
        guard let body = download.body else {
            response.body = download.text
            return response
        }
        do {
            switch exchange.original.sink {
            case .file(let sink):
                let target = try FileTarget(sink, threads: sink.threads ?? threads)
                for try await part in body { try await target.write(part) }
                response.received = target.received
            case .memory(let limit):
                for try await part in body {
                    guard response.body.count + part.count <= limit else { throw exchange.error(.tooLarge(limit: limit)) }
                    response.body += part
                }
            }
        } catch let fault as TransportError.FileFault {
            throw exchange.error(.sink(fault))
        } catch let error as TransportError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw exchange.error(.connectionLost(detail: "the server broke the download off"))
        }
        return response
    }
}

/// A request in the forms of both sides.
private struct Exchange {
    let original: HTTPTransport.Request
    let request: HTTPRequest
    let origin: Origin

    init(_ original: HTTPTransport.Request, origin: Origin) {
        (self.original, self.origin) = (original, origin)
        let afterScheme = original.url.split(separator: "://", maxSplits: 1).last ?? ""
        let target = String(afterScheme.drop { $0 != "/" && $0 != "?" })
        var headers = original.headers.fields.map { (name: $0.name, value: $0.value) }
        let isUsualPort = origin.port == (origin.scheme == "https" ? 443 : 80)
        headers.append(("Host", isUsualPort ? origin.host : origin.authority))
        var body: [UInt8] = []
        switch original.body {
        case .none: if ["POST", "PUT", "PATCH"].contains(original.method) { headers.append(("Content-Length", "0")) }
        case .bytes(let bytes):
            body = bytes
            headers.append(("Content-Length", String(bytes.count)))
        case .file(let file): headers.append(("Content-Length", String(file.length)))
        }
        request = HTTPRequest(original.method, target: target.hasPrefix("/") ? target : "/" + target, headers: headers, body: body)
    }

    /// What a connection carries, or the loss of it.
    func connected<T>(_ body: () async throws(DroppedConnection) -> T) async throws -> T {
        do { return try await body() } catch { throw self.error(.connectionLost(detail: "the server ended the connection")) }
    }

    func error(_ reason: TransportError.Reason) -> TransportError { TransportError(reason, peer: origin.authority, isBeforeSending: false) }

    func collected(_ response: HTTPResponse) throws -> HTTPTransport.Response {
        let isSuccess = 200..<300 ~= response.status
        if isSuccess, case .memory(let limit) = original.sink, response.body.count > limit { throw error(.tooLarge(limit: limit)) }
        return HTTPTransport.Response(status: response.status, headers: Headers(response.headers), body: response.body)
    }
}

/// The pieces of an upload, read as the server takes them.
private struct FileParts: AsyncSequence {
    typealias Element = [UInt8]

    enum Source {
        case file(FileSource)
        case bytes([UInt8])
    }
    let source: Source

    init(source: FileSource) { self.source = .file(source) }
    init(bytes: [UInt8]) { source = .bytes(bytes) }

    struct Iterator: AsyncIteratorProtocol {
        var source: Source

        mutating func next() async throws -> [UInt8]? {
            switch source {
            case .file(let file): return try await file.next()
            case .bytes(let bytes):
                source = .bytes([])
                return bytes.isEmpty ? nil : bytes
            }
        }
    }
    func makeAsyncIterator() -> Iterator { Iterator(source: source) }
}

/// Reads a `FileBody` piece by piece.
private final class FileSource: Sendable {
    private struct State {
        var offset: Int64 = 0
        var digest: MultiDigest
        var fault: TransportError.FileFault?
    }
    private static let partSize: Int64 = 256 << 10
    private let body: FileBody
    private let threads: ThreadPool?
    private let state: Mutex<State>

    init(_ body: FileBody, threads: ThreadPool?) throws {
        (self.body, self.threads) = (body, threads)
        state = Mutex(State(digest: try MultiDigest(body.digests)))
    }

    var fault: TransportError.FileFault? { state.withLock { $0.fault } }
    /// The digests only once everything was sent.
    var sent: Transferred {
        state.withLock { state in
            let isWhole = state.offset == body.length
            return Transferred(byteCount: state.offset, digests: isWhole ? state.digest.finish() : [:])
        }
    }

    func next() async throws -> [UInt8]? {
        try Task.checkCancellation()
        let offset = state.withLock { $0.offset }
        let count = Int(min(Self.partSize, body.length - offset))
        guard count > 0 else { return nil }
        let body = body
        let part = await threads.run { Self.read(body, count, at: offset) }
        switch part {
        case .failure(let fault):
            state.withLock { $0.fault = fault }
            throw fault
        case .success(let bytes):
            let moved = state.withLock { state in
                state.digest.update(bytes)
                state.offset += Int64(bytes.count)
                return state.offset
            }
            body.progress?.record(moved)
            return bytes
        }
    }

    private static func read(_ body: FileBody, _ count: Int, at offset: Int64) -> Result<[UInt8], TransportError.FileFault> {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(body.descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(body.offset + offset) + off_t(done))
            }
            if got > 0 {
                done += got
            } else if got == 0 {
                return .failure(.short(at: offset + Int64(done), expected: body.length))
            } else if errno != EINTR {
                return .failure(.errno(errno, at: offset + Int64(done)))
            }
        }
        return .success(bytes)
    }
}

/// Writes a `FileSink` piece by piece.
private final class FileTarget: Sendable {
    private struct State {
        var written: Int64 = 0
        var digest: MultiDigest
    }
    private let sink: FileSink
    private let threads: ThreadPool?
    private let state: Mutex<State>

    init(_ sink: FileSink, threads: ThreadPool?) throws {
        (self.sink, self.threads) = (sink, threads)
        state = Mutex(State(digest: try MultiDigest(sink.digests)))
    }

    var received: Transferred { state.withLock { Transferred(byteCount: $0.written, digests: $0.digest.finish()) } }

    func write(_ part: [UInt8]) async throws {
        try Task.checkCancellation()
        let (sink, offset) = (sink, state.withLock { $0.written })
        if let fault = await threads.run({ Self.write(part, sink, at: offset) }) { throw fault }
        let moved = state.withLock { state in
            state.digest.update(part)
            state.written += Int64(part.count)
            return state.written
        }
        sink.progress?.record(moved)
    }

    private static func write(_ part: [UInt8], _ sink: FileSink, at offset: Int64) -> TransportError.FileFault? {
        var done = 0
        while done < part.count {
            let put = part.withUnsafeBytes { buffer in
                pwrite(sink.descriptor, buffer.baseAddress.map { $0 + done }, part.count - done, off_t(sink.offset + offset) + off_t(done))
            }
            if put >= 0 {
                done += put
            } else if errno != EINTR {
                return .errno(errno, at: offset + Int64(done))
            }
        }
        return nil
    }
}

extension ThreadPool? {
    /// Runs blocking work on the pool; on the spot without one, or when it takes no more.
    fileprivate func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        guard let pool = self else { return work() }
        return await withCheckedContinuation { continuation in
            if !pool.submit({ continuation.resume(returning: work()) }) { continuation.resume(returning: work()) }
        }
    }
}
