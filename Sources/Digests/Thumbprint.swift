import COpenSSL

/// The digest of a certificate's DER bytes: what names one certificate and no other.
///
/// Written `AA:BB:...` or `aabb...`; equality knows neither case nor colons.
public struct Thumbprint: Sendable, Hashable, CustomStringConvertible {
    /// `.sha1` or `.sha256`.
    public let algorithm: DigestAlgorithm
    /// Lower-case hexadecimal digits without separators.
    public let hex: String

    /// Reads 40 (SHA-1) or 64 (SHA-256) hexadecimal digits; colons, blanks around it and case do not matter.
    public init(_ text: String) throws(ThumbprintError) {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digits.append(byte | 0x20)
            case UInt8(ascii: ":"), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            default: throw .notHexadecimal(text)
            }
        }
        switch digits.count {
        case 40: algorithm = .sha1
        case 64: algorithm = .sha256
        default: throw .wrongLength(digits: digits.count)
        }
        hex = String(decoding: digits, as: UTF8.self)
    }

    /// The thumbprint of a certificate given as DER.
    public init(ofDER der: some Collection<UInt8>, _ algorithm: DigestAlgorithm = .sha256) throws {
        guard algorithm == .sha1 || algorithm == .sha256 else { throw ThumbprintError.unusable(algorithm) }
        self.algorithm = algorithm
        hex = try algorithm.hexDigest(of: der)
    }

    /// The thumbprint of the first certificate in a PEM text.
    public init(ofPEM pem: String, _ algorithm: DigestAlgorithm = .sha256) throws {
        let der = Array(pem.utf8).withUnsafeBytes { bytes -> [UInt8]? in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer {
                BIO_free(bio)
                ERR_clear_error()
            }
            // Without a callback OpenSSL would ask the terminal for the password of a block that says it is encrypted.
            guard let certificate = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) else { return nil }
            defer { X509_free(certificate) }
            let count = i2d_X509(certificate, nil)
            guard count > 0 else { return nil }
            var der = [UInt8](repeating: 0, count: Int(count))
            return der.withUnsafeMutableBufferPointer { buffer in
                var end = buffer.baseAddress
                return i2d_X509(certificate, &end) == count
            } ? der : nil
        }
        guard let der else { throw ThumbprintError.noCertificate }
        try self.init(ofDER: der, algorithm)
    }

    /// `AA:BB:...`, as vSphere shows it.
    public var description: String {
        var text: [UInt8] = []
        for (index, byte) in hex.utf8.enumerated() {
            if index > 0, index % 2 == 0 { text.append(UInt8(ascii: ":")) }
            text.append(byte >= UInt8(ascii: "a") ? byte & 0xdf : byte)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Why a text is no thumbprint.
public enum ThumbprintError: Error, Sendable, Equatable, CustomStringConvertible {
    case notHexadecimal(String)
    case wrongLength(digits: Int)
    case unusable(DigestAlgorithm)
    case noCertificate

    public var description: String {
        switch self {
        case .notHexadecimal(let text):
            "\"\(text)\" is no certificate thumbprint: it takes hexadecimal digits, with or without colons"
        case .wrongLength(let digits):
            "a certificate thumbprint has 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, not \(digits)"
        case .noCertificate:
            "no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        case .unusable(let algorithm):
            "a certificate thumbprint is SHA-1 or SHA-256, not \(algorithm.rawValue)"
        }
    }
}
