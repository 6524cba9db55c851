import COpenSSL
import Digests

/// An X.509 certificate: what of it a person is shown, and the key in it.
public struct Certificate: Sendable, Equatable {
    /// In the form of RFC 2253, as `CN=Acme,O=Acme Ltd`, with letters beyond ASCII as they are.
    public let subject: String
    public let issuer: String
    /// Whether its own key signed it.
    public let isSelfSigned: Bool
    /// Seconds since 1970.
    public let notBefore: Int64
    public let notAfter: Int64
    /// The block that was read, with a line feed at the end of each line.
    public let pem: String
    public let der: [UInt8]

    /// Reads one PEM block.
    init?(pem: [UInt8]) {
        defer { ERR_clear_error() }
        // Without a callback OpenSSL would ask the terminal for the password of a block that says it is encrypted.
        guard let certificate = Self.reading(pem, { PEM_read_bio_X509($0, nil, { _, _, _, _ in -1 }, nil) }) else { return nil }
        defer { X509_free(certificate) }
        guard let der = Self.der(of: certificate), let subject = Self.text(of: X509_get_subject_name(certificate)),
            let issuer = Self.text(of: X509_get_issuer_name(certificate)), let notBefore = Self.seconds(X509_get0_notBefore(certificate)),
            let notAfter = Self.seconds(X509_get0_notAfter(certificate))
        else { return nil }
        (self.der, self.subject, self.issuer, self.notBefore, self.notAfter) = (der, subject, issuer, notBefore, notAfter)
        isSelfSigned =
            X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0
            && X509_get0_pubkey(certificate).map { X509_verify(certificate, $0) == 1 } ?? false
        self.pem = String(decoding: pem, as: UTF8.self)
    }

    /// Whether the signature is one of these bytes by the certificate's key; nil if the key can make no such signature.
    func verifies(_ hex: String, of bytes: [UInt8], _ algorithm: DigestAlgorithm) -> Bool? {
        defer { ERR_clear_error() }
        let signature = Self.bytes(ofHexadecimal: hex)
        let method =
            switch algorithm {
            case .md5: EVP_md5()
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha512: EVP_sha512()
            }
        let certificate = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509(nil, &start, buffer.count)
        }
        guard let certificate else { return nil }
        defer { X509_free(certificate) }
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard let key = X509_get0_pubkey(certificate), EVP_DigestVerifyInit(context, nil, method, nil, key) == 1 else { return nil }
        // Zero is another signature, and less is one that no key of that kind can have made.
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }

    private static func bytes(ofHexadecimal hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap(hexadecimalDigit)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func reading<Value>(_ bytes: [UInt8], _ read: (OpaquePointer) -> Value?) -> Value? {
        bytes.withUnsafeBytes { buffer in
            guard let memory = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
            defer { BIO_free(memory) }
            return read(memory)
        }
    }

    private static func der(of certificate: OpaquePointer) -> [UInt8]? {
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        var der = [UInt8](repeating: 0, count: Int(count))
        let written = der.withUnsafeMutableBufferPointer { buffer in
            var end = buffer.baseAddress
            return i2d_X509(certificate, &end)
        }
        return written == count ? der : nil
    }

    private static func text(of name: OpaquePointer?) -> String? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard X509_NAME_print_ex(memory, name, 0, COPENSSL_XN_FLAG_RFC2253 & ~UInt(ASN1_STRFLGS_ESC_MSB)) >= 0 else { return nil }
        var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1024))
        while true {
            let count = BIO_read(memory, &buffer, Int32(buffer.count))
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text.append(contentsOf: buffer[..<Int(count)])
        }
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
        defer { ASN1_STRING_free(epoch) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86400 + Int64(seconds)
    }
}
