import ContentLibraryAPI
import Digests
import HTTPTransport

/// Looks whether a file could be pulled from a web server, and whose certificate stands there: the bounds are those of `WebReader`, and of
/// the file itself nothing is taken.
struct SourceProbe: Sendable {
    typealias Result = UpdateSession.File.ProbeResult

    let loop: HTTPLoop
    let hosts: PullHosts

    /// Somebody waits for the answer.
    static let timeouts = Timeouts(connect: .seconds(10), stall: .seconds(10), answer: .seconds(20))

    /// Throws `APIError` for an endpoint that contradicts itself, and `CancellationError`; whatever is wrong with the address is in the result.
    func run(_ endpoint: TransferEndpoint) async throws -> Result {
        let pin = try Self.pin(of: endpoint)
        let home: Origin
        do { home = try Origin(ofURL: endpoint.uri) } catch { return Finding(noAddress: endpoint.uri, error).result }
        guard pin == nil || home.scheme == "https" else {
            throw APIError.invalidArgument("source_endpoint.ssl_certificate_thumbprint", "it goes with an https address only")
        }
        let certificate = PresentedCertificate()
        var result = Result(status: .success)
        do { try await follow(endpoint.uri, from: home, pin, certificate) } catch let finding as Finding { result = finding.result }
        if let der = certificate.der {
            result.sslThumbprint = try Thumbprint(ofDER: der, .sha1).description
            result.sslCertificate = Self.pem(der)
        }
        return result
    }

    /// The certificate that the caller vouches for.
    private static func pin(of endpoint: TransferEndpoint) throws(APIError) -> Thumbprint? {
        if let pem = endpoint.sslCertificate, !pem.isEmpty {
            do { return try Thumbprint(ofPEM: pem) } catch { throw .invalidArgument("source_endpoint.ssl_certificate", "\(error)") }
        }
        guard let text = endpoint.sslCertificateThumbprint, !text.isEmpty else { return nil }
        do { return try Thumbprint(text) } catch { throw .invalidArgument("source_endpoint.ssl_certificate_thumbprint", "\(error)") }
    }

    /// Returns at the first success. The certificate is that of the address itself, not of where it leads to.
    private func follow(_ address: String, from home: Origin, _ pin: Thumbprint?, _ certificate: PresentedCertificate) async throws {
        var (url, origin) = (address, home)
        for hop in 0...WebReader.redirectLimit {
            guard hosts.admits(origin.host) else { throw Finding(notAdmitted: origin) }
            var request = Request(method: "GET", url: url, sink: .memory(limit: 0), timeouts: Self.timeouts, trust: pin.map { .pinned($0) })
            if hop == 0 { request.certificate = certificate }
            // As for the pull itself, another success than 200 is none.
            guard let response = try await answer(to: request), response.status != 200 else { return }
            guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"] else {
                throw Finding(.init(ofAnswer: response.status), "\(origin) answered HTTP \(response.status)")
            }
            // A redirect's target may be a secret of the server that named it: it is not told.
            guard let next = URLReference.resolve(location, against: url), let target = try? Origin(ofURL: next), target.scheme == home.scheme else {
                throw Finding(.invalidURL, "\(origin) redirects to what is no \(home.scheme) address")
            }
            (url, origin) = (next, target)
        }
        throw Finding(.invalidURL, "\(home) leads through more than \(WebReader.redirectLimit) redirects")
    }

    /// Nil for a success with a body, of which not a byte is kept: its first one ends the connection.
    private func answer(to request: HTTPTransport.Request) async throws -> HTTPTransport.Response? {
        do { return try await loop.send(request) } catch let error as TransportError {
            if error.reason == .tooLarge(limit: 0) { return nil }
            throw Finding(error)
        }
    }

    private static func pem(_ der: [UInt8]) -> String {
        let digits = Array(base64Encode(der).utf8)
        let lines = stride(from: 0, to: digits.count, by: 64).map { String(decoding: digits[$0..<min($0 + 64, digits.count)], as: UTF8.self) }
        return (["-----BEGIN CERTIFICATE-----"] + lines + ["-----END CERTIFICATE-----", ""]).joined(separator: "\n")
    }
}

/// Why a file cannot be had from an address.
private struct Finding: Error {
    let status: SourceProbe.Result.Status
    let message: Message

    var result: SourceProbe.Result { .init(status: status, errorMessages: [message]) }

    private init(_ status: SourceProbe.Result.Status, _ id: String, _ text: String, _ args: String...) {
        (self.status, message) = (status, Message(id: id, defaultMessage: text, args: args))
    }

    init(_ status: SourceProbe.Result.Status, _ why: String) {
        self.init(status, "com.vmware.vdcs.cls-main.http_request_error", "HTTP request error: \(why)", why)
    }

    init(_ error: TransportError) {
        let why = error.description
        if case .untrusted = error.reason {
            let id = "com.vmware.vdcs.cls-main.http_request_error_peer_not_authenticated"
            self.init(.certificateError, id, "HTTP request error: \(why)", why)
        } else {
            self.init(.init(of: error.reason), why)
        }
    }

    init(noAddress uri: String, _ error: TransportError) {
        if let scheme = Self.scheme(of: uri), scheme != "http", scheme != "https" {
            let id = "com.vmware.vdcs.cls-main.file_probe_unsupported_uri_scheme"
            self.init(.invalidURL, id, "The URI \(uri) is not supported: only http and https addresses are probed", uri)
        } else {
            self.init(.invalidURL, "com.vmware.vdcs.cls-main.invalid_url_format", "Invalid URL format for \(uri): \(error)", uri)
        }
    }

    init(notAdmitted origin: Origin) {
        self.init(.invalidURL, "clsyncd.library.source_not_admitted", "This server does not pull from the host \(origin.host)", origin.host)
    }

    /// What stands before the first colon, in lower case, where that can be a scheme (RFC 3986, section 3.1).
    private static func scheme(of uri: String) -> String? {
        guard let colon = uri.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let text = uri[..<colon].lowercased()
        let isScheme = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || "+-.".utf8.contains($0) }
        return isScheme && text.utf8.first.map { (97...122).contains($0) } == true ? text : nil
    }
}
