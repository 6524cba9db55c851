import Digests
import Glibc
import HTTPTransport
import Testing

@Suite struct TrustTests {
    private func answering(_ identity: TestIdentity) throws -> TestServer {
        try TestServer(identity, script: everyRequest { connection, _ in try connection.answer(200, "hello") })
    }

    private func outcome(_ server: TestServer, _ configuration: HTTPLoop.Configuration, _ trust: Trust? = nil) async throws -> Result<Int, TransportError> {
        let loop = try HTTPLoop(configuration)
        defer { server.stop() }
        do {
            let status = try await loop.send(Request(method: "GET", url: server.url + "/", trust: trust)).status
            await loop.close()
            return .success(status)
        } catch let error as TransportError {
            await loop.close()
            return .failure(error)
        }
    }

    @Test func theRightPinIsEnough() async throws {
        // Neither the name nor the issuer would do.
        let identity = try TestIdentity(names: "DNS:elsewhere.test")
        for pin in [identity.sha1, identity.sha256] {
            let outcome = try await outcome(answering(identity), .init(trust: .pinned(pin)))
            #expect(try outcome.get() == 200)
        }
    }

    @Test func theWrongPinShowsWhatWasPresented() async throws {
        let (identity, other) = (try TestIdentity(), try TestIdentity())
        for (presented, expected) in [(identity.sha1, other.sha1), (identity.sha256, other.sha256)] {
            let result = try await outcome(answering(identity), .init(trust: .pinned(expected)))
            guard case .failure(let error) = result, case .untrusted(presented, expected, _) = error.reason else {
                Issue.record("\(result)")
                continue
            }
            #expect(error.isBeforeSending)
            #expect(!error.isTransient)
            #expect(error.description.contains(presented.description))
            #expect(error.description.contains(expected.description))
        }
    }

    @Test func aPinBeatsACertificateThatWouldDo() async throws {
        let (identity, other) = (try TestIdentity(), try TestIdentity())
        let result = try await outcome(answering(identity), .init(trust: .authorities(pem: Array(identity.pem.utf8))), .pinned(other.sha1))
        #expect(throws: TransportError.self) { try result.get() }
    }

    @Test func aCAFile() async throws {
        let (identity, other) = (try TestIdentity(), try TestIdentity())
        let path = "/tmp/transport-test-\(getpid())-ca.pem"
        defer { unlink(path) }
        try write(identity.pem, to: path)
        let trust = try Trust.authorities(fromFile: path)
        #expect(try await outcome(answering(identity), .init(trust: trust)).get() == 200)
        let result = try await outcome(answering(other), .init(trust: trust))
        guard case .failure(let error) = result, case .untrusted(other.sha256, nil, _) = error.reason else {
            Issue.record("\(result)")
            return
        }
        #expect(error.description.contains(other.sha256.description), "the message has what a person may pin")
    }

