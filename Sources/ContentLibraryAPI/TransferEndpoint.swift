/// A URL to take bytes from or to send them to, and the certificate expected there. It is a capability: who knows it may use it.
public struct TransferEndpoint: Structure {
    public var uri: String
    /// SHA-1 of the DER certificate, pairs of hexadecimal digits joined by `:`, of either case. Set: nothing else about the certificate is checked.
    public var sslCertificateThumbprint: String?
    /// PEM; 9.x. Takes precedence over the thumbprint.
    public var sslCertificate: String?

    public init(uri: String, sslCertificateThumbprint: String? = nil, sslCertificate: String? = nil) {
        (self.uri, self.sslCertificateThumbprint, self.sslCertificate) = (uri, sslCertificateThumbprint, sslCertificate)
    }

    public static let shape = Shape(
        "com.vmware.content.library.item.transfer_endpoint", Self.init,
        ("uri", \.uri), ("ssl_certificate_thumbprint", \.sslCertificateThumbprint), ("ssl_certificate", \.sslCertificate))
}
