import Glibc

/// Which hosts this server fetches pulled files from.
public struct PullHosts: Sendable, Hashable {
    private enum Host: Sendable, Hashable {
        case exactly(String)
        /// Every name below a domain, at any depth.
        case below(String)
    }

    /// Nil: all.
    private let hosts: [Host]?

    private init(_ hosts: [Host]?) { self.hosts = hosts }

    /// No limit.
    public static let all = PullHosts(nil)

    /// Reads `HOST,...`: names, addresses (IPv6 with or without brackets), or `*.DOMAIN`. An empty text admits nothing. Nil for what is none of these.
    public init?(_ text: String) {
        var hosts: [Host] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            guard let host = Self.host(String(part.drop { $0 == " " })) else { return nil }
            hosts.append(host)
        }
        self.hosts = hosts
    }

    private static func host(_ text: String) -> Host? {
        if text.hasPrefix("*.") {
            let domain = text.dropFirst(2).lowercased()
            return isName(domain) ? .below("." + domain) : nil
        }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        if bare.contains(":") {
            var address = in6_addr()
            return inet_pton(AF_INET6, bare, &address) == 1 ? .exactly("[\(bare.lowercased())]") : nil
        }
        return isName(bare) ? .exactly(bare.lowercased()) : nil
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty && label.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0)) }
        }
    }

    /// - Parameter host: as `Origin` has it: lower case, an IPv6 address in brackets.
    func admits(_ host: String) -> Bool {
        guard let hosts else { return true }
        // A name may be written with the root's dot.
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return hosts.contains { admitted in
            switch admitted {
            case .exactly(let text): name == text
            case .below(let suffix): name.hasSuffix(suffix)
            }
        }
    }
}
