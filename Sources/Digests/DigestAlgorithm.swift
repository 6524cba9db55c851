/// A digest that the Content Library API can carry. The raw value is the API's own word for it.
public enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
    case md5 = "MD5"
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case sha512 = "SHA512"

    /// The length of the digest in bytes; its hexadecimal form is twice as long.
    public var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// OpenSSL's name of it.
    var fetchName: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha256: "SHA2-256"
        case .sha512: "SHA2-512"
        }
    }

    /// The digest of `bytes`, as lower-case hexadecimal digits.
    public func hexDigest(of bytes: some Collection<UInt8>) throws(DigestError) -> String {
        let digest = try MultiDigest([self])
        digest.update(Array(bytes))
        return digest.finish()[self] ?? ""
    }
}

/// Why a digest cannot be computed.
public enum DigestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system's OpenSSL refuses the algorithm, as it does with MD5 under a FIPS policy.
    case unavailable(DigestAlgorithm)

    public var description: String {
        switch self {
        case .unavailable(let algorithm):
            "OpenSSL does not offer \(algorithm.rawValue) on this system (a FIPS policy?); choose another checksum algorithm"
        }
    }
}
