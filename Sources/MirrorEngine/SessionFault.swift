import ContentLibraryAPI
import Digests
import HTTPTransport
import MirrorCore

/// What went wrong inside a session.
enum SessionFault: Error, CustomStringConvertible {
    case ended(String, Message?)
    case noEndpoint(String)
    case noDigest(String)
    case file(String, Message?)
    case received(String, expected: String, got: String)
    case invalid(missing: [String], invalid: [String])
    case leaseLost

    var description: String {
        switch self {
        case .ended(let state, let message): "the session is \(state)\(message.map { ": \($0.text)" } ?? "")"
        case .noEndpoint(let file): "the server gave no upload address for \(file)"
        case .noDigest(let file): "\(file) was sent without a digest"
        case .file(let file, let message): "the server refused \(file)\(message.map { ": \($0.text)" } ?? "")"
        case .received(let file, let expected, let got): "the server received \(got) of \(file), sent was \(expected)"
        case .invalid(let missing, let invalid):
            "the server finds files missing (\(missing.joined(separator: ", "))) or invalid (\(invalid.joined(separator: "; ")))"
        case .leaseLost: "the session's lease could not be renewed in time"
        }
    }
}

extension Message {
    /// For people: the text, and the arguments that it does not repeat.
    var text: String {
        let rest = args.filter { !$0.isEmpty && !defaultMessage.contains($0) }
        return rest.isEmpty ? defaultMessage : "\(defaultMessage) [\(rest.joined(separator: ", "))]"
    }
}

extension DigestAlgorithm {
    init(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .sha1: self = .sha1
        case .sha256: self = .sha256
        case .sha512: self = .sha512
        case .md5: self = .md5
        }
    }
}

extension TransportError {
    /// The file being sent changed or could not be read: nothing is wrong with the server.
    var sourceFault: FileFault? {
        if case .source(let fault) = reason { fault } else { nil }
    }
}
