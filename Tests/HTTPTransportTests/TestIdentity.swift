import COpenSSL
import Digests

/// A key and a self-signed certificate for 127.0.0.1 and localhost, made for one test.
final class TestIdentity: @unchecked Sendable {
    // Sendable: set once in init; OpenSSL counts its references with locks of its own.
    let context: OpaquePointer
    let pem: String
    let sha1: Thumbprint
    let sha256: Thumbprint

    struct Failure: Error {}

    /// - Parameter oldest: speaks nothing newer than TLS 1.1.
    init(names: String = "IP:127.0.0.1,DNS:localhost", oldest: Bool = false) throws {
        let key = try Self.makeKey()
        defer { EVP_PKEY_free(key) }
        let certificate = try Self.makeCertificate(key, names)
        defer { X509_free(certificate) }
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw Failure() }
        self.context = context
        if oldest {
            SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0")
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_VERSION), nil)
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_1_VERSION), nil)
        }
        guard SSL_CTX_use_certificate(context, certificate) == 1, SSL_CTX_use_PrivateKey(context, key) == 1 else { throw Failure() }
        pem = try Self.text(certificate)
        (sha1, sha256) = (try Thumbprint(ofPEM: pem, .sha1), try Thumbprint(ofPEM: pem))
    }

    deinit { SSL_CTX_free(context) }

    private static func makeKey() throws -> OpaquePointer {
        guard let generator = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { throw Failure() }
        defer { EVP_PKEY_CTX_free(generator) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(generator) == 1, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(generator, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(generator, &key) == 1, let key
        else { throw Failure() }
        return key
    }

    private static func makeCertificate(_ key: OpaquePointer, _ names: String) throws -> OpaquePointer {
        guard let certificate = X509_new(), let name = X509_get_subject_name(certificate) else { throw Failure() }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 86400)
        X509_set_pubkey(certificate, key)
        let common = Array("server.test".utf8)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, Int32(common.count), -1, 0)
        X509_set_issuer_name(certificate, name)
        guard let alternative = X509V3_EXT_conf_nid(nil, nil, NID_subject_alt_name, names) else { throw Failure() }
        defer { X509_EXTENSION_free(alternative) }
        guard X509_add_ext(certificate, alternative, -1) == 1, X509_sign(certificate, key, EVP_sha256()) > 0 else { throw Failure() }
        return certificate
    }

    private static func text(_ certificate: OpaquePointer) throws -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { throw Failure() }
        defer { BIO_free(bio) }
        guard PEM_write_bio_X509(bio, certificate) == 1 else { throw Failure() }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        guard count > 0 else { throw Failure() }
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }
}
