import ContentLibraryAPI
import Digests
import HTTPTransport
import Synchronization

extension ContentLibraryClient {
    /// Sends a file to an endpoint that a session gave. Any 2xx for the whole length is good; nothing is tried twice.
    ///
    /// Throws `TransferRefusal` for any other answer, `EndpointError` for an endpoint that must not be used, `TransportError` without an answer.
    public func upload(_ body: FileBody, to endpoint: TransferEndpoint) async throws -> Transferred {
        var request = try await request("PUT", endpoint)
        request.headers.append("Content-Type", "application/octet-stream")
        request.body = .file(body)
        let response = try await transfer.send(request)
        guard response.isSuccess else { throw TransferRefusal(response, request, peer: try Origin(ofURL: request.url)) }
        return response.sent ?? Transferred(byteCount: body.length, digests: [:])
    }

    /// Receives a file into a descriptor. Whether it is whole is for the caller to say: an answer without a length may end early unnoticed.
    public func download(from endpoint: TransferEndpoint, to sink: FileSink) async throws -> Transferred {
        var request = try await request("GET", endpoint)
        request.sink = .file(sink)
        let response = try await transfer.send(request)
        guard response.isSuccess else { throw TransferRefusal(response, request, peer: try Origin(ofURL: request.url)) }
        return response.received ?? Transferred(byteCount: 0, digests: [:])
    }

    /// Receives a small file into memory.
    public func download(from endpoint: TransferEndpoint, limit: Int) async throws -> [UInt8] {
        var request = try await request("GET", endpoint)
        request.sink = .memory(limit: limit)
        let response = try await transfer.send(request)
        guard response.isSuccess else { throw TransferRefusal(response, request, peer: try Origin(ofURL: request.url)) }
        return response.body
    }

    /// A request to an endpoint that may be used, with the trust that it asks for.
    private func request(_ method: String, _ endpoint: TransferEndpoint) async throws -> HTTPTransport.Request {
        let url = EndpointURL.wire(endpoint.uri)
        let peer: Origin
        do { peer = try Origin(ofURL: url) } catch { throw EndpointError.unreadable(error.description) }
        try check(peer)
        var request = HTTPTransport.Request(method: method, url: url, timeouts: configuration.transferTimeouts)
        request.trust = try Self.trust(endpoint)
        // The URL alone is enough for a vCenter; the simulator wants the header, which no other host may see.
        if peer == origin { request.headers.append("vmware-api-session-id", try await loggedIn(replacing: nil).session) }
        return request
    }

    private func check(_ peer: Origin) throws(EndpointError) {
        let isKnown = peer.host == origin.host || configuration.transferHosts.contains { Self.names($0, peer) }
        guard isKnown else { throw .foreignHost(peer.host, server: origin.host) }
        guard peer.scheme == "https" || origin.scheme == "http" || configuration.allowPlaintext else { throw .plaintext(peer.host) }
    }

    private static func names(_ entry: String, _ peer: Origin) -> Bool {
        let entry = entry.lowercased()
        return entry == peer.host || entry == peer.authority || "[\(entry)]" == peer.host
    }

    /// A certificate wins over a thumbprint; either replaces every other check. Without one, the transfer transport's own trust holds.
    private static func trust(_ endpoint: TransferEndpoint) throws(EndpointError) -> Trust? {
        do {
            if let pem = endpoint.sslCertificate, !pem.isEmpty { return .pinned(try Thumbprint(ofPEM: pem)) }
            if let text = endpoint.sslCertificateThumbprint, !text.isEmpty { return .pinned(try Thumbprint(text)) }
            return nil
        } catch { throw .certificate("\(error)") }
    }
}

/// A transfer endpoint that the client does not use.
public enum EndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable(String)
    /// Neither the server's own host nor one of the allowed ones.
    case foreignHost(String, server: String)
    case plaintext(String)
    case certificate(String)

    public var description: String {
        switch self {
        case .unreadable(let problem): "the server gave a transfer address that cannot be used: \(problem)"
        case .foreignHost(let host, let server):
            "the server \(server) gave a transfer address on \(host), which is not allowed: if that is right, add the host to transfer_hosts"
        case .plaintext(let host): "the server gave a transfer address on \(host) without TLS: if that is right, allow plaintext"
        case .certificate(let problem): "the server gave a transfer address with a certificate that cannot be read: \(problem)"
        }
    }
}

/// An answer to a transfer that is no success. Holds no URL: it is a capability.
public struct TransferRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    public var status: Int
    /// `host:port`.
    public var peer: String
    /// What the server said, in one line.
    public var detail: String
    public var retryAfter: Duration?

    init(_ response: HTTPTransport.Response, _ request: HTTPTransport.Request, peer: Origin) {
        (status, self.peer) = (response.status, peer.authority)
        retryAfter = PostponedError.delay(response.headers["Retry-After"])
        detail = EndpointURL.excerpt(of: response.body, withoutPathOf: request.url)
    }

    public var description: String {
        let (what, tail) = (detail.isEmpty ? "" : ": \(detail)", status == 404 || status == 403 ? "; the session may have ended" : "")
        return "\(peer) answered the transfer with HTTP \(status)\(what)\(tail)"
    }
}
