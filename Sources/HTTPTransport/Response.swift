import Digests

/// An answer of any status.
public struct Response: Sendable {
    public var status: Int
    public var headers: Headers
    /// Empty where the body went to a file.
    public var body: [UInt8]
    /// What a `FileBody` sent. Without digests if the server answered before the end, which only an answer other than 2xx may do.
    public var sent: Transferred?
    /// What a `FileSink` wrote.
    public var received: Transferred?

    public init(status: Int, headers: Headers = Headers(), body: [UInt8] = [], sent: Transferred? = nil, received: Transferred? = nil) {
        (self.status, self.headers, self.body, self.sent, self.received) = (status, headers, body, sent, received)
    }

    public var isSuccess: Bool { 200..<300 ~= status }
}

/// Bytes that went from or to a file.
public struct Transferred: Sendable, Hashable {
    public var byteCount: Int64
    /// Lower-case hexadecimal, one for each algorithm that was asked for.
    public var digests: [DigestAlgorithm: String]

    public init(byteCount: Int64, digests: [DigestAlgorithm: String]) { (self.byteCount, self.digests) = (byteCount, digests) }
}
