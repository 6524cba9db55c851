import Digests
import Testing

@testable import HTTPTransport

@Suite struct BandwidthLimitTests {
    private let start = SuspendingClock.now
    private func at(_ milliseconds: Int) -> SuspendingClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    @Test func withoutALimitEverythingMovesAtOnce() {
        var bucket = TokenBucket(rate: nil, now: start)
        #expect(bucket.take(1 << 30, whole: false, now: start) == .bytes(1 << 30))
        #expect(bucket.take(1 << 30, whole: true, now: start) == .bytes(1 << 30))
    }

    @Test func aDrawThatCanBeDividedGetsAPortion() {
        var bucket = TokenBucket(rate: 1_000_000, now: start)
        #expect(bucket.take(1 << 20, whole: false, now: start) == .bytes(50_000))
        #expect(bucket.take(1 << 20, whole: false, now: start) == .wait(until: at(1)))
        #expect(bucket.take(1 << 20, whole: false, now: at(1)) == .bytes(50_000), "into debt")
        #expect(bucket.take(1, whole: false, now: at(1)) == .wait(until: at(51)))
    }

    @Test func aDrawThatCannotBeDividedGoesIntoDebt() {
        var bucket = TokenBucket(rate: 100_000, now: start)
        #expect(bucket.take(205_000, whole: true, now: start) == .bytes(205_000))
        #expect(bucket.take(10, whole: true, now: start) == .wait(until: at(2001)))
        #expect(bucket.take(10, whole: true, now: at(2001)) == .bytes(10))
    }

    @Test func whatDidNotMoveIsGivenBack() {
        var bucket = TokenBucket(rate: 1_000_000, now: start)
        #expect(bucket.take(50_000, whole: false, now: start) == .bytes(50_000))
        bucket.giveBack(40_000)
        #expect(bucket.take(50_000, whole: false, now: start) == .bytes(50_000))
        bucket.giveBack(1 << 40)
        #expect(bucket.take(50_000, whole: false, now: start) == .bytes(50_000), "no more than a portion is saved up")
        #expect(bucket.take(1, whole: false, now: start) == .wait(until: at(1)))
    }

    /// The limit holds over any time, but for one portion, whoever asks for how much and when.
    @Test(arguments: [4096, 100_000, 1 << 20, 1 << 30], [true, false]) func theLimitHolds(rate: Int64, whole: Bool) {
        var bucket = TokenBucket(rate: rate, now: start)
        var (now, moved) = (0, Int64(0))
        let ask = 16_384
        while now < 10_000 {
            switch bucket.take(ask, whole: whole, now: at(now)) {
            case .bytes(let count): moved += Int64(count)
            case .wait(let until):
                #expect(until > at(now))
                now = Int(start.duration(to: until) / .milliseconds(1))
            }
        }
        let most = rate * 10 + max(4096, rate / 20) + Int64(ask)
        #expect(moved <= most, "\(moved) bytes in ten seconds")
        #expect(Double(moved) >= Double(rate * 10) * 0.9)
    }

    @Test func aNewRateCountsAtOnce() {
        var bucket = TokenBucket(rate: 1 << 30, now: start)
        bucket.set(rate: 10_000, now: start)
        #expect(bucket.take(1 << 20, whole: true, now: start) == .bytes(1 << 20))
        bucket.set(rate: 10_000, now: start)
        #expect(bucket.take(1, whole: false, now: at(1)) == .bytes(1), "debts are forgiven")
        bucket.set(rate: nil, now: start)
        #expect(bucket.take(1 << 20, whole: false, now: start) == .bytes(1 << 20))
        let limit = BandwidthLimit(bytesPerSecond: 5)
        limit.set(bytesPerSecond: 7)
        #expect(limit.bytesPerSecond == 7)
    }

    private func uploads(_ count: Int, of length: Int, through loop: HTTPLoop, stall: Duration = .seconds(60)) async throws -> Duration {
        let server = try TestServer(script: UploadTests.recorder { _ in })
        defer { server.stop() }
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let bytes = randomBytes(length, seed: UInt64(number))
                    let file = TestFile(bytes)
                    let body = FileBody(descriptor: file.descriptor, length: Int64(length), digests: [.sha1])
                    let timeouts = Timeouts(connect: .seconds(10), stall: stall, answer: .seconds(60))
                    let response = try await loop.send(Request(method: "PUT", url: server.url + "/x", body: .file(body), timeouts: timeouts))
                    #expect(response.status == 201)
                    #expect(try response.sent?.digests[.sha1] == DigestAlgorithm.sha1.hexDigest(of: bytes))
                }
            }
            try await group.waitForAll()
        }
        return ContinuousClock.now - began
    }

    @Test func uploadsShareIt() async throws {
        let loop = try HTTPLoop(.init(bandwidth: BandwidthLimit(bytesPerSecond: 2_000_000)))
        let time = try await uploads(3, of: 600_000, through: loop)
        #expect(time > .milliseconds(800), "1.8 MB at 2 MB/s took \(time)")
        await loop.close()
    }

    @Test func whatItHoldsBackIsNoStall() async throws {
        let loop = try HTTPLoop(.init(bandwidth: BandwidthLimit(bytesPerSecond: 16_384)))
        let time = try await uploads(1, of: 16_384, through: loop, stall: .milliseconds(100))
        #expect(time > .milliseconds(600), "16 KiB at 16 KiB/s took \(time)")
        await loop.close()
    }

    @Test func downloadsKeepIt() async throws {
        let bytes = randomBytes(800_000, seed: 3)
        let server = try TestServer(
            script: everyRequest { connection, _ in
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n")
                try connection.send(bytes)
            })
        defer { server.stop() }
        let loop = try HTTPLoop(.init(bandwidth: BandwidthLimit(bytesPerSecond: 1_000_000)))
        let file = TestFile()
        let began = ContinuousClock.now
        let response = try await loop.send(
            Request(method: "GET", url: server.url + "/x", sink: .file(FileSink(descriptor: file.descriptor, digests: [.sha1]))))
        let time = ContinuousClock.now - began
        #expect(try response.received?.digests[.sha1] == DigestAlgorithm.sha1.hexDigest(of: bytes))
        #expect(time > .milliseconds(600), "0.8 MB at 1 MB/s took \(time)")
        await loop.close()
    }

    /// What a keep-alive costs must not depend on what is being sent.
    @Test func callsAreNotHeldBack() async throws {
        let server = try TestServer(
            script: everyRequest { connection, head in
                try connection.body(head.length) { _ in }
                try connection.answer(200, String(repeating: "7", count: 50_000))
            })
        defer { server.stop() }
        let limit = BandwidthLimit(bytesPerSecond: 1024)
        _ = limit.take(1 << 30, whole: true, now: .now)
        let loop = try HTTPLoop(.init(bandwidth: limit))
        let response = try await loop.send(Request(method: "POST", url: server.url + "/x", body: .bytes(Array(repeating: 8, count: 50_000))))
        #expect(response.body.count == 50_000)
        await loop.close()
    }
}
