import Digests
import Glibc
import HTTPTransport
import Synchronization
import Testing

@Suite struct HTTPLoopTests {
    @Test func requestAndAnswerByteForByte() async throws {
        let seen = Mutex("")
        let server = try TestServer(
            script: everyRequest { connection, head in
                var body: [UInt8] = []
                try connection.body(head.length) { body += $0 }
                seen.withLock { $0 = head.text + String(decoding: body, as: UTF8.self) }
                try connection.send("HTTP/1.1 201 Created\r\nX-One: a\r\nx-one:  b \r\nEmpty:\r\nContent-Length: 2\r\n\r\nok")
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(userAgent: "clsyncd/1"))
        let response = try await loop.send(
            Request(method: "POST", url: server.url + "/a/../b?c=d%20e", headers: ["X-Given": "1", "X-Empty": ""], body: .bytes(Array("{}".utf8))))
        #expect(response.status == 201)
        #expect(response.body == Array("ok".utf8))
        #expect(response.headers["X-ONE"] == "a")
        #expect(response.headers.fields.filter { $0.name.lowercased() == "x-one" }.map(\.value) == ["a", "b"])
        #expect(response.headers["empty"] == "")
        #expect(
            seen.withLock { $0 }
                == "POST /a/../b?c=d%20e HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: clsyncd/1\r\nAccept: */*\r\nX-Given: 1\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}"
        )
        await loop.close()
    }

    /// Body or not, each method says how long its body is, or has none.
    @Test(
        arguments: [
            ("GET", nil, false), ("DELETE", nil, false), ("HEAD", nil, false), ("POST", nil, true), ("PUT", nil, true), ("PATCH", nil, true),
            ("POST", "x", true),
            ("PATCH", "xyz", true), ("DELETE", "x", true),
        ] as [(String, String?, Bool)])
    func framing(method: String, body: String?, hasLength: Bool) async throws {
        let seen = Mutex<Connection.Head?>(nil)
        let server = try TestServer(
            script: everyRequest { connection, head in
                try connection.body(head.length)
                seen.withLock { $0 = head }
                try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let response = try await loop.send(Request(method: method, url: server.url + "/", body: body.map { .bytes(Array($0.utf8)) } ?? .none))
        #expect(response.status == 204)
        let head = try #require(seen.withLock { $0 })
        #expect(head.method == method)
        #expect(head.headers["Content-Length"] == (hasLength ? String(body?.utf8.count ?? 0) : nil))
        #expect(head.headers["Expect"] == nil)
        #expect(head.headers["Content-Type"] == nil)
        #expect(head.headers["Transfer-Encoding"] == nil)
        await loop.close()
    }

    @Test func anyStatusIsAnAnswerAndRedirectsAreNotFollowed() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                let status = Int(head.target.dropFirst()) ?? 0
                try connection.answer(status, "body", headers: "Location: /200\r\n")
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        for status in [200, 301, 307, 400, 401, 404, 500, 503] {
            let response = try await loop.send(Request(method: "GET", url: "\(server.url)/\(status)"))
            #expect(response.status == status)
            #expect(response.body == Array("body".utf8))
        }
        #expect(server.accepted == 1, "one connection serves them all")
        await loop.close()
    }

    @Test func interimAnswersAreNotTheAnswer() async throws {
        let server = try TestServer(
            script: everyRequest { connection, _ in
                try connection.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
                try connection.answer(200, "final")
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let response = try await loop.send(Request(method: "GET", url: server.url + "/"))
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        await loop.close()
    }

    @Test func chunkedAnswerAndClosedConnection() async throws {
        let server = try TestServer { connection in
            guard let head = try connection.head() else { return }
            if head.target == "/chunked" {
                try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
                for part in ["4\r\nWiki\r\n", "6\r\npedia.\r\n", "0\r\n\r\n"] { try connection.send(part) }
            } else {
                try connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end")
            }
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        #expect(try await loop.send(Request(method: "GET", url: server.url + "/chunked")).body == Array("Wikipedia.".utf8))
        #expect(try await loop.send(Request(method: "GET", url: server.url + "/close")).body == Array("until the end".utf8))
        await loop.close()
    }

    @Test func limitOfAnAnswerInMemory() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                let long = String(repeating: "x", count: 100_001)
                if head.target == "/chunked" {
                    try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n\(long)\r\n0\r\n\r\n")
                } else {
                    try connection.answer(head.target == "/error" ? 500 : 200, long)
                }
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        for path in ["/", "/chunked"] {
            let error = await #expect(throws: TransportError.self) {
                try await loop.send(Request(method: "GET", url: server.url + path, sink: .memory(limit: 100_000)))
            }
            #expect(error?.reason == .tooLarge(limit: 100_000))
            #expect(try await loop.send(Request(method: "GET", url: server.url + path, sink: .memory(limit: 100_001))).body.count == 100_001)
        }
        let refused = try await loop.send(Request(method: "GET", url: server.url + "/error", sink: .memory(limit: 10)))
        #expect(refused.status == 500)
        #expect(refused.body.count == 65536, "the body of an error is cut, not refused")
        await loop.close()
    }

    @Test(arguments: [
        ("GET", "ftp://127.0.0.1/", "scheme"), ("GET", "file:///etc/passwd", "scheme"), ("GET", "http://user:secret@127.0.0.1/", "user"),
        ("GET", "http://", "host"),
        ("GET", "", "empty"), ("GET", "http://127.0.0.1/a b", "blank"), ("GET /x", "http://127.0.0.1/", "method"), ("get", "http://127.0.0.1/", "method"),
    ])
    func refusedBeforeAnythingIsSent(method: String, url: String, why: String) async throws {
        let loop = try HTTPLoop()
        let error = await #expect(throws: TransportError.self) { try await loop.send(Request(method: method, url: url)) }
        guard case .badRequest = error?.reason else {
            Issue.record("\(why): \(String(describing: error))")
            return
        }
        #expect(error?.isBeforeSending == true)
        #expect(error?.isTransient == false)
        #expect(error?.description.contains("secret") == false)
        await loop.close()
    }

    @Test(arguments: [("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("", "1"), ("X:", "1"), ("X", "a\u{0}b"), ("Content-Length", "5"), ("transfer-encoding", "chunked")])
    func refusedHeaders(name: String, value: String) async throws {
        let loop = try HTTPLoop()
        let error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "GET", url: "http://127.0.0.1:1/", headers: Headers([(name, value)])))
        }
        guard case .badRequest = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        await loop.close()
    }

    @Test func pingAnswersWhileTransfersHang() async throws {
        let server = try TestServer { connection in _ = connection.drain() }
        defer { server.stop() }
        let loop = try HTTPLoop()
        async let hanging = loop.send(Request(method: "GET", url: server.url + "/"))
        #expect(await eventually { server.open == 1 })
        try await loop.ping()
        await loop.close()
        do {
            _ = try await hanging
            Issue.record("the request was answered")
        } catch { #expect(error as? TransportError == TransportError(.closed, peer: "127.0.0.1:\(server.port)", isBeforeSending: false)) }
    }

    @Test func closeEndsWhatIsUnderWayAndRefusesTheRest() async throws {
        let server = try TestServer { connection in _ = connection.drain() }
        defer { server.stop() }
        let loop = try HTTPLoop(.init(maxConnections: 3))
        let ended = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        _ = try await loop.send(Request(method: "GET", url: server.url + "/"))
                        return false
                    } catch let error as TransportError { return error.reason == .closed } catch { return false }
                }
            }
            #expect(await eventually { server.open == 3 })
            await loop.close()
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(ended == 10)
        #expect(await eventually { server.open == 0 })
        #expect(server.accepted == 3)
        await loop.close()
        await #expect(throws: TransportError.self) { try await loop.ping() }
        await #expect(throws: TransportError.self) { try await loop.send(Request(method: "GET", url: server.url + "/")) }
    }

