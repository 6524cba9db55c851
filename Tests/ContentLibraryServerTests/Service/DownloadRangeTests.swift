import ContentLibraryAPI
import Foundation
import Synchronization
import Testing

@testable import ContentLibraryServer

/// Parts of files, and what the session tells of them.
@Suite struct DownloadRangeTests {
    /// Longer than two chunks.
    static let bytes = Array(UploadTests.large.prefix(600_000))
    static let size = Int64(bytes.count)

    struct Answer {
        let status: Int
        let length: Int64
        let headers: [(name: String, value: String)]
        let bytes: [UInt8]

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// A prepared file of a download session.
    struct File {
        let server: TestServer
        let session: DownloadSession.ID
        let path: String

        init(_ name: String = "f", of item: Item.ID, on server: TestServer) async throws {
            self.server = server
            session = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            let info = try await server.call(DownloadSession.File.prepare(session, name, .https))
            path = try TestServer.path(of: try #require(info.downloadEndpoint?.uri))
        }

        func request(_ headers: [String: String] = [:], method: String = "GET") -> HTTPRequest {
            HTTPRequest(method, target: path, headers: headers.map { ($0.key, $0.value) })
        }

        func read(_ headers: [String: String] = [:], method: String = "GET") async throws -> Answer {
            let download = await server.service.send(request(headers, method: method))
            var bytes: [UInt8] = []
            if let body = download.body { for try await part in body { bytes += part } }
            return Answer(status: download.status, length: download.length, headers: download.headers, bytes: bytes)
        }

        func read(_ range: String) async throws -> Answer { try await read(["Range": range]) }

        /// What the session tells of the file.
        var told: (bytes: Int64, checksum: Item.File.ChecksumInfo?) {
            get async throws {
                let info = try await server.call(DownloadSession.File.get(session, "f"))
                return (info.bytesTransferred, info.checksumInfo)
            }
        }
    }

    static func with(_ dialect: Dialect = .api, _ body: (File, Item.ID) async throws -> Void) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            try await server.publish(["f": bytes, "empty": []], to: item)
            try await body(try await File(of: item, on: server), item)
        }
    }

    @Test(arguments: [
        ("0-0", 0..<1), ("0-262143", 0..<262_144), ("262143-262144", 262_143..<262_145), ("262144-524287", 262_144..<524_288),
        ("100000-599998", 100_000..<599_999),
        ("599999-", 599_999..<600_000), ("1-", 1..<600_000), ("0-", 0..<600_000), ("-1", 599_999..<600_000), ("-600000", 0..<600_000), ("-600001", 0..<600_000),
        ("599999-700000", 599_999..<600_000),
    ])
    func `a part is exactly those bytes`(_ range: String, _ part: Range<Int>) async throws {
        try await Self.with { file, _ in
            let answer = try await file.read("bytes=\(range)")
            #expect(answer.status == 206 && answer.bytes == Array(Self.bytes[part]) && answer.length == Int64(part.count))
            #expect(answer.header("Content-Range") == "bytes \(part.lowerBound)-\(part.upperBound - 1)/600000")
            #expect(file.server.service.transfersUnderWay == 0)
        }
    }

    @Test func `what is no part`() async throws {
        try await Self.with { file, item in
            for range in ["bytes=600000-", "bytes=600000-600001", "bytes=-0"] {
                let answer = try await file.read(range)
                #expect(answer.status == 416 && answer.bytes.isEmpty && answer.header("Content-Range") == "bytes */600000", "\(range)")
            }
            for range in ["bytes=1-0", "bytes=0-1,5-6", "lines=1-2", "bytes=0-" + String(repeating: "0", count: 300)] {
                let answer = try await file.read(range)
                #expect(answer.status == 200 && answer.bytes == Self.bytes && answer.header("Content-Range") == nil, "\(range)")
            }
            let empty = try await File("empty", of: item, on: file.server)
            let answers = try await [empty.read("bytes=0-"), empty.read("bytes=-5"), empty.read()]
            #expect(answers.map(\.status) == [416, 200, 200] && answers.allSatisfy(\.bytes.isEmpty))
            #expect(answers[0].header("Content-Range") == "bytes */0")
        }
    }

