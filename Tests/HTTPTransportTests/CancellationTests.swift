import Digests
import Glibc
import Synchronization
import Testing

@testable import HTTPTransport

@Suite struct CancellationTests {
    /// Descriptors of this process that lead to the same file.
    private func descriptors(of descriptor: Int32) -> Int {
        var wanted = stat()
        guard fstat(descriptor, &wanted) == 0 else { return -1 }
        return (0..<4096).filter { number in
            var other = stat()
            return fstat(Int32(number), &other) == 0 && other.st_ino == wanted.st_ino && other.st_dev == wanted.st_dev
        }.count
    }

    @Test func inTheMiddleOfAnUpload() async throws {
        let gate = Monitor(false)
        let server = try TestServer { connection in
            guard try connection.head() != nil else { return }
            try connection.body(1 << 20)
            gate.wait { $0 ? () : nil }
            _ = connection.drain()
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let file = TestFile(sparse: 1 << 30)
        let progress = TransferProgress(total: 1 << 30)
        let task = Task {
            try await loop.send(
                Request(
                    method: "PUT", url: server.url + "/",
                    body: .file(FileBody(descriptor: file.descriptor, length: 1 << 30, digests: [.sha1], progress: progress)), timeouts: .transfer))
        }
        #expect(await eventually { progress.moved > 0 })
        #expect(descriptors(of: file.descriptor) == 2)
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(await eventually { self.descriptors(of: file.descriptor) == 1 })
        gate.withLock { $0 = true }
        gate.wakeAll()
        #expect(await eventually { server.open == 0 })
        await loop.close()
    }

    /// The source hangs in the kernel, as on a dead NFS server: nobody waits for it.
    @Test func whileTheDiskHangs() async throws {
        let server = try TestServer { connection in _ = connection.drain() }
        defer { server.stop() }
        let pool = ThreadPool(name: "hung", threads: 1)
        let gate = Monitor(0)
        #expect(pool.submit { gate.wait { $0 > 0 ? () : nil } })
        let loop = try HTTPLoop()
        let file = TestFile(sparse: 1 << 20)
        let task = Task {
            try await loop.send(
                Request(method: "PUT", url: server.url + "/", body: .file(FileBody(descriptor: file.descriptor, length: 1 << 20, threads: pool))))
        }
        #expect(await eventually { server.open == 1 })
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        gate.withLock { $0 = 1 }
        gate.wakeAll()
        #expect(await eventually { self.descriptors(of: file.descriptor) == 1 })
        await loop.close()
    }

    @Test func inTheMiddleOfADownload() async throws {
        let server = try TestServer { connection in
            guard try connection.head() != nil else { return }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nstart")
            _ = connection.drain()
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let file = TestFile()
        let task = Task { try await loop.send(Request(method: "GET", url: server.url + "/", sink: .file(FileSink(descriptor: file.descriptor)))) }
        #expect(await eventually { file.bytes == Array("start".utf8) })
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await eventually { self.descriptors(of: file.descriptor) == 1 })
        await loop.close()
    }

    @Test func beforeItBegan() async throws {
        let server = try TestServer { connection in _ = connection.drain() }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await loop.send(Request(method: "GET", url: server.url + "/"))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await loop.ping()
        #expect(server.accepted == 0)
        await loop.close()
    }

    /// Two thirds of many requests are cancelled at any moment of their life; every one ends, and every other one is answered.
    @Test func sixHundredAtOnce() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                try connection.body(head.length)
                try connection.answer(200, head.target)
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(maxConnections: 16))
        let file = TestFile(randomBytes(200_000, seed: 1))
        var random = SplitMix64(seed: 600)
        var answered = 0
        var ended = 0
        await withTaskGroup(of: (isAnswered: Bool, wasCancelled: Bool, isRight: Bool).self) { group in
            for number in 0..<600 {
                let isCancelled = number % 3 != 0
                let turns = Int(random.next() % 400)
                group.addTask {
                    let task = Task {
                        try await loop.send(
                            Request(
                                method: "PUT", url: "\(server.url)/\(number)",
                                body: .file(FileBody(descriptor: file.descriptor, length: 200_000, digests: [.sha1]))))
                    }
                    if isCancelled {
                        for _ in 0..<turns { await Task.yield() }
                        task.cancel()
                    }
                    do {
                        let response = try await task.value
                        return (true, isCancelled, String(decoding: response.body, as: UTF8.self) == "/\(number)")
                    } catch { return (false, isCancelled, isCancelled && error is CancellationError) }
                }
            }
            for await result in group {
                ended += 1
                #expect(result.isRight)
                if result.isAnswered { answered += 1 }
            }
        }
        #expect(ended == 600)
        #expect(answered >= 200)
        #expect(server.mostOpen <= 16 + 8, "cancelled connections may still be closing on the other side")
        #expect(await eventually { self.descriptors(of: file.descriptor) == 1 })
        await loop.close()
        #expect(await eventually { server.open == 0 })
    }
}
