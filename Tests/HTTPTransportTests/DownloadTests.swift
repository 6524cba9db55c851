import Digests
import Glibc
import Testing

@testable import HTTPTransport

@Suite struct DownloadTests {
    @Test(arguments: [0, 1, 256 << 10, (1 << 20) + 1, 7_777_777], [false, true])
    func everyByteIsWrittenAndDigested(length: Int, chunked: Bool) async throws {
        let bytes = randomBytes(length, seed: 21)
        let server = try TestServer(
            script: everyRequest { connection, _ in
                guard chunked else {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
                    return try connection.send(bytes)
                }
                try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                if length > 0 {
                    try connection.send("\(String(length, radix: 16))\r\n")
                    try connection.send(bytes)
                    try connection.send("\r\n")
                }
                try connection.send("0\r\n\r\n")
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let file = TestFile()
        let progress = TransferProgress(total: Int64(length))
        let sink = FileSink(descriptor: file.descriptor, digests: [.sha1, .sha512], progress: progress)
        let response = try await loop.send(Request(method: "GET", url: server.url + "/", sink: .file(sink)))
        #expect(response.body.isEmpty)
        #expect(response.received?.byteCount == Int64(length))
        for algorithm in [DigestAlgorithm.sha1, .sha512] { #expect(try response.received?.digests[algorithm] == algorithm.hexDigest(of: bytes)) }
        #expect(file.bytes == bytes)
        #expect(progress.moved == Int64(length))
        await loop.close()
    }

    @Test func anOffset() async throws {
        let server = try TestServer(script: everyRequest { connection, _ in try connection.answer(206, "world") })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let file = TestFile(Array("hello, WORLD".utf8))
        _ = try await loop.send(Request(method: "GET", url: server.url + "/", sink: .file(FileSink(descriptor: file.descriptor, offset: 7))))
        #expect(file.bytes == Array("hello, world".utf8))
        await loop.close()
    }

    @Test func anErrorsBodyDoesNotTouchTheFile() async throws {
        let server = try TestServer(script: everyRequest { connection, _ in try connection.answer(404, "gone") })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let file = TestFile(Array("kept".utf8))
        let response = try await loop.send(Request(method: "GET", url: server.url + "/", sink: .file(FileSink(descriptor: file.descriptor))))
        #expect(response.status == 404)
        #expect(response.body == Array("gone".utf8))
        #expect(response.received == nil)
        #expect(file.bytes == Array("kept".utf8))
        await loop.close()
    }

    /// The disk is slower than the network: the transfer pauses with little in memory, and ends well.
    @Test func aSlowDiskPausesTheTransfer() async throws {
        let bytes = randomBytes(8 << 20, seed: 2)
        let server = try TestServer(
            script: everyRequest { connection, _ in
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n")
                try connection.send(bytes)
            })
        defer { server.stop() }
        let pool = ThreadPool(name: "slow", threads: 1)
        let loop = try HTTPLoop()
        let gate = Monitor(0)
        let file = TestFile()
        let progress = TransferProgress(total: Int64(bytes.count))
        #expect(pool.submit { gate.wait { $0 > 0 ? () : nil } })
        async let response = loop.send(
            Request(
                method: "GET", url: server.url + "/",
                sink: .file(FileSink(descriptor: file.descriptor, digests: [.sha1], progress: progress, threads: pool)),
                timeouts: Timeouts(stall: .milliseconds(800), answer: .seconds(20))))
        #expect(await eventually { progress.moved > 0 })
        let start = ContinuousClock.now
        #expect(await eventually { ContinuousClock.now - start > .milliseconds(1000) })
        #expect(progress.moved <= 2 << 20)
        gate.withLock { $0 = 1 }
        gate.wakeAll()
        let received = try await response.received
        #expect(try received?.digests[.sha1] == DigestAlgorithm.sha1.hexDigest(of: bytes))
        #expect(file.bytes == bytes)
        await loop.close()
    }

    @Test func aFileThatCannotBeWrittenNamesTheError() async throws {
        let bytes = randomBytes(1 << 20, seed: 2)
        let server = try TestServer(
            script: everyRequest { connection, _ in
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n")
                try connection.send(bytes)
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "GET", url: server.url + "/", sink: .file(FileSink(descriptor: full))))
        }
        #expect(error?.reason == .sink(.errno(ENOSPC, at: 0)))
        await loop.close()
    }

    @Test func aShortAnswerIsNoAnswer() async throws {
        let server = try TestServer { connection in
            guard let head = try connection.head() else { return }
            let framing = head.target == "/chunked" ? "Transfer-Encoding: chunked\r\n\r\n64\r\n" : "Content-Length: 100\r\n\r\n"
            try connection.send("HTTP/1.1 200 OK\r\n\(framing)too short")
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        for path in ["/", "/chunked"] {
            let file = TestFile()
            let error = await #expect(throws: TransportError.self) {
                try await loop.send(Request(method: "GET", url: server.url + path, sink: .file(FileSink(descriptor: file.descriptor))))
            }
            guard case .connectionLost = error?.reason else {
                Issue.record("\(path): \(String(describing: error))")
                continue
            }
        }
        await loop.close()
    }
}
