import ContentLibraryAPI
import Digests
import Testing

@testable import ContentLibraryServer

@Suite struct SourceProbeTests {
    typealias Result = UpdateSession.File.ProbeResult

    private static func probe(_ uri: String, _ server: TestServer) async throws -> Result {
        try await server.call(UpdateSession.File.probe(.init(uri: uri)))
    }

    @Test(arguments: [Dialect.jsonRPC, .rest])
    func `a probe tells what is wrong with an address`(_ dialect: Dialect) async throws {
        let source = try TestPublisher()
        defer { source.close() }
        source.answer("/f", [1, 2, 3])
        source.answer("/empty", [])
        for status in [204, 401, 403, 410, 500, 304] { source.answer("/\(status)", .init(status: status)) }
        let (address, request) = ("com.vmware.vdcs.cls-main.invalid_url_format", "com.vmware.vdcs.cls-main.http_request_error")
        let scheme = "com.vmware.vdcs.cls-main.file_probe_unsupported_uri_scheme"
        let cases: [(String, Result.Status, String?)] = [
            ("\(source.url)/f", .success, nil), ("\(source.url)/empty", .success, nil), ("\(source.url)/nothing", .resourceNotFound, request),
            ("\(source.url)/410", .resourceNotFound, request), ("\(source.url)/401", .invalidCredentials, request),
            ("\(source.url)/403", .invalidCredentials, request), ("\(source.url)/500", .unknownError, request),
            ("\(source.url)/304", .unknownError, request), ("\(source.url)/204", .unknownError, request), ("http://127.0.0.1:1/f", .unknownError, request),
            ("", .invalidURL, address), ("nonsense", .invalidURL, address), ("http://", .invalidURL, address), ("http://a b/f", .invalidURL, address),
            ("http://user:word@127.0.0.1/f", .invalidURL, address), (":80/f", .invalidURL, address), ("80:/f", .invalidURL, address),
            ("ftp://127.0.0.1/f", .invalidURL, scheme), ("ds:///vmfs/volumes/datastore-1/f", .invalidURL, scheme), ("file:///etc/passwd", .invalidURL, scheme),
        ]
        try await TestServer.with(dialect) { server, _ in
            for (uri, status, message) in cases {
                let result = try await Self.probe(uri, server)
                #expect(result.status == status && result.errorMessages.map(\.id) == (message.map { [$0] } ?? []), "\(uri): \(result)")
                #expect(result.sslThumbprint == nil && result.sslCertificate == nil)
            }
        }
    }

