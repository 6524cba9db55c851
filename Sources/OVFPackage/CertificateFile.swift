import COpenSSL
import Digests

/// What signs a package: a `.cert`, with the signature of the manifest and the certificate of the key that made it.
///
///     SHA256(package.mf)= 5f3c...
///     -----BEGIN CERTIFICATE-----
///     ...
///
/// Certificates that follow the first are its chain; other PEM blocks, as the time stamp (CMS) that some tools add, are named in
/// `otherBlocks` and otherwise left alone.
public struct CertificateFile: Sendable, Equatable {
    /// The signature of the manifest of that name, by the key of the first certificate, over the digest of that algorithm.
    public struct Signature: Sendable, Equatable {
        public let algorithm: DigestAlgorithm
        public let name: String
        /// Lower-case hexadecimal digits.
        public let hex: String
    }

    /// What of a file is read at most.
    public static let maximumBytes = 1 << 20
    /// Certificates and other blocks.
    public static let maximumBlocks = 32

    /// At least one, none of the same algorithm as another.
    public let signatures: [Signature]
    /// At least one, the first being the signer's.
    public let certificates: [Certificate]
    /// The labels of PEM blocks that are no certificates.
    public let otherBlocks: [String]

    /// The certificate of the key that signed the manifest.
    public var signer: Certificate { certificates[0] }

    /// Reads the bytes of a `.cert`.
    public init(parsing bytes: [UInt8]) throws(CertificateFileError) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge(bytes: bytes.count, limit: Self.maximumBytes) }
        var signatures: [Signature] = []
        var certificates: [Certificate] = []
        var otherBlocks: [String] = []
        var block: PEMBlock?
        for (number, line) in DigestLine.lines(of: bytes) {
            if var open = block {
                guard try open.append(line, number) else {
                    block = open
                    continue
                }
                if open.isCertificate {
                    guard let certificate = Certificate(pem: open.text) else { throw .badCertificate(line: open.line) }
                    certificates.append(certificate)
                } else {
                    otherBlocks.append(open.label)
                }
                guard certificates.count + otherBlocks.count <= Self.maximumBlocks else { throw .tooManyBlocks(limit: Self.maximumBlocks) }
                block = nil
            } else if let begun = PEMBlock(line, number) {
                block = begun
            } else {
                let read: DigestLine
                do { read = try DigestLine(line, isSignature: true) } catch { throw .badLine(number, error) }
                guard !signatures.contains(where: { $0.algorithm == read.algorithm }) else { throw .duplicateSignature(read.algorithm, line: number) }
                signatures.append(Signature(algorithm: read.algorithm, name: read.name, hex: read.hex))
            }
        }
        if let block { throw .unterminated(block.label, line: block.line) }
        guard !signatures.isEmpty else { throw .noSignature }
        guard !certificates.isEmpty else { throw .noCertificate }
        (self.signatures, self.certificates, self.otherBlocks) = (signatures, certificates, otherBlocks)
    }

    /// Returns if every signature is one of exactly these bytes by the signer's key. It does not judge the certificate itself: its dates, and
    /// whether anybody trusts it.
    public func verify(manifest: [UInt8]) throws(CertificateFileError) {
        for signature in signatures {
            switch signer.verifies(signature.hex, of: manifest, signature.algorithm) {
            case .some(true): continue
            case .some(false): throw .wrongSignature(signature.algorithm)
            case nil: throw .unusableKey(signature.algorithm)
            }
        }
    }
}

/// A PEM block (RFC 7468) of which the first line was read.
private struct PEMBlock {
    let label: String
    let line: Int
    private(set) var text: [UInt8]

    var isCertificate: Bool { ["CERTIFICATE", "X509 CERTIFICATE"].contains(label) }

    private static let begin = Array("-----BEGIN ".utf8), end = Array("-----END ".utf8), dashes = Array("-----".utf8)

    init?(_ line: ArraySlice<UInt8>, _ number: Int) {
        guard line.starts(with: Self.begin), line.count >= Self.begin.count + Self.dashes.count, line.suffix(5).elementsEqual(Self.dashes) else { return nil }
        label = String(decoding: line.dropFirst(Self.begin.count).dropLast(Self.dashes.count), as: UTF8.self)
        self.line = number
        text = line + [UInt8(ascii: "\n")]
    }

    /// Takes a line; returns whether it was the last.
    mutating func append(_ line: ArraySlice<UInt8>, _ number: Int) throws(CertificateFileError) -> Bool {
        text += line + [UInt8(ascii: "\n")]
        guard line.starts(with: Self.dashes) else { return false }
        guard line.elementsEqual(Self.end + Array(label.utf8) + Self.dashes) else { throw .unterminated(label, line: self.line) }
        return true
    }
}

/// Why a text is no certificate file, or does not sign a manifest; lines count from 1.
public enum CertificateFileError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge(bytes: Int, limit: Int)
    case tooManyBlocks(limit: Int)
    /// Neither a signature nor a part of a PEM block.
    case badLine(Int, DigestLineProblem)
    case duplicateSignature(DigestAlgorithm, line: Int)
    case unterminated(String, line: Int)
    case badCertificate(line: Int)
    case noSignature
    case noCertificate
    /// The signature is not one of the manifest's bytes by the certificate's key.
    case wrongSignature(DigestAlgorithm)
    /// OpenSSL makes no signatures of that digest with such a key.
    case unusableKey(DigestAlgorithm)

    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the certificate file has \(bytes) bytes, at most \(limit) are read"
        case .tooManyBlocks(let limit): "the certificate file has more than \(limit) PEM blocks"
        case .badLine(let line, let problem): "line \(line): neither a signature nor a part of a certificate: \(problem)"
        case .duplicateSignature(let algorithm, let line): "line \(line): a second signature with \(algorithm.rawValue)"
        case .unterminated(let label, let line): "line \(line): the PEM block \(label.quoted) has no matching end"
        case .badCertificate(let line): "line \(line): the certificate cannot be read"
        case .noSignature: "the certificate file has no signature of a manifest, as in \"SHA256(package.mf)= ...\""
        case .noCertificate: "the certificate file has no certificate"
        case .wrongSignature(let algorithm): "the \(algorithm.rawValue) signature is not one of this manifest by the key of the certificate"
        case .unusableKey(let algorithm): "the key of the certificate cannot be used for signatures with \(algorithm.rawValue)"
        }
    }
}
