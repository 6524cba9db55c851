import COpenSSL
import Glibc

/// A new key on the curve P-256, and a certificate for it that it signs itself, good for ten years.
enum SelfSignedCertificate {
    /// Which step OpenSSL refused.
    struct Failure: Error, CustomStringConvertible {
        let step: String
        var description: String { "OpenSSL cannot make a certificate: \(step) failed" }
    }

    private static let lifetime = 10 * 365 * 24 * 3600

    /// Both as PEM. The certificate names localhost, this machine, and `names`.
    static func make(names: [String]) throws -> (certificate: [UInt8], key: [UInt8]) {
        let key = try makeKey()
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw Failure(step: "X509_new") }
        defer { X509_free(certificate) }
        try describe(certificate, names: ["localhost", hostName(), "127.0.0.1", "::1"] + names)
        guard X509_set_pubkey(certificate, key) == 1, X509_sign(certificate, key, EVP_sha256()) > 0 else { throw Failure(step: "signing") }
        return (
            try pem("the certificate") { PEM_write_bio_X509($0, certificate) },
            try pem("the key") { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        )
    }

    private static func makeKey() throws -> OpaquePointer {
        guard let context = EVP_PKEY_CTX_new_id(NID_X9_62_id_ecPublicKey, nil) else { throw Failure(step: "EVP_PKEY_CTX_new_id") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw Failure(step: "EVP_PKEY_keygen") }
        return key
    }

    private static func describe(_ certificate: OpaquePointer, names: [String]) throws {
        // Versions count from zero: this is version 3.
        guard X509_set_version(certificate, 2) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1...UInt64(Int64.max))) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime) != nil
        else { throw Failure(step: "describing the certificate") }
        let subject = X509_get_subject_name(certificate)
        for (field, value) in [("O", "content-library-server"), ("CN", String(names[1].prefix(64)))] {
            // MBSTRING_UTF8
            guard X509_NAME_add_entry_by_txt(subject, field, 0x1000, value, -1, -1, 0) == 1 else { throw Failure(step: "naming the subject") }
        }
        guard X509_set_issuer_name(certificate, subject) == 1 else { throw Failure(step: "naming the issuer") }
        var seen: Set<String> = []
        let alternatives = names.filter { seen.insert($0).inserted && isName($0) }.map { "\(isAddress($0) ? "IP" : "DNS"):\($0)" }
        try add(NID_subject_alt_name, alternatives.joined(separator: ","), to: certificate)
        try add(NID_basic_constraints, "critical,CA:TRUE", to: certificate)
        try add(NID_ext_key_usage, "serverAuth", to: certificate)
    }

    private static func add(_ extensionID: Int32, _ value: String, to certificate: OpaquePointer) throws {
        guard let made = X509V3_EXT_conf_nid(nil, nil, extensionID, value) else { throw Failure(step: "the extension \(value)") }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(certificate, made, -1) == 1 else { throw Failure(step: "the extension \(value)") }
    }

    private static func pem(_ what: String, _ write: (OpaquePointer) -> Int32) throws -> [UInt8] {
        guard let memory = BIO_new(BIO_s_mem()) else { throw Failure(step: "BIO_new") }
        defer { BIO_free(memory) }
        guard write(memory) == 1 else { throw Failure(step: "writing \(what)") }
        var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while true {
            let count = BIO_read(memory, &buffer, Int32(buffer.count))
            guard count > 0 else { return text }
            text.append(contentsOf: buffer[..<Int(count)])
        }
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What can stand in the list of names without being taken for more than one.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "_")
                    || Character(Unicode.Scalar(byte)).isLetter && byte < 128 || Character(Unicode.Scalar(byte)).isWholeNumber && byte < 128
            }
    }

    private static func isAddress(_ text: String) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
    }
}
