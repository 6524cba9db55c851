import COpenSSL
import Digests

/// Checks the server's certificate of one connection, and remembers what was presented. On the loop's thread only.
final class PeerCertificate {
    private let pin: Thumbprint?
    private(set) var presented: Thumbprint?
    /// Stands for the trust that the connection is made under, in this loop.
    private let mark: Int
    private let observer: PresentedCertificate?

    init(pin: Thumbprint?, mark: Int, shownTo observer: PresentedCertificate? = nil) { (self.pin, self.mark, self.observer) = (pin, mark, observer) }

    /// Makes `context` ask this object. The object must live until the handshake is over: without renegotiation it is never asked again.
    func install(in context: OpaquePointer) {
        SSL_CTX_set_ex_data(context, 0, UnsafeMutableRawPointer(bitPattern: mark))
        _ = SSL_CTX_set_options(context, COPENSSL_OP_NO_RENEGOTIATION)
        SSL_CTX_set_cert_verify_callback(
            context,
            { store, argument in
                guard let store, let argument else { return 0 }
                return Unmanaged<PeerCertificate>.fromOpaque(argument).takeUnretainedValue().verify(store) ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Whether a connection, maybe one that was made for another request, was made under this trust.
    func vouches(for connection: OpaquePointer) -> Bool {
        SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), 0) == UnsafeMutableRawPointer(bitPattern: mark)
    }

    private func verify(_ store: OpaquePointer) -> Bool {
        let certificate = X509_STORE_CTX_get0_cert(store)
        presented = certificate.flatMap { Self.thumbprint($0, pin?.algorithm ?? .sha256) }
        if let observer, let der = certificate.flatMap(Self.der) { observer.record(der) }
        guard let pin else { return X509_verify_cert(store) == 1 }
        guard presented == pin else {
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED)
            return false
        }
        X509_STORE_CTX_set_error(store, X509_V_OK)
        return true
    }

    private static func der(_ certificate: OpaquePointer) -> [UInt8]? {
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        var der = [UInt8](repeating: 0, count: Int(count))
        return der.withUnsafeMutableBufferPointer { buffer in
            var end = buffer.baseAddress
            return i2d_X509(certificate, &end) == count
        } ? der : nil
    }

    private static func thumbprint(_ certificate: OpaquePointer, _ algorithm: DigestAlgorithm) -> Thumbprint? {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, algorithm == .sha1 ? EVP_sha1() : EVP_sha256(), &bytes, &count) == 1 else { return nil }
        return try? Thumbprint(hexadecimal(bytes.prefix(Int(count))))
    }
}