    /// The thread itself goes when nobody holds the loop any more, closed or not.
    @Test func aForgottenLoopEnds() async throws {
        func threads() -> Int { threadNames().filter { $0 == "forgotten" }.count }
        do {
            let loop = try HTTPLoop(.init(name: "forgotten"))
            try await loop.ping()
            #expect(threads() == 1)
        }
        #expect(await eventually { threads() == 0 })
    }

    /// A server that keeps connections alive only for a while closes them at bad moments.
    @Test func aKeptConnectionThatDiedIsReplacedBeforeItIsUsed() async throws {
        let server = try TestServer { connection in
            guard try connection.head() != nil else { return }
            try connection.answer(200, "once")
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        for round in 1...5 {
            #expect(try await loop.send(Request(method: "POST", url: server.url + "/")).status == 200)
            #expect(await eventually { server.open == 0 })
            #expect(server.accepted == round)
        }
        await loop.close()
    }

    /// The server took the second request on a kept connection and died: it may have carried it out.
    @Test(arguments: ["POST", "PATCH", "DELETE", "PUT"]) func aRequestIsNeverRepeatedByItself(method: String) async throws {
        let requests = Atomic(0)
        let server = try TestServer { connection in
            guard try connection.head() != nil else { return }
            requests.add(1, ordering: .relaxed)
            try connection.answer(200)
            guard try connection.head() != nil else { return }
            requests.add(1, ordering: .relaxed)
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        _ = try await loop.send(Request(method: method, url: server.url + "/"))
        let error = await #expect(throws: TransportError.self) { try await loop.send(Request(method: method, url: server.url + "/")) }
        guard case .connectionLost = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isBeforeSending == false)
        #expect(error?.isTransient == true)
        let count = requests.load(ordering: .relaxed)
        #expect(count == 2)
        await loop.close()
    }
}

/// The names of this process's threads.
func threadNames() -> [String] {
    guard let directory = opendir("/proc/self/task") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let thread = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
        guard let file = fopen("/proc/self/task/\(thread)/comm", "re") else { continue }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        if fgets(&line, 64, file) != nil { names.append(String(decoding: line.prefix { $0 > 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)) }
    }
    return names
}
