import ContentLibraryAPI

/// The addresses that clients get for their transfers.
struct Endpoints: Sendable {
    /// Instead of what requests name.
    let publicURL: String?
    let scheme: ServerConfiguration.Scheme

    static let path = "/cls/data/"

    /// `https://host:port`, where a request with this Host header reached the server. A host that cannot stand in a URL counts as none.
    func base(host: String?) -> String {
        if let publicURL { return publicURL }
        guard let host, Self.isHost(host) else { return "\(scheme.name)://localhost" }
        return "\(scheme.name)://\(host)"
    }

    private static func isHost(_ host: String) -> Bool {
        1...300 ~= host.utf8.count
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
                default: false
                }
            }
    }

    func endpoint(_ key: TransferKey, name: String, base: String) -> TransferEndpoint {
        TransferEndpoint(uri: "\(base)\(Self.path)\(key.text)/\(percentEncode(name))", sslCertificateThumbprint: scheme.thumbprint)
    }

    /// What a request for transfer data names: the key, and the file's name for those who read logs.
    static func key(of request: HTTPRequest) -> (key: TransferKey, name: String)? {
        guard request.path.hasPrefix(path) else { return nil }
        let parts = request.path.dropFirst(path.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let key = TransferKey(parts[0]), let name = percentDecode(parts[1]) else { return nil }
        return (key, name)
    }
}