    @Test func `a HEAD says what a GET of the whole says, and transfers nothing`() async throws {
        try await Self.with { file, _ in
            let head = try await file.read(["Range": "bytes=2-3"], method: "HEAD")
            let told = try await file.told
            #expect(told == (0, nil) && file.server.service.transfersUnderWay == 0)
            let whole = try await file.read()
            #expect(head.status == 200 && head.bytes.isEmpty && head.length == Self.size && whole.bytes == Self.bytes)
            #expect(head.headers.map(\.name) == whole.headers.map(\.name) && head.headers.map(\.value) == whole.headers.map(\.value))
            #expect(whole.header("Accept-Ranges") == "bytes" && whole.header("ETag")?.first == "\"")
        }
    }

    @Test func `the tag is that of the bytes`() async throws {
        try await Self.with { file, item in
            let tag = try #require(try await file.read().header("ETag"))
            let again = try await File(of: item, on: file.server)
            #expect(try await again.read(method: "HEAD").header("ETag") == tag, "the same bytes in another session")
            try await file.server.publish(["f": [1, 2, 3]], to: item)
            #expect(try await file.read(method: "HEAD").header("ETag") == tag, "this session has the old ones")
            let after = try await File(of: item, on: file.server)
            let new = try #require(try await after.read(method: "HEAD").header("ETag"))
            #expect(new != tag)
            // A client that resumes what it had read before the file changed.
            let stale = try await after.read(["Range": "bytes=1-", "If-Range": tag])
            #expect(stale.status == 200 && stale.bytes == [1, 2, 3])
            #expect(try await after.read(["Range": "bytes=1-", "If-Match": tag]).status == 412)
            let fresh = try await after.read(["Range": "bytes=1-", "If-Range": new])
            #expect(fresh.status == 206 && fresh.bytes == [2, 3])
            let known = try await after.read(["If-None-Match": new])
            #expect(known.status == 304 && known.bytes.isEmpty && known.header("ETag") == new)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `the checksum is told once the parts make up the file`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { file, item in
            let checksum = try await file.server.call(Item.File.get(item, "f")).checksumInfo
            #expect(checksum != nil)
            for (range, bytes) in [("500000-599999", 100_000), ("0-199999", 300_000), ("150000-299999", 400_000), ("0-0", 400_000)] as [(String, Int64)] {
                _ = try await file.read("bytes=\(range)")
                #expect(try await file.told == (bytes, nil), "after \(range)")
            }
            _ = try await file.read("bytes=300000-499999")
            #expect(try await file.told == (Self.size, checksum))
            _ = try await file.read("bytes=0-0")
            #expect(try await file.told == (Self.size, checksum), "it stays told")
            let other = try await File(of: item, on: file.server)
            #expect(try await other.told == (0, nil), "another session has read nothing")
        }
    }

    @Test func `a download under way tells how far it is; one that stops half way is resumed`() async throws {
        try await Self.with { file, item in
            var iterator = try #require(await file.server.service.send(file.request()).body).makeAsyncIterator()
            let first = try #require(try await iterator.next())
            #expect(try await file.told == (Int64(first.count), nil))
            // The client got less of it than was handed out, and says where it goes on.
            let rest = try await file.read("bytes=\(first.count - 1000)-")
            #expect(Array(first.dropLast(1000)) + rest.bytes == Self.bytes)
            #expect(try await file.told == (Self.size, try await file.server.call(Item.File.get(item, "f")).checksumInfo))
        }
    }

    @Test func `bytes that were handed out last are not known to have arrived`() async throws {
        try await Self.with { file, _ in
            var iterator = try #require(await file.server.service.send(file.request()).body).makeAsyncIterator()
            var count = 0
            while count < Self.bytes.count { count += try #require(try await iterator.next()).count }
            #expect(try await file.told == (Self.size, nil))
            #expect(try await iterator.next() == nil)
            #expect(try await file.told.checksum != nil)
        }
    }

    @Test func `after a restart the parts are forgotten, and the whole is not`() async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        var server = try await TestServer.start(directory, clock: clock).loggedIn()
        let item = try await server.makeItem()
        try await server.publish(["f": Self.bytes], to: item)
        let (part, whole) = (try await File(of: item, on: server), try await File(of: item, on: server))
        _ = try await part.read("bytes=0-299999")
        _ = try await whole.read()
        try await server.service.close()

        server = try await TestServer.start(directory, clock: clock).loggedIn()
        func told(_ file: File) async throws -> Int64 { try await server.call(DownloadSession.File.get(file.session, "f")).bytesTransferred }
        #expect(try await told(part) == 0)
        #expect(try await told(whole) == Self.size)
        let request = HTTPRequest("GET", target: part.path, headers: [("Range", "bytes=300000-")])
        var rest: [UInt8] = []
        for try await bytes in try #require(await server.service.send(request).body) { rest += bytes }
        #expect(rest == Array(Self.bytes[300_000...]), "the URL is as good as before")
        #expect(try await told(part) == 300_000)
        try await server.service.close()
    }

