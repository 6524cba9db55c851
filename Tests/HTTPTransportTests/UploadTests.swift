import Digests
import Glibc
import Synchronization
import Testing

@testable import HTTPTransport

@Suite struct UploadTests {
    /// What a server saw of an upload.
    struct Seen: Sendable {
        var head: String = ""
        var length: Int?
        var digests: [DigestAlgorithm: String] = [:]
    }

    static func recorder(_ seen: @escaping @Sendable (Seen) -> Void) -> @Sendable (Connection) throws -> Void {
        everyRequest { connection, head in
            let digest = try MultiDigest([.sha256])
            try connection.body(head.length) { digest.update($0) }
            seen(Seen(head: head.text, length: head.headers["Content-Length"].flatMap { Int($0) }, digests: digest.finish()))
            try connection.answer(201)
        }
    }

    /// Around the sizes of the ring and its buffers.
    @Test(arguments: [0, 1, 511, 512 << 10, (512 << 10) + 1, 2 << 20, (2 << 20) + 1, 9_999_991])
    func everyByteArrivesAndIsDigested(length: Int) async throws {
        let seen = Mutex<Seen?>(nil)
        let server = try TestServer(script: Self.recorder { value in seen.withLock { $0 = value } })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let bytes = randomBytes(length, seed: 11)
        let file = TestFile(bytes)
        let progress = TransferProgress(total: Int64(length))
        let body = FileBody(descriptor: file.descriptor, length: Int64(length), digests: [.sha1, .sha256, .md5], progress: progress)
        let response = try await loop.send(Request(method: "PUT", url: server.url + "/x", body: .file(body), timeouts: .transfer))
        #expect(response.status == 201)
        #expect(response.sent?.byteCount == Int64(length))
        for algorithm in [DigestAlgorithm.sha1, .sha256, .md5] { #expect(try response.sent?.digests[algorithm] == algorithm.hexDigest(of: bytes)) }
        let there = try #require(seen.withLock { $0 })
        #expect(there.length == length)
        #expect(there.digests[.sha256] == response.sent?.digests[.sha256])
        #expect(!there.head.lowercased().contains("expect:"))
        #expect(progress.moved == Int64(length))
        await loop.close()
    }

    @Test func aPartOfAFile() async throws {
        let seen = Mutex<Seen?>(nil)
        let server = try TestServer(script: Self.recorder { value in seen.withLock { $0 = value } })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let bytes = randomBytes(3_000_000, seed: 5)
        let file = TestFile(bytes)
        lseek(file.descriptor, 17, SEEK_SET)
        let body = FileBody(descriptor: file.descriptor, offset: 1_000_001, length: 1_500_000, digests: [.sha256])
        let response = try await loop.send(Request(method: "PUT", url: server.url + "/x", body: .file(body)))
        #expect(try response.sent?.digests[.sha256] == DigestAlgorithm.sha256.hexDigest(of: bytes[1_000_001..<2_500_001]))
        #expect(seen.withLock { $0?.digests } == response.sent?.digests)
        #expect(lseek(file.descriptor, 0, SEEK_CUR) == 17, "the caller's position does not move")
        await loop.close()
    }

    @Test func manyAtOnceShareTheReaders() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                let digest = try MultiDigest([.sha1])
                try connection.body(head.length) { digest.update($0) }
                try connection.answer(200, digest.finish()[.sha1] ?? "")
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(maxConnections: 8, threads: ThreadPool(name: "readers", threads: 2)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask {
                    let file = TestFile(randomBytes(1_000_000 + number * 77_777, seed: UInt64(number)))
                    let body = FileBody(descriptor: file.descriptor, length: Int64(1_000_000 + number * 77_777), digests: [.sha1])
                    let response = try await loop.send(Request(method: "PUT", url: server.url + "/\(number)", body: .file(body)))
                    #expect(response.sent?.digests[.sha1] == String(decoding: response.body, as: UTF8.self))
                }
            }
            try await group.waitForAll()
        }
        await loop.close()
    }

    /// The disk is slower than the network: the transfer pauses, and a pause is no stall.
    @Test func aSlowDiskPausesTheTransfer() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                try connection.body(head.length)
                try connection.answer(200)
            })
        defer { server.stop() }
        let pool = ThreadPool(name: "slow", threads: 1)
        let loop = try HTTPLoop()
        let gate = Monitor(0)
        let length = 8 << 20
        let file = TestFile(sparse: length)
        let progress = TransferProgress(total: Int64(length))
        #expect(pool.submit { gate.wait { $0 > 0 ? () : nil } })
        async let response = loop.send(
            Request(
                method: "PUT", url: server.url + "/",
                body: .file(FileBody(descriptor: file.descriptor, length: Int64(length), progress: progress, threads: pool)),
                timeouts: Timeouts(stall: .milliseconds(800), answer: .seconds(20))))
        #expect(await eventually { server.open == 1 })
        let start = ContinuousClock.now
        #expect(await eventually { ContinuousClock.now - start > .milliseconds(1000) })
        #expect(progress.moved == 0)
        #expect(try #require(pool.longestCall(now: .now)) > .milliseconds(300), "the hung call shows")
        gate.withLock { $0 = 1 }
        gate.wakeAll()
        let sent = try await response.sent
        #expect(sent?.byteCount == Int64(length))
        #expect(await eventually { pool.longestCall(now: .now) == nil })
        await loop.close()
    }

    @Test(arguments: [0, 100_000, 3 << 20]) func aFileThatEndsEarlyEndsTheUpload(there: Int) async throws {
        let whole = Atomic(false)
        let server = try TestServer(
            script: everyRequest { connection, head in
                try connection.body(head.length)
                whole.store(true, ordering: .relaxed)
                try connection.answer(200)
            })
        defer { server.stop() }
        let loop = try HTTPLoop()
        let file = TestFile(sparse: there)
        let body = FileBody(descriptor: file.descriptor, length: Int64(there + 1), digests: [.sha1])
        let error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "PUT", url: server.url + "/", body: .file(body)))
        }
        #expect(error?.reason == .source(.short(at: Int64(there), expected: Int64(there + 1))))
        #expect(await eventually { server.open == 0 })
        let wasWhole = whole.load(ordering: .relaxed)
        #expect(!wasWhole)
        await loop.close()
    }

    @Test func aFileThatCannotBeReadNamesTheError() async throws {
        let server = try TestServer { connection in _ = connection.drain() }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        var error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "PUT", url: server.url + "/", body: .file(FileBody(descriptor: directory, length: 5))))
        }
        #expect(error?.reason == .source(.errno(EISDIR, at: 0)))
        #expect(error?.description.contains("Is a directory") == true)
        error = await #expect(throws: TransportError.self) {
            try await loop.send(Request(method: "PUT", url: server.url + "/", body: .file(FileBody(descriptor: -1, length: 5))))
        }
        #expect(error?.reason == .source(.errno(EBADF, at: 0)))
        #expect(error?.isBeforeSending == true)
        await loop.close()
    }

    /// An answer before the end: a refusal counts, a success does not.
    @Test(arguments: [413, 200]) func anAnswerBeforeTheEnd(status: Int) async throws {
        let server = try TestServer { connection in
            guard try connection.head() != nil else { return }
            try connection.body(1000)
            try connection.send("HTTP/1.1 \(status) Early\r\nContent-Length: 4\r\nConnection: close\r\n\r\nthat")
            _ = connection.drain()
        }
        defer { server.stop() }
        let loop = try HTTPLoop()
        let length = Int64(64 << 20)
        let file = TestFile(sparse: Int(length))
        let request = Request(
            method: "PUT", url: server.url + "/", body: .file(FileBody(descriptor: file.descriptor, length: length, digests: [.sha1])), timeouts: .transfer)
        if status == 413 {
            let response = try await loop.send(request)
            #expect(response.status == 413)
            #expect(response.body == Array("that".utf8))
            #expect(try #require(response.sent).byteCount < length)
            #expect(response.sent?.digests == [:])
        } else {
            let outcome: Result<Response, any Error>
            do { outcome = .success(try await loop.send(request)) } catch { outcome = .failure(error) }
            switch outcome {
            // The server reads to the end after all, and so everything went out.
            case .success(let response): #expect(response.sent?.byteCount == length)
            case .failure(let error): #expect(error is TransportError)
            }
        }
        await loop.close()
    }

    @Test(arguments: [false, true]) func aServerThatGoesAway(tls: Bool) async throws {
        try await Self.losesUploads(1, identity: tls ? TestIdentity() : nil)
    }

    /// A write to a dead connection may raise SIGPIPE, which ends a process that does not ignore it.
    @Test func aServerThatGoesAwayIsNoEndOfTheProcess() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            try await Self.losesUploads(30, identity: TestIdentity())
        }
    }

    private static func losesUploads(_ count: Int, identity: TestIdentity?) async throws {
        let server = try TestServer(identity) { connection in
            guard try connection.head() != nil else { return }
            try connection.body(100_000)
            connection.reset()
        }
        defer { server.stop() }
        let loop = try HTTPLoop(.init(trust: identity.map { .pinned($0.sha1) } ?? .system))
        let file = TestFile(sparse: 32 << 20)
        for _ in 0..<count {
            let error = await #expect(throws: TransportError.self) {
                try await loop.send(
                    Request(method: "PUT", url: server.url + "/", body: .file(FileBody(descriptor: file.descriptor, length: 32 << 20)), timeouts: .transfer))
            }
            guard case .connectionLost = error?.reason, error?.isBeforeSending == false else { throw TestIdentity.Failure() }
        }
        await loop.close()
    }

    @Test func theReaderRewinds() async throws {
        let bytes = randomBytes(3_000_000, seed: 3)
        let file = TestFile(bytes)
        let woken = Monitor(0)
        let pool = ThreadPool(name: "rewind", threads: 1)
        let reader = try FileReader(FileBody(descriptor: file.descriptor, length: 3_000_000, digests: [.sha256]), pool: pool) {
            woken.withLock { $0 += 1 }
            woken.wakeAll()
        }
        func readAll(limit: Int) -> [UInt8] {
            var out: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 70_001)
            while out.count < limit {
                let seen = woken.withLock { $0 }
                switch piece.withUnsafeMutableBytes({ buffer in buffer.baseAddress.map { reader.take(into: $0, capacity: buffer.count) } }) {
                case .bytes(let count): out += piece.prefix(count)
                case .later: woken.wait { $0 > seen ? () : nil }
                case .end, .fault, nil: return out
                }
            }
            return out
        }
        reader.start()
        let part = readAll(limit: 1_234_567)
        #expect(part.count >= 1_234_567)
        #expect(part.elementsEqual(bytes.prefix(part.count)))
        #expect(reader.rewind(to: 0))
        #expect(!reader.rewind(to: 5))
        #expect(readAll(limit: .max) == bytes)
        #expect(try reader.digests == [.sha256: DigestAlgorithm.sha256.hexDigest(of: bytes)])
        reader.stop()
    }
}
