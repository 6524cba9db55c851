import ContentLibraryAPI
import Digests
import Glibc
import HTTPTransport
import Testing

@testable import ContentLibraryClient

@Suite struct TransfersTests {
    static let sha1 = "B2:52:7C:9D:FA:33:C7:0C:62:E2:1A:D7:8A:5F:7E:4B:D1:AE:5D:B6"

    private func control() -> ScriptedTransport {
        let router = fakeServer(FakeLogins())
        return ScriptedTransport { request in Response(await router.respond(to: request.asAPI)) }
    }

    private func data(_ status: Int = 200, _ body: String = "") -> ScriptedTransport {
        ScriptedTransport { request in
            var response = Response.text(status, body, type: "text/plain", headers: ["Retry-After": "5"])
            if case .file(let body) = request.body, status < 300 { response.sent = Transferred(byteCount: body.length, digests: [.sha1: "aa"]) }
            return response
        }
    }

    @Test func anUpload() async throws {
        let (control, data) = (control(), data(201))
        let client = try makeClient(control, transfer: data)
        let endpoint = TransferEndpoint(uri: "https://vc.test:443/cls/data/0f0f0f0f-1111/a%20file.iso", sslCertificateThumbprint: Self.sha1)
        let sent = try await client.upload(FileBody(descriptor: 0, length: 5, digests: [.sha1]), to: endpoint)
        #expect(sent == Transferred(byteCount: 5, digests: [.sha1: "aa"]))
        let request = try #require(data.requests.first)
        #expect(request.method == "PUT")
        #expect(request.url == endpoint.uri)
        #expect(try request.trust == .pinned(Thumbprint(Self.sha1)))
        #expect(request.headers["vmware-api-session-id"] == "session-1", "the same host and port as the API's")
        #expect(request.headers["Content-Type"] == "application/octet-stream")
        #expect(request.timeouts == .transfer)
        #expect(control.lines == ["POST /api/session"])
    }

    /// The session's id, a secret, goes to the API's own address and nowhere else.
    @Test(arguments: [
        ("https://vc.test/x", true), ("https://VC.TEST:443/x", true), ("https://vc.test:444/x", false), ("https://esx1.test/x", false),
        ("https://esx2.test:902/x", false), ("https://[fd00::1]/x", false),
    ])
    func whoSeesTheSession(uri: String, isOwn: Bool) async throws {
        let data = data()
        let client = try makeClient(control(), transfer: data, transferHosts: ["esx1.test", "ESX2.test:902", "fd00::1"])
        _ = try await client.upload(FileBody(descriptor: 0, length: 0), to: TransferEndpoint(uri: uri))
        #expect((data.requests.first?.headers["vmware-api-session-id"] != nil) == isOwn)
        #expect(data.requests.first?.trust == nil)
    }

    @Test(arguments: [
        ("https://elsewhere.test/x", EndpointError.foreignHost("elsewhere.test", server: "vc.test")),
        ("https://esx2.test:903/x", .foreignHost("esx2.test", server: "vc.test")),
        ("https://vc.test.evil.test/x", .foreignHost("vc.test.evil.test", server: "vc.test")),
        ("http://vc.test/x", .plaintext("vc.test")),
    ])
    func endpointsThatAreNotUsed(uri: String, expected: EndpointError) async throws {
        let data = data()
        let client = try makeClient(control(), transfer: data, transferHosts: ["esx1.test", "esx2.test:902"])
        await #expect(throws: expected) { try await client.upload(FileBody(descriptor: 0, length: 0), to: TransferEndpoint(uri: uri)) }
        await #expect(throws: expected) { try await client.download(from: TransferEndpoint(uri: uri), limit: 1) }
        #expect(data.requests.isEmpty)
    }

    @Test(arguments: ["", "/cls/data/x", "ftp://vc.test/x", "https://user@vc.test/x", "ds:///vmfs/volumes/x"]) func endpointsThatCannotBeRead(uri: String)
        async throws
    {
        let data = data()
        let client = try makeClient(control(), transfer: data)
        await #expect(throws: EndpointError.self) { try await client.upload(FileBody(descriptor: 0, length: 0), to: TransferEndpoint(uri: uri)) }
        #expect(data.requests.isEmpty)
    }

    @Test func aThumbprintThatIsNone() async throws {
        let client = try makeClient(control(), transfer: data())
        for endpoint in [
            TransferEndpoint(uri: "https://vc.test/x", sslCertificateThumbprint: "AA:BB"), TransferEndpoint(uri: "https://vc.test/x", sslCertificate: "no PEM"),
        ] {
            let error = await #expect(throws: EndpointError.self) { try await client.upload(FileBody(descriptor: 0, length: 0), to: endpoint) }
            guard case .certificate = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func aRefusalSaysWhatTheServerSaidButNotTheURL() async throws {
        let secret = "0f0f0f0f-1111-2222-3333-444444444444"
        let client = try makeClient(control(), transfer: data(503, "no such\npath /cls/data/\(secret)/a.iso and \(secret)\u{7}"))
        let error = await #expect(throws: TransferRefusal.self) {
            try await client.upload(FileBody(descriptor: 0, length: 1), to: TransferEndpoint(uri: "https://vc.test/cls/data/\(secret)/a.iso"))
        }
        #expect(error?.status == 503)
        #expect(error?.peer == "vc.test:443")
        #expect(error?.detail == "no such path ... and ...")
        #expect(error?.description.contains(secret) == false)
        #expect(error.map { ContentLibraryClient.isTransient($0) } == true)
        #expect(error.flatMap { ContentLibraryClient.retryAfter($0) } == .seconds(5))
    }

    @Test(arguments: [(400, false), (404, false), (408, true), (429, true), (500, false), (502, true), (504, true)]) func refusals(
        status: Int, isTransient: Bool
    ) async throws {
        let client = try makeClient(control(), transfer: data(status))
        let error = await #expect(throws: TransferRefusal.self) { try await client.download(from: TransferEndpoint(uri: "https://vc.test/x"), limit: 10) }
        #expect(error?.status == status)
        #expect(error.map { ContentLibraryClient.isTransient($0) } == isTransient)
    }

    @Test(arguments: [
        ("https://h/a%20b", "https://h/a%20b"), ("https://h/a b", "https://h/a%20b"), ("https://h/ISO#1 (2).iso", "https://h/ISO%231%20(2).iso"),
        ("https://h/100%", "https://h/100%25"), ("https://h/%zz%2", "https://h/%25zz%252"), ("https://h/ü", "https://h/%C3%BC"),
        ("https://[::1]:9/x?y=z&w", "https://[::1]:9/x?y=z&w"),
        ("https://h/\"<>\\^`{|}", "https://h/%22%3C%3E%5C%5E%60%7B%7C%7D"), ("https://h/a\r\nb", "https://h/a%0D%0Ab"),
    ])
    func whatGoesOnTheWire(uri: String, wire: String) {
        #expect(EndpointURL.wire(uri) == wire)
    }
}