    @Test func `faults count the bytes of the body`() async throws {
        let slept = Mutex<[Duration]>([])
        let directory = try TemporaryDirectory()
        let server = try await TestServer.start(directory, sleep: { time in slept.withLock { $0.append(time) } }).loggedIn()
        let item = try await server.makeItem()
        try await server.publish(["f": Self.bytes], to: item)
        let file = try await File(of: item, on: server)
        let request = file.request(["Range": "bytes=100000-499999"])

        server.service.setFaults(FaultPlan([FaultRule(.cut(afterBytes: 300_000), operations: ["download"])]))
        let cut = try await server.service.give(request)
        #expect(cut.status == 206 && cut.length == 400_000 && cut.announcesLength)
        var bytes: [UInt8] = []
        await #expect(throws: DownloadFault.Cut.self) { for try await part in try #require(cut.body) { bytes += part } }
        #expect(bytes == Array(Self.bytes[100_000..<400_000]))
        #expect(try await file.told == (300_000, nil), "what was cut off was not given")

        server.service.setFaults(FaultPlan([FaultRule(.slow(bytesPerSecond: 100_000), operations: ["download"])]))
        #expect(try await file.read("bytes=100000-499999").bytes == Array(Self.bytes[100_000..<500_000]))
        #expect(slept.withLock { $0.reduce(.zero, +) } == .seconds(4), "for the part, and no more")

        server.service.setFaults(FaultPlan([FaultRule(.deadSession(afterBytes: 50))]))
        let dead = try await server.service.give(request)
        bytes = []
        for try await part in try #require(dead.body) { bytes += part }
        #expect(dead.status == 206 && !dead.announcesLength && bytes == Array(Self.bytes[100_000..<100_050]))
        server.service.setFaults(FaultPlan())
        #expect(try await file.read("bytes=0-0").status == 404)
        try await server.service.close()
    }

    /// Lets a test act when the service looks at its clock.
    private final class Looks: Sendable {
        private let state = Mutex<(count: Int, act: (@Sendable (Int) -> Void)?)>((0, nil))

        func from(_ act: (@Sendable (Int) -> Void)?) { state.withLock { $0 = (0, act) } }

        func look() {
            let (count, act) = state.withLock { state in
                state.count += 1
                return (state.count, state.act)
            }
            act?(count)
        }
    }

    @Test(arguments: [true, false])
    func `a session that ends between the look-up and the list of downloads is not read on`(_ isOnDisk: Bool) async throws {
        let directory = try TemporaryDirectory()
        let (clock, looks) = (TestClock(), Looks())
        let configuration = ServerConfiguration(dataDirectory: "\(directory.path)/data", users: [TestServer.admin], diskThreads: 2)
        let service = try await ContentLibraryService(configuration, logger: TestServer.quiet) {
            looks.look()
            return clock.now
        }
        let server = try await TestServer(service: service, clock: clock, dialect: .api).loggedIn()
        let item = try await server.makeItem()
        try await server.publish(["f": Self.bytes], to: item)
        let file = try await File(of: item, on: server)
        if !isOnDisk {
            for stored in directory.files("data/datastores").keys { try FileManager.default.removeItem(atPath: "\(directory.path)/data/datastores/\(stored)") }
        }
        let underWay = Mutex<[Int]>([])
        looks.from { count in
            underWay.withLock { $0.append(service.transfersUnderWay) }
            // Over by the second look: the one from which on whoever ends the session stops the download.
            if count == 2 { clock.advance(by: .seconds(301)) }
        }
        let answer = await service.send(file.request())
        looks.from(nil)
        #expect(answer.status == 404 && answer.body == nil)
        #expect(underWay.withLock { $0 } == [0, 1])
        #expect(service.transfersUnderWay == 0)
        try await service.close()
    }
}
