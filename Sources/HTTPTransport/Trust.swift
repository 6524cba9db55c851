import COpenSSL
import Digests
import Glibc

/// Which servers a TLS connection may reach. TLS 1.2 is the least in all cases.
public enum Trust: Sendable, Hashable {
    /// The system's certificate authorities, and the host name must match.
    case system
    /// These certificates (PEM) and no others, and the host name must match. A server's own self-signed certificate may be among them.
    case authorities(pem: [UInt8])
    /// The server's certificate has this thumbprint; nothing else is checked.
    case pinned(Thumbprint)

    /// Reads a PEM file. Blocks on the disk.
    public static func authorities(fromFile path: String) throws(TrustError) -> Trust {
        guard let file = fopen(path, "re") else { throw .unreadable(path: path, errno: errno) }
        defer { fclose(file) }
        var pem: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            pem += chunk.prefix(count)
            guard pem.count <= 1 << 24 else { throw .noCertificate(path: path) }
        }
        guard ferror(file) == 0 else { throw .unreadable(path: path, errno: errno) }
        guard holdsCertificate(pem) else { throw .noCertificate(path: path) }
        return .authorities(pem: pem)
    }

    private static func holdsCertificate(_ pem: [UInt8]) -> Bool {
        pem.withUnsafeBytes { bytes in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return false }
            defer {
                BIO_free(bio)
                ERR_clear_error()
            }
            // The terminal is never asked for a password.
            guard let certificate = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) else { return false }
            X509_free(certificate)
            return true
        }
    }
}

/// Why a file cannot be used as certificate authorities.
public enum TrustError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, errno: Int32)
    case noCertificate(path: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let code): "certificate file \(path) cannot be read: \(systemMessage(code))"
        case .noCertificate(let path): "certificate file \(path) holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        }
    }
}

/// The system's text for an errno value.
func systemMessage(_ code: Int32) -> String {
    String(cString: strerror(code))
}
