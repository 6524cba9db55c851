import Digests

/// Why a request got no answer. Never holds a URL's path, which may be a secret, nor a header.
public struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The request itself cannot be sent.
        case badRequest(detail: String)
        case cannotResolve(host: String)
        case cannotConnect(detail: String)
        case connectTimeout(Duration)
        case proxy(detail: String)
        /// The TLS handshake failed for another reason than the certificate.
        case tls(detail: String)
        /// The server's certificate is not trusted. `presented` is absent if no certificate was seen.
        case untrusted(presented: Thumbprint?, expected: Thumbprint?, detail: String)
        /// No byte moved for so long.
        case stalled(Stall, Duration)
        case connectionLost(detail: String)
        /// A 2xx came before the whole body was sent: nobody can say what the server kept.
        case answeredEarly(status: Int, sent: Int64, of: Int64)
        /// The file being sent could not be read.
        case source(FileFault)
        /// The file being received could not be written.
        case sink(FileFault)
        /// The answer is longer than the request's limit, in bytes.
        case tooLarge(limit: Int)
        /// The loop was closed.
        case closed
        case other(detail: String)
    }
    public enum Stall: String, Sendable { case sending, answering, receiving }

    /// What happened to a file on this side.
    public enum FileFault: Error, Equatable, CustomStringConvertible {
        /// The file ended early; offsets count from the start of the body.
        case short(at: Int64, expected: Int64)
        case errno(Int32, at: Int64)
        case digest(DigestError)

        public var description: String {
            switch self {
            case .short(let at, let expected): "it ended after \(at) of \(expected) bytes; it changed while it was being sent"
            case .errno(let code, let at): "\(systemMessage(code)) (errno \(code)) at byte \(at)"
            case .digest(let error): error.description
            }
        }
    }

    public var reason: Reason
    /// `host:port` of the server; empty where the URL could not be read.
    public var peer: String
    /// No byte of the request can have reached the server: sending it again cannot do anything twice.
    public var isBeforeSending: Bool

    public init(_ reason: Reason, peer: String, isBeforeSending: Bool) {
        (self.reason, self.peer, self.isBeforeSending) = (reason, peer, isBeforeSending)
    }

    /// Whether the same request may well succeed later without anybody changing anything.
    public var isTransient: Bool {
        switch reason {
        case .cannotResolve, .cannotConnect, .connectTimeout, .proxy, .stalled, .connectionLost: true
        case .badRequest, .tls, .untrusted, .answeredEarly, .source, .sink, .tooLarge, .closed, .other: false
        }
    }

    /// One line: what, and what to do.
    public var description: String {
        switch reason {
        case .badRequest(let detail): "the request cannot be sent: \(detail)"
        case .cannotResolve(let host): "cannot resolve \(host): check the server's name and the DNS configuration"
        case .cannotConnect(let detail): "cannot connect to \(peer): \(detail); check that the server runs and that nothing blocks the port"
        case .connectTimeout(let limit): "cannot connect to \(peer) within \(seconds(limit)) s; check that the server runs and that nothing blocks the port"
        case .proxy(let detail): "the proxy refused or failed on the way to \(peer): \(detail); check the proxy setting"
        case .tls(let detail): "TLS with \(peer) failed: \(detail); it takes TLS 1.2 or newer"
        case .untrusted(let presented, let expected, let detail): untrusted(presented, expected, detail)
        case .stalled(let what, let limit): "\(peer) stopped \(stall(what)): no byte moved for \(seconds(limit)) s"
        case .connectionLost(let detail): "the connection to \(peer) was lost: \(detail)"
        case .answeredEarly(let status, let sent, let total): "\(peer) answered \(status) after \(sent) of \(total) bytes: the upload does not count"
        case .source(let fault): "the file being sent to \(peer) cannot be read: \(fault)"
        case .sink(let fault): "what \(peer) sent cannot be written: \(fault)"
        case .tooLarge(let limit): "the answer of \(peer) is longer than \(limit) bytes"
        case .closed: "the transport is closed"
        case .other(let detail): "the request to \(peer) failed: \(detail)"
        }
    }

    private func untrusted(_ presented: Thumbprint?, _ expected: Thumbprint?, _ detail: String) -> String {
        guard let presented else { return "the certificate of \(peer) is not trusted: \(detail)" }
        guard let expected else {
            return "the certificate of \(peer) is not trusted: \(detail); its thumbprint is \(presented): if that is the right server, set it or its CA file"
        }
        return "the certificate of \(peer) has the thumbprint \(presented), not the expected \(expected): check the server, then the configured thumbprint"
    }

    private func stall(_ what: Stall) -> String {
        switch what {
        case .sending: "taking the upload"
        case .answering: "short of an answer"
        case .receiving: "in the middle of its answer"
        }
    }

    private func seconds(_ limit: Duration) -> Int64 { limit.components.seconds }
}
