import Digests

/// One HTTP/1.1 request. Redirects are never followed, `Expect` is never sent, and a body always has a `Content-Length`.
public struct Request: Sendable {
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        case file(FileBody)
    }
    /// Where the body of a 2xx answer goes. The body of any other answer is kept in memory up to 64 KiB and cut there.
    public enum Sink: Sendable {
        /// Kept in memory; a longer body is `TransportError.Reason.tooLarge`.
        case memory(limit: Int)
        case file(FileSink)
    }

    public var method: String
    /// `http` or `https`, percent-encoded, without user information.
    public var url: String
    public var headers: Headers
    public var body: Body
    public var sink: Sink
    public var timeouts: Timeouts
    /// nil: what the loop trusts. Requests share a connection only with those of the same trust.
    public var trust: Trust?
    /// Told what the server shows; nil: nobody asks.
    public var certificate: PresentedCertificate?

    /// The default limit of an answer kept in memory, in bytes.
    public static let memoryLimit = 16 << 20

    public init(
        method: String, url: String, headers: Headers = Headers(), body: Body = .none, sink: Sink = .memory(limit: Request.memoryLimit),
        timeouts: Timeouts = .control, trust: Trust? = nil
    ) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
        (self.sink, self.timeouts, self.trust) = (sink, timeouts, trust)
    }
}

/// How long nothing may happen. There is no limit on the whole: a transfer may take days, as long as bytes move.
public struct Timeouts: Sendable, Hashable {
    /// Name resolution, connection and TLS handshake together.
    public var connect: Duration
    /// No byte moved in either direction while a body is under way. Waiting for our own disk does not count.
    public var stall: Duration
    /// From the last byte of the request to the first of the answer.
    public var answer: Duration

    public init(connect: Duration = .seconds(30), stall: Duration = .seconds(60), answer: Duration = .seconds(120)) {
        (self.connect, self.stall, self.answer) = (connect, stall, answer)
    }

    /// For calls that are answered at once.
    public static let control = Timeouts()
    /// For file transfers: a server may verify what it received before it answers.
    public static let transfer = Timeouts(answer: .seconds(600))
}

/// The bytes of a file from `offset` on, `length` of them: read ahead by a pool's threads, digested there beside the sending.
///
/// The descriptor is duplicated when the request starts and read with pread(2): the caller's own may be closed once `send` has returned,
/// its position does not move, and several requests may send the same descriptor at once.
public struct FileBody: Sendable {
    public var descriptor: Int32
    public var offset: Int64
    public var length: Int64
    public var digests: [DigestAlgorithm]
    /// Counts what was sent while the request runs.
    public var progress: TransferProgress?
    /// Which threads read it; nil: the loop's own. One pool for each source keeps a hung disk from stopping the others.
    public var threads: ThreadPool?

    public init(
        descriptor: Int32, offset: Int64 = 0, length: Int64, digests: [DigestAlgorithm] = [], progress: TransferProgress? = nil, threads: ThreadPool? = nil
    ) {
        (self.descriptor, self.offset, self.length) = (descriptor, offset, length)
        (self.digests, self.progress, self.threads) = (digests, progress, threads)
    }
}

/// Writes a body to a file from `offset` on, with pwrite(2) on a pool's threads, digested there. The descriptor is duplicated as in `FileBody`.
///
/// Nothing is truncated or synced. After an error or a cancellation some of the bytes may have been written.
public struct FileSink: Sendable {
    public var descriptor: Int32
    public var offset: Int64
    public var digests: [DigestAlgorithm]
    /// Counts what was received while the request runs.
    public var progress: TransferProgress?
    /// Which threads write it; nil: the loop's own.
    public var threads: ThreadPool?
    /// A longer body, in bytes, is `TransportError.Reason.tooLarge` as soon as it is seen to be one; nil: of any length.
    public var limit: Int64?

    public init(
        descriptor: Int32, offset: Int64 = 0, digests: [DigestAlgorithm] = [], progress: TransferProgress? = nil, threads: ThreadPool? = nil,
        limit: Int64? = nil
    ) {
        (self.descriptor, self.offset, self.digests, self.progress, self.threads) = (descriptor, offset, digests, progress, threads)
        self.limit = limit
    }
}
