import COpenSSL

/// A key on the curve P-256 and a certificate for it, to sign manifests with.
final class TestSigner: @unchecked Sendable {
    // Sendable: set once in init, and only read by OpenSSL afterwards.
    private let key: OpaquePointer
    private let certificate: OpaquePointer
    /// As PEM, its own first, then that of who issued it, and so on.
    let chain: [String]

    struct Failure: Error {}

    /// - Parameters:
    ///   - notBefore, notAfter: in seconds since 1970.
    ///   - issuer: who signs the certificate; it does so itself without one.
    init(_ name: String = "Acme", notBefore: Int64, notAfter: Int64, by issuer: TestSigner? = nil) throws {
        let key = try Self.makeKey()
        self.key = key
        guard let certificate = X509_new(), let subject = X509_get_subject_name(certificate) else { throw Failure() }
        self.certificate = certificate
        let common = Array(name.utf8)
        guard X509_set_version(certificate, 2) == 1, ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1,
            ASN1_TIME_set(X509_getm_notBefore(certificate), Int(notBefore)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(certificate), Int(notAfter)) != nil,
            X509_set_pubkey(certificate, key) == 1,
            X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, Int32(common.count), -1, 0) == 1,
            X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0.certificate) } ?? subject) == 1,
            X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0
        else { throw Failure() }
        chain = [try Self.text(certificate)] + (issuer?.chain ?? [])
    }

    convenience init(_ name: String = "Acme", valid validity: ClosedRange<Int64>, by issuer: TestSigner? = nil) throws {
        try self.init(name, notBefore: validity.lowerBound, notAfter: validity.upperBound, by: issuer)
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// The `.cert` that signs a manifest of these bytes.
    func certificateFile(for manifest: [UInt8], named name: String = "vm.mf") throws -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw Failure() }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 256)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, manifest, manifest.count) == 1
        else { throw Failure() }
        let digits = Array("0123456789abcdef")
        let hex = String(signature.prefix(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        return Array(("SHA256(\(name))= \(hex)\n" + chain.joined()).utf8)
    }

    private static func makeKey() throws -> OpaquePointer {
        guard let generator = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { throw Failure() }
        defer { EVP_PKEY_CTX_free(generator) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(generator) == 1, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(generator, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(generator, &key) == 1, let key
        else { throw Failure() }
        return key
    }

    private static func text(_ certificate: OpaquePointer) throws -> String {
        guard let memory = BIO_new(BIO_s_mem()) else { throw Failure() }
        defer { BIO_free(memory) }
        guard PEM_write_bio_X509(memory, certificate) == 1 else { throw Failure() }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = BIO_read(memory, &bytes, Int32(bytes.count))
        guard count > 0 else { throw Failure() }
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }
}