    @Test func aCAFileStillChecksTheName() async throws {
        let identity = try TestIdentity(names: "DNS:elsewhere.test")
        let result = try await outcome(answering(identity), .init(trust: .authorities(pem: Array(identity.pem.utf8))))
        guard case .failure(let error) = result, case .untrusted = error.reason else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func theSystemDoesNotTrustASelfSignedCertificate() async throws {
        let identity = try TestIdentity()
        let result = try await outcome(answering(identity), .init())
        guard case .failure(let error) = result, case .untrusted(identity.sha256, nil, _) = error.reason else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func filesThatAreNoCertificates() throws {
        let path = "/tmp/transport-test-\(getpid())-bad.pem"
        defer { unlink(path) }
        try write("no certificate", to: path)
        #expect(throws: TrustError.noCertificate(path: path)) { try Trust.authorities(fromFile: path) }
        #expect(throws: TrustError.unreadable(path: "/tmp", errno: EISDIR)) { try Trust.authorities(fromFile: "/tmp") }
        #expect(throws: TrustError.unreadable(path: "/nonexistent/ca.pem", errno: ENOENT)) { try Trust.authorities(fromFile: "/nonexistent/ca.pem") }
    }

    /// A connection made under one trust never serves a request of another.
    @Test func connectionsAreNotSharedBetweenTrusts() async throws {
        let (identity, other) = (try TestIdentity(), try TestIdentity())
        let server = try answering(identity)
        defer { server.stop() }
        let loop = try HTTPLoop(.init(trust: .pinned(identity.sha256)))
        func send(_ trust: Trust?) async throws -> Int { try await loop.send(Request(method: "GET", url: server.url + "/", trust: trust)).status }
        #expect(try await send(nil) == 200)
        #expect(try await send(nil) == 200)
        #expect(server.accepted == 1)
        #expect(try await send(.pinned(identity.sha256)) == 200)
        #expect(server.accepted == 1, "the same trust is no other one")
        await #expect(throws: TransportError.self) { try await send(.pinned(other.sha1)) }
        #expect(server.accepted == 2)
        #expect(try await send(.pinned(identity.sha1)) == 200)
        #expect(try await send(.pinned(identity.sha1)) == 200)
        #expect(server.accepted == 3, "a trust has connections of its own")
        await #expect(throws: TransportError.self) { try await send(.system) }
        await #expect(throws: TransportError.self) { try await send(.authorities(pem: Array(other.pem.utf8))) }
        #expect(try await send(.authorities(pem: Array(identity.pem.utf8))) == 200)
        #expect(server.accepted == 6)
        #expect(try await send(nil) == 200)
        #expect(server.accepted == 6, "and the loop's own connection is still there")
        await loop.close()
    }

    /// The pin is looked at on every new connection, also when the server could resume a TLS session.
    @Test func everyNewConnectionIsChecked() async throws {
        let identity = try TestIdentity()
        let server = try TestServer(identity) { connection in
            guard try connection.head() != nil else { return }
            try connection.answer(200, headers: "Connection: close\r\n")
        }
        let port = server.port
        let loop = try HTTPLoop(.init(trust: .pinned(identity.sha256)))
        for _ in 0..<3 { #expect(try await loop.send(Request(method: "GET", url: server.url + "/")).status == 200) }
        #expect(server.accepted == 3)
        server.stop()
        #expect(await eventually { server.open == 0 })
        // Another server takes the same port.
        let other = try TestIdentity()
        let impostor = try answering(other)
        defer { impostor.stop() }
        #expect(impostor.port != port)
        let error = await #expect(throws: TransportError.self) { try await loop.send(Request(method: "GET", url: impostor.url + "/")) }
        #expect(error?.isBeforeSending == true)
        await loop.close()
    }

    /// Also on a loop that has a connection to that server, and TLS sessions that could be resumed.
    @Test func whatWasPresentedIsShownWhetherItIsTrustedOrNot() async throws {
        let (identity, other) = (try TestIdentity(), try TestIdentity())
        let server = try answering(identity)
        defer { server.stop() }
        let loop = try HTTPLoop(.init(trust: .authorities(pem: Array(identity.pem.utf8))))
        let trusts: [(Trust?, Bool)] = [(nil, true), (nil, true), (.pinned(identity.sha1), true), (.pinned(other.sha1), false), (.system, false)]
        for (trust, isTrusted) in trusts {
            #expect(try await loop.send(Request(method: "GET", url: server.url + "/")).status == 200)
            let accepted = server.accepted
            var request = Request(method: "GET", url: server.url + "/", trust: trust)
            let certificate = PresentedCertificate()
            request.certificate = certificate
            #expect(certificate.der == nil)
            let response = try? await loop.send(request)
            #expect((response?.status == 200) == isTrusted)
            #expect(try certificate.der.map { try Thumbprint(ofDER: $0) } == identity.sha256)
            #expect(server.accepted == accepted + 1)
        }
        let plain = try TestServer(script: everyRequest { connection, _ in try connection.answer(200) })
        defer { plain.stop() }
        var request = Request(method: "GET", url: plain.url + "/")
        request.certificate = PresentedCertificate()
        #expect(try await loop.send(request).status == 200)
        #expect(request.certificate?.der == nil)
        await loop.close()
    }

    @Test func nothingOlderThanTLS12() async throws {
        let identity = try TestIdentity(oldest: true)
        let result = try await outcome(answering(identity), .init(trust: .pinned(identity.sha256)))
        guard case .failure(let error) = result, case .tls = error.reason else {
            Issue.record("\(result)")
            return
        }
        #expect(error.description.contains("TLS 1.2"))
    }

    @Test func aServerWithoutTLS() async throws {
        let server = try TestServer { connection in
            try connection.answer(400)
            connection.holdUntilClosed()
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let error = await #expect(throws: TransportError.self) { try await loop.send(Request(method: "GET", url: "https://127.0.0.1:\(server.port)/")) }
        guard case .tls = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isBeforeSending == true)
        await loop.close()
    }

    private func write(_ text: String, to path: String) throws {
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(file) }
        #expect(text.utf8.withContiguousStorageIfAvailable { Glibc.write(file, $0.baseAddress, $0.count) } == text.utf8.count)
    }
}
