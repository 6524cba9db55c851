import Glibc
import StrictTOML

/// A host, and a port where one is named.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// Lower case; an IPv6 address without its brackets.
    var host: String
    var port: Int?

    /// `host`, `host:port`, `[address]` or `[address]:port`; nil for anything else.
    init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        let end: String.Index
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<bracket])
            guard Self.bytes(of: host, AF_INET6) != nil else { return nil }
            end = text.index(after: bracket)
        } else {
            end = text.firstIndex(of: ":") ?? text.endIndex
            host = String(text[..<end])
            guard Self.isName(host) else { return nil }
        }
        if end < text.endIndex {
            guard text[end] == ":", let port = Self.port(text[text.index(after: end)...]) else { return nil }
            self.port = port
        }
    }

    /// Whether the name can only mean this machine.
    var isLoopback: Bool {
        if host == "localhost" { return true }
        if let address = Self.bytes(of: host, AF_INET) { return address[0] == 127 }
        guard let address = Self.bytes(of: host, AF_INET6) else { return false }
        return address == [UInt8](repeating: 0, count: 15) + [1]
    }

    var description: String { (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "") }

    private static func isName(_ text: String) -> Bool {
        // RFC 1123, and the underscore that some sites use.
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
    }

    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        guard let port = Int(text), (1...65_535).contains(port) else { return nil }
        return port
    }

    /// The bytes of a numeric address.
    private static func bytes(of text: String, _ family: Int32) -> [UInt8]? {
        var address = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
        return inet_pton(family, text, &address) == 1 ? address : nil
    }
}

/// The server's address: a scheme, a host, a port, and nothing after them.
struct ServerURL: Hashable, Sendable, CustomStringConvertible {
    enum Scheme: String, Sendable { case https, http }

    var scheme: Scheme
    /// The port as it was written; nil means the scheme's.
    var address: HostPort

    var port: Int { address.port ?? (scheme == .https ? 443 : 80) }
    /// Without a slash at the end.
    var description: String { "\(scheme.rawValue)://\(address)" }

    init(_ text: String) throws(TextRefusal) {
        let (scheme, rest) = try URLText.split(text)
        guard let scheme = Scheme(rawValue: scheme) else { throw .mismatch }
        self.scheme = scheme
        address = try URLText.address(rest)
    }
}

/// The parts of a URL that the configuration takes.
enum URLText {
    /// The lower-case scheme, and what follows its two slashes. What stands before an `@` may be a password: no message repeats such a text.
    static func split(_ text: String) throws(TextRefusal) -> (scheme: String, rest: Substring) {
        if text.contains("@") { throw .reason("must not hold a user or a password") }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .mismatch }
        return (parts[0].lowercased(), parts[1])
    }

    /// The host and the port, if nothing else follows.
    static func address(_ rest: Substring) throws(TextRefusal) -> HostPort {
        let authority = rest.prefix { !"/?#".contains($0) }
        let tail = rest[authority.endIndex...]
        guard tail.isEmpty || tail == "/" else { throw .reason("must end after the host and the port, without a path") }
        guard let address = HostPort(authority) else { throw .mismatch }
        return address
    }
}

extension ConfigurationKind where Value == ServerURL {
    static var serverURL: ConfigurationKind {
        .text("a URL such as \"https://vcenter.example.com\"") { (text: String) throws(TextRefusal) -> ServerURL in try ServerURL(text) }
    }
}

extension ConfigurationKind where Value == HostPort {
    static var hostPort: ConfigurationKind {
        .text("a host such as \"esx1.example.com\" or \"esx1.example.com:443\"") { (text: String) throws(TextRefusal) -> HostPort in
            guard let address = HostPort(text) else { throw .mismatch }
            return address
        }
    }
}

extension ConfigurationKind where Value == String {
    /// A URL that libcurl takes as a proxy, or nothing.
    static var proxyURL: ConfigurationKind {
        .text("a URL such as \"http://proxy.example.com:3128\", or \"\"") { (text: String) throws(TextRefusal) -> String in
            if text.isEmpty { return text }
            let (scheme, rest) = try URLText.split(text)
            guard ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(scheme) else { throw .mismatch }
            return "\(scheme)://\(try URLText.address(rest))"
        }
    }
}
