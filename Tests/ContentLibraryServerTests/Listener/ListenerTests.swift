import ContentLibraryAPI
import Digests
import Foundation
import HTTPTransport
import Logging
import Testing

@testable import ContentLibraryServer

/// The edge, over real sockets of this machine.
@Suite struct ListenerTests {
    /// Runs `body` against a listener on a free port.
    static func with(
        tls: Bool, _ change: (inout ServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (_ url: String, _ identity: TLSIdentity?, TestServer, TemporaryDirectory) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let identity = tls ? try TLSIdentity.selfSigned(in: "\(directory.path)/tls", names: ["127.0.0.1"]) : nil
        let server = try await TestServer.start(
            directory,
            change: {
                $0.scheme = identity.map { .https(thumbprint: $0.thumbprint) } ?? .http
                change(&$0)
            })
        let (urls, found) = AsyncStream.makeStream(of: String.self)
        let listener = ContentLibraryListener(
            service: server.service, address: ListenAddress(host: "127.0.0.1", port: 0), identity: identity, logger: TestServer.quiet
        ) { found.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { do { try await listener.run() } catch is CancellationError {} }
            var iterator = urls.makeAsyncIterator()
            let url = try #require(await iterator.next())
            try await body(url, identity, server, directory)
            group.cancelAll()
        }
        try await server.service.close()
    }

    /// A client of one dialect over HTTP.
    struct Client {
        let loop: HTTPLoop
        let base: String
        let dialect: Dialect
        var credentials: Credentials

        @discardableResult func call<Output>(_ call: Call<Output>) async throws -> Output {
            let request = try call.request(dialect, credentials)
            let response = try await loop.send(
                Request(
                    method: request.method, url: base + request.target, headers: Headers(request.headers),
                    body: request.body.isEmpty ? .none : .bytes(request.body)))
            let headers = response.headers.fields.map { ($0.name, $0.value) }
            return try call.output(of: HTTPResponse(response.status, headers: headers, body: response.body), dialect)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `over TLS: login, publish, read back, in every dialect`(_ dialect: Dialect) async throws {
        try await Self.with(tls: true) { url, identity, _, _ in
            let identity = try #require(identity)
            let loop = try HTTPLoop(.init(trust: .pinned(try Thumbprint(identity.thumbprint))))
            var client = Client(loop: loop, base: url, dialect: dialect, credentials: .login(user: TestServer.admin.name, password: "secret:1"))
            client.credentials = .session(try await client.call(Session.create()).reveal)
            let library = try await client.call(
                LocalLibrary.create(nil, .init(name: "L", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])))
            let item = try await client.call(Item.create(nil, .init(libraryID: library, name: "i")))
            let session = try await client.call(UpdateSession.create(nil, .init(libraryItemID: item)))
            let bytes = UploadTests.large
            let info = try await client.call(UpdateSession.File.add(session, .init(name: "a b#%é:+?.iso", source: .push, size: Int64(bytes.count))))
            guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info)") }
            #expect(endpoint.uri.hasPrefix(url + "/") && endpoint.sslCertificateThumbprint == identity.thumbprint)
            #expect(try await loop.send(Request(method: "PUT", url: endpoint.uri, body: .bytes(bytes))).status == 200)
            try await client.call(UpdateSession.complete(session))
            let reading = try await client.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            let prepared = try await client.call(DownloadSession.File.prepare(reading, "a b#%é:+?.iso", nil))
            let read = try await loop.send(Request(method: "GET", url: try #require(prepared.downloadEndpoint?.uri)))
            #expect(read.status == 200 && read.body == bytes && read.headers["content-length"] == String(bytes.count))
            #expect(try await client.call(DownloadSession.File.get(reading, "a b#%é:+?.iso")).bytesTransferred == Int64(bytes.count))
            try await client.call(Session.delete())
            await loop.close()
        }
    }

    @Test func `the certificate is the one it says, and names this machine`() async throws {
        try await Self.with(tls: true) { url, _, _, directory in
            let trusting = try HTTPLoop(.init(trust: .authorities(fromFile: "\(directory.path)/tls/tls-cert.pem")))
            for base in [url, url.replacing("127.0.0.1", with: "localhost")] {
                #expect(try await trusting.send(Request(method: "GET", url: "\(base)/api/session")).status == 401)
            }
            await trusting.close()
            let other = try HTTPLoop(.init(trust: .pinned(try Thumbprint(String(repeating: "AB", count: 20)))))
            await #expect(throws: TransportError.self) { try await other.send(Request(method: "GET", url: "\(url)/api/session")) }
            await other.close()
        }
    }

    @Test func `bodies as they come on the wire`() async throws {
        try await Self.with(tls: false) { url, _, server, directory in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let server = try await server.loggedIn()
            let session = try await server.makeSession(try await server.makeItem())
            let cases: [(name: String, headers: String, body: String, answer: String, state: String)] = [
                ("whole", "Content-Length: 5\r\n", "hello", "HTTP/1.1 200 ", "READY"),
                ("post", "Content-Length: 5\r\n", "hello", "HTTP/1.1 200 ", "READY"),
                ("chunked", "Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "HTTP/1.1 200 ", "READY"),
                ("short", "Content-Length: 5\r\n", "hell", "", "WAITING_FOR_TRANSFER"),
                ("chunk without an end", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n", "", "WAITING_FOR_TRANSFER"),
                ("half a chunk", "Transfer-Encoding: chunked\r\n", "5\r\nhel", "", "WAITING_FOR_TRANSFER"),
                ("no chunk", "Transfer-Encoding: chunked\r\n", "hello", "", "WAITING_FOR_TRANSFER"),
            ]
            for (name, headers, body, answer, state) in cases {
                let url = try await server.announceURL(name, in: session)
                let path = url.drop { $0 != "/" }.dropFirst(2).drop { $0 != "/" }
                let request = "\(name == "post" ? "POST" : "PUT") \(path) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n\(body)"
                let read = try await RawConnection.talk(port, [.send(request), .halfClose, .await("\r\n\r\n")])
                #expect(read.hasPrefix(answer), "\(name): \(read)")
                if state != "READY" { #expect(!read.hasPrefix("HTTP/1.1 2"), "\(name): \(read)") }
                try await server.wait { try await server.call(UpdateSession.File.get(session, name)).status != .transferring }
                #expect(try await server.call(UpdateSession.File.get(session, name)).status.rawValue == state, "\(name)")
            }
            #expect(directory.files("data/datastores").count == 3)
        }
    }

    /// Publishes a file of letters, so that it can be read as text, and prepares it. Returns the path of its URL.
    static func prepare(_ text: String, on server: TestServer) async throws -> (path: String, session: DownloadSession.ID) {
        let item = try await server.makeItem()
        try await server.publish(["f": Array(text.utf8)], to: item)
        let session = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        let uri = try #require(try await server.call(DownloadSession.File.prepare(session, "f", .https)).downloadEndpoint?.uri)
        return ("/" + uri.split(separator: "/").dropFirst(2).joined(separator: "/"), session)
    }

    @Test func `parts of a file, its head and its tag, one after the other on a connection`() async throws {
        try await Self.with(tls: false) { url, _, server, _ in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let server = try await server.loggedIn()
            let (path, _) = try await Self.prepare("0123456789", on: server)
            func request(_ method: String, _ path: String, _ lines: String...) -> String {
                "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(lines.map { $0 + "\r\n" }.joined())\r\n"
            }
            let found = try await RawConnection.talk(port, [.send(request("HEAD", path)), .await("\r\n\r\n")])
            let tag = try #require(found.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
            #expect(found.hasPrefix("HTTP/1.1 200 ") && found.contains("\r\nContent-Length: 10\r\n") && found.contains("\r\nAccept-Ranges: bytes\r\n"))
            // What would be a body where none may be is taken for the next answer.
            let talk: [(request: String, head: [String], body: String)] = [
                (request("GET", path, "Range: bytes=2-3"), ["206 ", "Content-Range: bytes 2-3/10", "Content-Length: 2"], "23"),
                (request("HEAD", path, "Range: bytes=2-3"), ["200 ", "Content-Length: 10"], ""),
                (request("GET", path, "Range: bytes=-3"), ["206 ", "Content-Range: bytes 7-9/10", "Content-Length: 3"], "789"),
                (request("GET", path, "Range: bytes=10-"), ["416 ", "Content-Range: bytes */10", "Content-Length: 23"], "The file has 10 bytes.\n"),
                (request("GET", path, "If-None-Match: \(tag)"), ["304 ", "ETag: \(tag)"], ""),
                (request("HEAD", path, "If-Match: \"another\""), ["412 ", "ETag: \(tag)"], ""),
                (request("HEAD", "/cls/data/x"), ["404 "], ""), (request("HEAD", "/api/session"), ["404 "], ""), (request("HEAD", "/nothing"), ["404 "], ""),
                (request("GET", path, "Range: bytes=4-", "If-Range: \(tag)"), ["206 ", "Content-Range: bytes 4-9/10"], "456789"),
                (request("GET", path, "Range: bytes=4-", "If-Range: \"another\"", "Connection: close"), ["200 ", "Content-Length: 10"], "0123456789"),
            ]
            let read = try await RawConnection.talk(port, [.send(talk.map(\.request).joined()), .await("never")])
            let answers = read.split(separator: "HTTP/1.1 ")
            try #require(answers.count == talk.count, "\(read)")
            for (answer, expected) in zip(answers, talk) {
                let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
                try #require(parts.count == 2, "\(answer)")
                let lines = parts[0].split(separator: "\r\n")
                #expect(
                    lines[0].hasPrefix(expected.head[0]) && expected.head.dropFirst().allSatisfy { lines.contains($0[...]) }, "\(expected.request): \(answer)")
                #expect(parts[1] == expected.body, "\(expected.request): \(answer)")
            }
        }
    }

    @Test(arguments: [ServerProfile.strict, .vcenter])
    func `nothing follows the head that answers a HEAD`(_ profile: ServerProfile) async throws {
        try await Self.with(tls: false, { $0.profile = profile }) { url, _, server, _ in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let (path, _) = try await Self.prepare("0123456789", on: try await server.loggedIn())
            for target in [path, "/cls/data/x", "/api/session", "/nothing"] {
                let read = try await RawConnection.talk(
                    port, [.send("HEAD \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), .await("never")])
                #expect(read.hasPrefix("HTTP/1.1 \(target == path ? 200 : 404) ") && read.hasSuffix("\r\n\r\n"), "\(target): \(read)")
                #expect(read.split(separator: "\r\n\r\n", omittingEmptySubsequences: false).count == 2, "\(target): \(read)")
            }
        }
    }

    @Test func `a download that breaks off is resumed where it did, and is whole`() async throws {
        try await Self.with(tls: false) { url, _, server, _ in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let server = try await server.loggedIn()
            let text = String(decoding: (0..<900_000).map { UInt8(ascii: "a") + UInt8($0 % 23) }, as: UTF8.self)
            let (path, session) = try await Self.prepare(text, on: server)
            func read(_ lines: String) async throws -> (head: String, body: String) {
                let read = try await RawConnection.talk(
                    port, [.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(lines)\r\n"), .await("never")])
                let parts = read.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
                try #require(parts.count == 2, "\(read.prefix(500))")
                return (String(parts[0]), String(parts[1]))
            }
            server.service.setFaults(FaultPlan([FaultRule(.cut(afterBytes: 300_000), operations: ["download"], times: 2)]))
            var (head, whole) = try await read("")
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("Content-Length: 900000"))
            let tag = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
            for isLast in [false, true] {
                let count = whole.utf8.count
                #expect(count < 900_000 && text.hasPrefix(whole))
                #expect(try await server.call(DownloadSession.File.get(session, "f")).checksumInfo == nil)
                let rest = try await read("Range: bytes=\(count)-\r\nIf-Range: \(tag)\r\n")
                #expect(rest.head.hasPrefix("HTTP/1.1 206 ") && rest.head.contains("Content-Range: bytes \(count)-899999/900000"))
                whole += rest.body
                if isLast { break }
            }
            #expect(whole == text)
            // The server notes the end after the last byte has gone out.
            try await server.wait { try await server.call(DownloadSession.File.get(session, "f")).checksumInfo != nil }
        }
    }

    @Test func `a client that waits for 100 Continue gets it`() async throws {
        try await Self.with(tls: false) { url, _, server, _ in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let server = try await server.loggedIn()
            let session = try await server.makeSession(try await server.makeItem())
            let path = try await server.announceURL("f", in: session).drop { $0 != "/" }.dropFirst(2).drop { $0 != "/" }
            let read = try await RawConnection.talk(
                port,
                [
                    .send("PUT \(path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"), .await("100 Continue\r\n\r\n"),
                    .send("hello"), .await("HTTP/1.1 200 "),
                ])
            #expect(read.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "))
        }
    }

    @Test func `requests that make no sense are answered, and the next one is served`() async throws {
        try await Self.with(tls: false) { url, _, _, _ in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let large = String(repeating: "x", count: 5_000_000)
            for (request, status) in [
                ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "404"), ("nonsense\r\n\r\n", "400"),
                ("POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{", "200"),
                ("POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "401"), ("GET /cls/data/x HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
                ("DELETE /cls/data/x HTTP/1.1\r\nHost: x\r\n\r\n", "405"), ("GET /api/content/library?%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
                ("POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n\(large)", "413"),
            ] {
                let read = try await RawConnection.talk(port, [.send(request), .await("\r\n\r\n")])
                #expect(read.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(60)): \(read.prefix(200))")
            }
            let one = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n"
            let read = try await RawConnection.talk(
                port, [.send(one + one + "GET /api/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), .await("never")])
            #expect(read.split(separator: "HTTP/1.1 401 ").count == 3, "one connection serves many requests: \(read)")
        }
    }

    @Test func `a port that is taken is named`() async throws {
        try await Self.with(tls: false) { url, _, server, _ in
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            let second = ContentLibraryListener(
                service: server.service, address: ListenAddress(host: "127.0.0.1", port: port), identity: nil, logger: TestServer.quiet
            ) { _ in }
            let error = await #expect(throws: StartupError.self) { try await second.run() }
            #expect(error?.description.contains("127.0.0.1:\(port)") == true)
        }
    }

    @Test(arguments: [
        ("127.0.0.1:0", ListenAddress(host: "127.0.0.1", port: 0)), ("[::1]:8443", ListenAddress(host: "::1", port: 8443)),
        ("localhost:65535", ListenAddress(host: "localhost", port: 65535)), ("", nil), ("8443", nil), (":8443", nil), ("host:", nil), ("host:65536", nil),
        ("::1:8443", nil), ("host:-1", nil), ("[]:1", nil),
    ])
    func `addresses`(_ text: String, _ expected: ListenAddress?) {
        let address = ListenAddress(text)
        #expect(address == expected)
        if let address { #expect(ListenAddress(address.description) == address) }
    }

    @Test(
        arguments: [
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (-86_400_000, "Wed, 31 Dec 1969 00:00:00 GMT"), (1_709_164_799_999, "Wed, 28 Feb 2024 23:59:59 GMT"),
            (1_709_164_800_000, "Thu, 29 Feb 2024 00:00:00 GMT"),
        ] as [(Int64, String)])
    func `dates of headers`(_ milliseconds: Int64, _ text: String) {
        #expect(HTTPDate.text(Timestamp(milliseconds: milliseconds)) == text)
        if milliseconds >= 0 { #expect(Timestamp(httpDate: text)?.milliseconds == milliseconds / 1000 * 1000) }
    }

    @Test func `certificates and keys that are none, or no pair`() throws {
        let directory = try TemporaryDirectory()
        let (one, two) = ("\(directory.path)/one", "\(directory.path)/two")
        let first = try TLSIdentity.selfSigned(in: one, names: ["a,DNS:evil", "example.test", "10.0.0.1"])
        #expect(try TLSIdentity.selfSigned(in: one, names: []).thumbprint == first.thumbprint, "it is kept")
        #expect(try TLSIdentity.selfSigned(in: two, names: []).thumbprint != first.thumbprint)
        #expect(try FileManager.default.attributesOfItem(atPath: "\(one)/tls-key.pem")[.posixPermissions] as? Int == 0o600)
        for (certificate, key) in [
            ("\(one)/tls-cert.pem", "\(two)/tls-key.pem"), ("\(one)/tls-key.pem", "\(one)/tls-key.pem"), ("\(one)/tls-cert.pem", "\(one)/tls-cert.pem"),
            ("\(one)/missing", "\(one)/tls-key.pem"), ("\(one)/tls-cert.pem", "\(one)/missing"),
        ] { #expect(throws: StartupError.self) { try TLSIdentity(certificate: certificate, key: key) } }
    }

    @Test func `the ready file`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/ready.json"
        let ready = ReadyFile(path: path)
        try ready.remove()
        try ready.write(url: "https://127.0.0.1:41234", thumbprint: "AA:BB")
        let json = try JSON(String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self))
        #expect(json["url"]?.text == "https://127.0.0.1:41234")
        #expect(json["thumbprint"]?.text == "AA:BB")
        #expect(json["pid"] == .int(Int64(ProcessInfo.processInfo.processIdentifier)))
        try ready.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(throws: StartupError.self) { try ReadyFile(path: "\(directory.path)/no/ready").write(url: "x", thumbprint: nil) }
    }
}

extension TestServer {
    func announceURL(_ name: String, in session: UpdateSession.ID) async throws -> String {
        let info = try await call(UpdateSession.File.add(session, .init(name: name, source: .push)))
        guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info)") }
        return endpoint.uri
    }

    /// Polls, for what happens on a socket's other side.
    func wait(until isTrue: () async throws -> Bool) async throws {
        for _ in 0..<1000 {
            if try await isTrue() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Unexpected("it did not happen")
    }
}
