/// A URL to take bytes from or to send them to, and the certificate expected there. It is a capability: who knows it may use it.
public struct TransferEndpoint: Structure, CustomStringConvertible, CustomReflectable {
    /// Opaque: it is used as it is, and logged nowhere.
    public var uri: String
    /// SHA-1 of the DER certificate, pairs of hexadecimal digits joined by `:`, of either case. Set: nothing else about the certificate is checked.
    public var sslCertificateThumbprint: String?
    /// PEM; 9.x. Takes precedence over the thumbprint.
    public var sslCertificate: String?

    public init(uri: String, sslCertificateThumbprint: String? = nil, sslCertificate: String? = nil) {
        (self.uri, self.sslCertificateThumbprint, self.sslCertificate) = (uri, sslCertificateThumbprint, sslCertificate)
    }

    /// Scheme and host alone: the rest of the URL is the secret.
    public var description: String {
        let parts = uri.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count > 2 ? parts.prefix(3).joined(separator: "/") + "/..." : "..."
    }
    public var customMirror: Mirror { Mirror(self, children: []) }

    public static let shape = Shape(
        "com.vmware.content.library.item.transfer_endpoint", Self.init,
        ("uri", \.uri), ("ssl_certificate_thumbprint", \.sslCertificateThumbprint), ("ssl_certificate", \.sslCertificate))
}
