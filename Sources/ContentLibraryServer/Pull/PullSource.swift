import ContentLibraryAPI
import Digests
import HTTPTransport

/// Where the bytes of a pulled file are, as far as the address itself tells.
enum PullSource: Sendable, Hashable {
    /// With the only certificate that is accepted, if one was given.
    case web(url: String, thumbprint: Thumbprint?)
    /// An absolute path of this machine.
    case file(path: String)
    /// A path below a datastore, without a leading slash.
    case datastore(id: String, path: String)

    private static let volumes = "/vmfs/volumes/"

    /// Judges what a client gave: `http`, `https`, `ds:///vmfs/volumes/DATASTORE/PATH` or `file:///PATH`, and a certificate for `https` only.
    init(_ endpoint: TransferEndpoint, hosts: PullHosts) throws(APIError) {
        let uri = endpoint.uri
        let thumbprint = try Self.thumbprint(of: endpoint)
        switch uri.prefix(while: { $0 != ":" }).lowercased() {
        case "http", "https":
            let origin: Origin
            do { origin = try Origin(ofURL: uri) } catch { throw Self.refusal("\(endpoint) is not the address of a file on a web server") }
            guard !origin.host.isEmpty else { throw Self.refusal("the address names no host") }
            guard hosts.admits(origin.host) else { throw Self.refusal("this server does not pull from the host \(origin.host)") }
            guard thumbprint == nil || origin.scheme == "https" else {
                throw .invalidArgument("file_spec.source_endpoint.ssl_certificate_thumbprint", "it goes with an https address only")
            }
            self = .web(url: uri, thumbprint: thumbprint)
        case "ds": self = try Self.datastore(uri)
        case "file":
            guard let path = StorageMap.path(ofFileURI: uri), !Self.hasDrive(path), !path.contains("\\"), Self.isPlain(path.dropFirst()) else {
                throw Self.refusal("\(uri) is not file:/// and an absolute path of a file on this server")
            }
            self = .file(path: path)
        default: throw Self.refusal("expected an http, https, ds or file address, not \(endpoint)")
        }
    }

    private static func datastore(_ uri: String) throws(APIError) -> PullSource {
        let rest = uri.dropFirst("ds:".count)
        let path = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
        guard path.hasPrefix(volumes), !path.contains(where: { $0 == "?" || $0 == "#" || $0 == "\\" }),
            let decoded = percentDecode(path.dropFirst(volumes.count)), let slash = decoded.firstIndex(of: "/"),
            slash != decoded.startIndex, isPlain(decoded[decoded.index(after: slash)...])
        else { throw refusal("\(uri) is not ds:///vmfs/volumes/DATASTORE/PATH") }
        return .datastore(id: String(decoded[..<slash]), path: String(decoded[decoded.index(after: slash)...]))
    }

    /// Neither empty nor with a component that is, or that means a place by itself.
    private static func isPlain(_ path: Substring) -> Bool {
        !path.utf8.contains(0) && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
    }

    /// `/C:/...`, as Windows has it.
    private static func hasDrive(_ path: String) -> Bool {
        let bytes = Array(path.utf8.prefix(3))
        guard bytes.count == 3, [UInt8(ascii: ":"), UInt8(ascii: "|")].contains(bytes[2]) else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[1] | 0x20)
    }

    private static func thumbprint(of endpoint: TransferEndpoint) throws(APIError) -> Thumbprint? {
        do {
            if let pem = endpoint.sslCertificate, !pem.isEmpty { return try Thumbprint(ofPEM: pem) }
            if let text = endpoint.sslCertificateThumbprint, !text.isEmpty { return try Thumbprint(text) }
            return nil
        } catch { throw .invalidArgument("file_spec.source_endpoint.ssl_certificate_thumbprint", "\(error)") }
    }

    private static func refusal(_ problem: String) -> APIError { .invalidArgument("file_spec.source_endpoint.uri", problem) }
}
