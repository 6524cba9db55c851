import CCurl

/// Scheme, host and port of a URL, as libcurl itself reads it.
public struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// Lower case; an IPv6 address keeps its brackets.
    public let host: String
    public let port: Int

    /// Refuses what the transport would refuse: another scheme, user information, an unreadable URL.
    public init(ofURL url: String) throws(TransportError) {
        func refused(_ detail: String) -> TransportError { TransportError(.badRequest(detail: detail), peer: "", isBeforeSending: true) }
        guard let parts = curl_url() else { throw refused("out of memory") }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK else { throw refused("the URL is malformed") }
        guard let scheme = Self.part(parts, CURLUPART_SCHEME), scheme == "http" || scheme == "https" else { throw refused("the URL is neither http nor https") }
        // RFC 3986: two slashes, and the host. libcurl takes one or three as well, and what follows them, be it a path, for the host.
        let rest = url.utf8.drop { $0 != UInt8(ascii: ":") }
        guard rest.starts(with: "://".utf8), !rest.starts(with: ":///".utf8), let host = Self.part(parts, CURLUPART_HOST), !host.isEmpty
        else { throw refused("the URL has no host") }
        guard let port = Self.part(parts, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) }) else { throw refused("the URL has no port") }
        (self.scheme, self.host, self.port) = (scheme, host.lowercased(), port)
    }

    private static func part(_ parts: OpaquePointer, _ what: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parts, what, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// `host:port`.
    public var authority: String { "\(host):\(port)" }
    public var description: String { "\(scheme)://\(authority)" }

    /// An address of this machine itself, which no proxy can reach on our behalf.
    public var isLoopback: Bool {
        host == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && host.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 })
    }
}
