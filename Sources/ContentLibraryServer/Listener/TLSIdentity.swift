import Digests
import NIOCore
import NIOSSL

/// The certificate and the key that a listener shows.
public struct TLSIdentity: Sendable {
    /// SHA-1 of the certificate's DER form, `AA:BB:...`: what transfer endpoints carry.
    public let thumbprint: String
    let configuration: TLSConfiguration

    /// Reads PEM files; the certificate's file may go on with its chain. Blocks. Throws `StartupError`.
    public init(certificate: String, key: String) throws {
        let chain: [NIOSSLCertificate]
        let privateKey: NIOSSLPrivateKey
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw StartupError.certificate(path: certificate, why: "no certificate can be read from it (\(Self.reason(certificate, error)))")
        }
        guard let leaf = chain.first else { throw StartupError.certificate(path: certificate, why: "there is no certificate in it") }
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw StartupError.certificate(path: key, why: "no private key can be read from it (\(Self.reason(key, error)))")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        // How long a client is waited for that does not say goodbye: an idle one keeps a shutdown from ending.
        configuration.shutdownTimeout = .seconds(2)
        // Building a context is what notices that key and certificate are not a pair.
        do { _ = try NIOSSLContext(configuration: configuration) } catch {
            throw StartupError.certificate(path: certificate, why: "it does not go with the key \(key) (\(error))")
        }
        thumbprint = try Thumbprint(ofDER: leaf.toDERBytes(), .sha1).description
        self.configuration = configuration
    }

    private static func reason(_ path: String, _ error: any Error) -> String {
        do { _ = try FileSystem.read(path) } catch { return error.reason }
        return "\(error)"
    }

    /// The self-signed identity kept in `directory`, made there if it is missing. `names` are further host names and addresses for a new one. Blocks.
    public static func selfSigned(in directory: String, names: [String]) throws -> TLSIdentity {
        let (certificate, key) = ("\(directory)/tls-cert.pem", "\(directory)/tls-key.pem")
        if FileSystem.fileSize(certificate) == nil || FileSystem.fileSize(key) == nil {
            do {
                try FileSystem.makeDirectories(directory)
                let made = try SelfSignedCertificate.make(names: names)
                // The key first: a certificate without its key would never be replaced.
                try FileSystem.replace(key, with: made.key, mode: 0o600)
                try FileSystem.replace(certificate, with: made.certificate, mode: 0o644)
            } catch let error as SystemCallError {
                throw StartupError.dataDirectory(path: directory, why: error.description)
            }
        }
        return try TLSIdentity(certificate: certificate, key: key)
    }
}