    @Test func `of the file nothing is taken, however long it is`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        // Whoever waited for the rest would see the connection end.
        source.answer("/f", .init(body: [1, 2, 3], length: 1 << 40))
        try await TestServer.with(.rest) { server, directory in
            let result = try await Self.probe("\(source.url)/f", server)
            #expect(result.status == .success, "\(result)")
            #expect(source.paths == ["/f"])
            #expect(directory.files("data/datastores") == [:])
        }
    }

    @Test func `few redirects are followed, none to another scheme, and their targets are not told`() async throws {
        let (source, other) = (try TestPublisher(), try TestPublisher())
        defer { [source, other].forEach { $0.close() } }
        for hop in 0..<6 { source.answer("/\(hop)", .init(status: [301, 302, 303, 307, 308, 302][hop], headers: [("Location", "/\(hop + 1)")])) }
        source.answer("/6", [1])
        source.answer("/other", .init(status: 302, headers: [("Location", "\(other.url)/secret")]))
        source.answer("/tls", .init(status: 302, headers: [("Location", "https://127.0.0.1:\(other.port)/secret")]))
        source.answer("/file", .init(status: 302, headers: [("Location", "file:///secret")]))
        source.answer("/none", .init(status: 302))
        try await TestServer.with(.rest) { server, _ in
            #expect(try await Self.probe("\(source.url)/1", server).status == .success)
            source.forgetAsked()
            let tooMany = try await Self.probe("\(source.url)/0", server)
            #expect(tooMany.status == .invalidURL && source.paths == (0..<6).map { "/\($0)" })
            #expect(try await Self.probe("\(source.url)/other", server).status == .resourceNotFound)
            #expect(other.paths == ["/secret"])
            for path in ["/tls", "/file"] {
                let result = try await Self.probe("\(source.url)\(path)", server)
                #expect(result.status == .invalidURL && result.errorMessages.first?.defaultMessage.contains("secret") == false, "\(result)")
            }
            #expect(other.asked.count == 1)
            #expect(try await Self.probe("\(source.url)/none", server).status == .unknownError)
        }
    }

    @Test func `hosts that nothing is pulled from are not asked, whoever names them`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        source.answer("/f", [1])
        source.answer("/away", .init(status: 302, headers: [("Location", "http://localhost:\(source.port)/f")]))
        try await TestServer.with(.rest, { $0.pullHosts = PullHosts("127.0.0.1") ?? .all }) { server, _ in
            #expect(try await Self.probe("\(source.url)/f", server).status == .success)
            source.forgetAsked()
            for uri in ["http://localhost:\(source.port)/f", "\(source.url)/away"] {
                let result = try await Self.probe(uri, server)
                #expect(result.status == .invalidURL && result.errorMessages.map(\.id) == ["clsyncd.library.source_not_admitted"], "\(result)")
            }
            #expect(source.paths == ["/away"])
        }
    }

    @Test func `the certificate is shown each time, and the one that is given decides alone`() async throws {
        try await ListenerTests.with(tls: true) { url, identity, server, _ in
            let server = try await server.loggedIn().speaking(.rest)
            let thumbprint = try #require(identity?.thumbprint)
            let wrong = (thumbprint.hasPrefix("00") ? "11" : "00") + thumbprint.dropFirst(2)
            func probe(_ thumbprint: String? = nil, pem: String? = nil) async throws -> Result {
                let endpoint = TransferEndpoint(uri: "\(url)/rest/nothing", sslCertificateThumbprint: thumbprint, sslCertificate: pem)
                return try await server.call(UpdateSession.File.probe(endpoint))
            }
            let pem = try #require(try await probe().sslCertificate)
            #expect(try Thumbprint(ofPEM: pem, .sha1) == Thumbprint(thumbprint))
            #expect(pem.split(separator: "\n").allSatisfy { $0.utf8.count <= 64 } && pem.hasSuffix("-----END CERTIFICATE-----\n"))
            let results: [(Result, Result.Status)] = [
                (try await probe(), .certificateError), (try await probe(wrong), .certificateError),
                (try await probe(thumbprint.lowercased()), .resourceNotFound), (try await probe(thumbprint), .resourceNotFound),
                (try await probe(pem: pem), .resourceNotFound), (try await probe(wrong, pem: pem), .resourceNotFound),
            ]
            for (number, (result, status)) in results.enumerated() {
                #expect(result.status == status, "\(number): \(result)")
                #expect(result.sslThumbprint == thumbprint && result.sslCertificate == pem, "\(number): \(result)")
                let suffix = status == .certificateError ? "_peer_not_authenticated" : ""
                #expect(result.errorMessages.map(\.id) == ["com.vmware.vdcs.cls-main.http_request_error" + suffix], "\(number): \(result)")
            }
        }
    }

    @Test func `an endpoint that contradicts itself, and one who may not update, are refused`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        try await TestServer.with(.rest) { server, _ in
            let endpoints: [TransferEndpoint] = [
                .init(uri: source.url, sslCertificateThumbprint: String(repeating: "00", count: 20)),
                .init(uri: "https://h/f", sslCertificateThumbprint: "00:11"), .init(uri: "https://h/f", sslCertificate: "no certificate"),
            ]
            for endpoint in endpoints {
                #expect(try await refusal { try await server.call(UpdateSession.File.probe(endpoint)) }?.kind == .invalidArgument, "\(endpoint)")
            }
            let reader = try await server.loggedIn(TestServer.reader)
            #expect(try await refusal { try await Self.probe("\(source.url)/f", reader) }?.kind == .unauthorized)
            #expect(source.asked.isEmpty)
        }
    }
}
