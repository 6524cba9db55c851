import Glibc
import HTTPTransport
import Synchronization
import Testing

@Suite struct ConnectionTests {
    @Test func noMoreConnectionsThanAllowed() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                try connection.body(head.length)
                try connection.answer(200)
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(maxConnections: 4))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { try await loop.send(Request(method: "POST", url: server.url + "/", body: .bytes([1, 2, 3]))).status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.mostOpen <= 4)
        #expect(server.accepted <= 4)
        await loop.close()
    }

    @Test func oneBusyHostDoesNotTakeAll() async throws {
        let busy = try TestServer { connection in _ = connection.drain() }
        let free = try TestServer(script: everyRequest { connection, _ in try connection.answer(200) })
        defer {
            busy.stop()
            free.stop()
        }
        let loop = try HTTPLoop(.init(maxConnections: 4, maxConnectionsPerHost: 2))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try? await loop.send(Request(method: "GET", url: busy.url + "/")) } }
            #expect(await eventually { busy.open == 2 })
            for _ in 0..<5 { #expect((try? await loop.send(Request(method: "GET", url: free.url + "/")))?.status == 200) }
            #expect(busy.accepted == 2)
            await loop.close()
        }
    }

    /// Waiting for a free connection counts towards no time-out.
    @Test func waitingInLineIsNoStall() async throws {
        let server = try TestServer(
            script: everyRequest { connection, _ in
                usleep(100_000)
                try connection.answer(200)
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(maxConnections: 1))
        let limits = Timeouts(connect: .seconds(1), stall: .seconds(1), answer: .seconds(1))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 { group.addTask { try await loop.send(Request(method: "GET", url: server.url + "/", timeouts: limits)).status } }
            for try await status in group { #expect(status == 200) }
        }
        await loop.close()
    }

    @Test func aPortWhereNobodyListens() async throws {
        let server = try TestServer { _ in }
        let port = server.port
        server.stop()
        let loop = try HTTPLoop()
        let refused = await eventually {
            do {
                _ = try await loop.send(Request(method: "GET", url: "http://127.0.0.1:\(port)/"))
                return false
            } catch let error as TransportError {
                guard case .cannotConnect = error.reason else { return false }
                return error.isBeforeSending && error.isTransient && error.description.contains("127.0.0.1:\(port)")
            } catch { return false }
        }
        #expect(refused)
        await loop.close()
    }

    @Test func aNameThatCannotBe() async throws {
        let host = String(repeating: "a", count: 64) + ".test"
        let loop = try HTTPLoop(.init(proxy: .none))
        let error = await #expect(throws: TransportError.self) { try await loop.send(Request(method: "GET", url: "http://\(host)/")) }
        #expect(error?.reason == .cannotResolve(host: host))
        #expect(error?.isBeforeSending == true)
        #expect(error?.isTransient == true)
        await loop.close()
    }

    /// The TLS handshake belongs to connecting.
    @Test func aServerThatNeverShakesHands() async throws {
        let server = try TestServer { connection in _ = connection.drain() }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let error = await #expect(throws: TransportError.self) {
            try await loop.send(
                Request(method: "POST", url: "https://127.0.0.1:\(server.port)/", timeouts: Timeouts(connect: .milliseconds(200))))
        }
        #expect(error?.reason == .connectTimeout(.milliseconds(200)))
        #expect(error?.isBeforeSending == true)
        await loop.close()
    }

    @Test(arguments: [("upload", TransportError.Stall.sending), ("answer", .answering), ("download", .receiving), ("upload-answer", .answering)])
    func stalls(scene: String, expected: TransportError.Stall) async throws {
        let server = try TestServer { connection in
            guard let head = try connection.head() else { return }
            if scene == "upload-answer" { try connection.body(head.length) }
            if scene == "download" { try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome") }
            if scene == "upload" {
                // Only what the kernel buffers moves.
                connection.holdUntilClosed()
            } else {
                _ = connection.drain()
            }
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let length = scene == "upload" ? 64 << 20 : 10_000
        let file = TestFile(sparse: length)
        let limits = Timeouts(stall: .milliseconds(expected == .answering ? 60_000 : 250), answer: .milliseconds(expected == .answering ? 250 : 60_000))
        let body: Request.Body = scene.hasPrefix("upload") ? .file(FileBody(descriptor: file.descriptor, length: Int64(length))) : .none
        let error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "PUT", url: server.url + "/", body: body, timeouts: limits))
        }
        #expect(error?.reason == .stalled(expected, .milliseconds(250)))
        #expect(error?.isBeforeSending == false)
        #expect(error?.isTransient == true)
        await loop.close()
    }

    /// Slow is not stalled: a byte now and then is enough.
    @Test func aTrickleIsNoStall() async throws {
        let server = try TestServer { connection in
            guard try connection.head() != nil else { return }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n")
            for _ in 0..<24 {
                usleep(80_000)
                try connection.send("x")
            }
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let response = try await loop.send(
            Request(method: "GET", url: server.url + "/", timeouts: Timeouts(stall: .milliseconds(1500), answer: .milliseconds(1500))))
        #expect(response.body.count == 24)
        await loop.close()
    }

    @Test func aProxyByURL() async throws {
        let seen = Mutex("")
        let proxy = try TestServer(
            script: everyRequest { connection, head in
                seen.withLock { $0 = head.text }
                try connection.answer(head.method == "CONNECT" ? 403 : 200, "from the proxy")
            })
        defer { proxy.stop() }
        let loop = try HTTPLoop(.init(proxy: .url("http://127.0.0.1:\(proxy.port)")))
        let response = try await loop.send(Request(method: "GET", url: "http://server.test/x"))
        #expect(response.body == Array("from the proxy".utf8))
        #expect(seen.withLock { $0 }.hasPrefix("GET http://server.test/x HTTP/1.1\r\n"))
        let error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "GET", url: "https://server.test/x", headers: ["vmware-api-session-id": "secret"]))
        }
        guard case .proxy = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isBeforeSending == true)
        #expect(!seen.withLock { $0 }.contains("secret"), "the proxy sees none of the request's headers")
        await loop.close()
    }

    /// In a process of its own, for the environment is the whole process's.
    @Test func aProxyFromTheEnvironment() async {
        await #expect(processExitsWith: .success) {
            let proxy = try TestServer(script: everyRequest { connection, head in try connection.answer(200, "proxy for \(head.target)") })
            let server = try TestServer(script: everyRequest { connection, _ in try connection.answer(200, "direct") })
            setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
            setenv("no_proxy", "", 1)
            func get(_ url: String, _ proxy: HTTPLoop.Proxy) async throws -> String {
                let loop = try HTTPLoop(.init(proxy: proxy))
                let response = try await loop.send(Request(method: "GET", url: url))
                await loop.close()
                return String(decoding: response.body, as: UTF8.self)
            }
            try #require(try await get("http://server.test/x", .environment) == "proxy for http://server.test/x")
            try #require(try await get(server.url + "/", .environment) == "direct")
            try #require(try await get(server.url + "/", .none) == "direct")
            setenv("no_proxy", "server.test", 1)
            try #require(try await get("http://other.test/x", .environment) == "proxy for http://other.test/x")
            proxy.stop()
            server.stop()
        }
    }

    /// No timer runs while there is nothing to do, not even with a connection kept and a transfer waiting for its answer.
    @Test func idlingCostsNothing() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                if head.target == "/wait" { _ = connection.drain() }
                try connection.answer(200)
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(name: "idle-loop"))
        _ = try await loop.send(Request(method: "GET", url: server.url + "/"))
        let task = Task { try await loop.send(Request(method: "GET", url: server.url + "/wait")) }
        #expect(await eventually { server.open == 1 })
        try await loop.ping()
        let before = try #require(switches(of: "idle-loop"))
        let start = ContinuousClock.now
        #expect(await eventually { ContinuousClock.now - start > .milliseconds(500) })
        let after = try #require(switches(of: "idle-loop"))
        #expect(after - before <= 3)
        task.cancel()
        _ = await task.result
        await loop.close()
    }

    /// How often a thread of that name has gone to sleep.
    private func switches(of name: String) -> Int? {
        guard let directory = opendir("/proc/self/task") else { return nil }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let thread = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
            guard let file = fopen("/proc/self/task/\(thread)/status", "re") else { continue }
            defer { fclose(file) }
            var text = [UInt8](repeating: 0, count: 8192)
            let count = fread(&text, 1, text.count, file)
            let status = String(decoding: text.prefix(count), as: UTF8.self)
            guard status.hasPrefix("Name:\t\(name)\n") else { continue }
            return status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }.flatMap { Int($0.split(separator: "\t")[1]) }
        }
        return nil
    }
}
