import ContentLibraryAPI
import Digests
import HTTPTransport
import Synchronization
import Testing

@testable import ContentLibraryServer

/// What each fault looks like to a client.
@Suite struct FaultTests {
    /// An item with a file, made before anything goes wrong, and how long the server slept since.
    struct Scene {
        let server: TestServer
        let item: Item.ID
        let slept: Slept

        func set(_ rules: FaultRule..., seed: UInt64 = 1) { server.service.setFaults(FaultPlan(rules, seed: seed)) }
    }

    final class Slept: Sendable {
        private let times = Mutex<[Duration]>([])
        var total: Duration { times.withLock { $0.reduce(.zero, +) } }
        func add(_ time: Duration) { times.withLock { $0.append(time) } }
    }

    static let bytes: [UInt8] = Array(0..<200)

    static func with(_ dialect: Dialect = .api, _ body: (Scene) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let slept = Slept()
        let server = try await TestServer.start(directory, dialect, sleep: { slept.add($0) })
        do {
            let login = try await server.loggedIn()
            let item = try await login.makeItem()
            try await login.publish(["f": bytes, "g": [1]], to: item)
            try await body(Scene(server: login, item: item, slept: slept))
            try await server.service.close()
        } catch {
            try? await server.service.close()
            throw error
        }
    }

    @Test(arguments: Dialect.allCases)
    func `of a call: latency, 503, 401`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let (server, item) = (scene.server, scene.item)
            scene.set(
                FaultRule(.latency(.seconds(7)), operations: ["item.get"]), FaultRule(.unavailable(retryAfter: .seconds(3)), operations: ["item.get"], first: 2)
            )
            #expect(try await server.call(Item.get(item)).name == "item")
            #expect(scene.slept.total == .seconds(7))
            let response = await server.service.respond(to: try Item.get(item).request(dialect, server.credentials))
            #expect(response.status == (dialect == .jsonRPC ? 200 : 503) && response.header("retry-after") == "3")
            #expect(try await refusal { _ = try Item.get(item).output(of: response, dialect) }?.kind == .serviceUnavailable)
            scene.set(FaultRule(.unauthenticated(afterBytes: 0), operations: ["item.get"], times: 1))
            for _ in 0..<2 { #expect(try await refusal { try await server.call(Item.get(item)) }?.kind == .unauthenticated, "the login is gone") }
            #expect(try await server.loggedIn().call(Item.get(item)).name == "item")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a connection that drops before the effect, or after it`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let (server, item) = (scene.server, scene.item)
            let request = try Item.update(item, .init(name: "renamed")).request(dialect, server.credentials)
            scene.set(FaultRule(.dropBefore, operations: ["item.update"]))
            await #expect(throws: DroppedConnection.self) { try await server.service.answer(request) }
            #expect(try await server.call(Item.get(item)).name == "item")
            scene.set(FaultRule(.dropAfter, operations: ["item.update"]))
            await #expect(throws: DroppedConnection.self) { try await server.service.answer(request) }
            #expect(try await server.call(Item.get(item)).name == "renamed")
            #expect(await server.service.respond(to: request).status == 502, "who has no connection to end says so")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `sessions: a lost lease, a rival, an error at the end, an end that takes its time`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let (server, item) = (scene.server, scene.item)
            let lost = try await server.makeSession(item)
            scene.set(FaultRule(.leaseLost, operations: ["keep_alive"], item: "item"))
            #expect(try await refusal { try await server.call(UpdateSession.keepAlive(lost, 1)) }?.kind == .notFound)
            #expect(try await refusal { try await server.call(UpdateSession.get(lost)) }?.kind == .notFound)

            scene.set(FaultRule(.rivalSession, times: 1))
            for _ in 0..<2 { #expect(try await refusal { try await server.makeSession(item) }?.kind == .resourceBusy) }
            #expect(try await server.call(UpdateSession.list(item)) == [], "it is somebody else's")
            server.clock.advance(by: .milliseconds(300_001))

            scene.set(FaultRule(.sessionError("disk image parse error"), times: 1))
            let failing = try await server.makeSession(item)
            #expect(await server.put([2], to: try await server.announce("f", in: failing)).status == 200)
            try await server.call(UpdateSession.complete(failing))
            let failed = try await server.call(UpdateSession.get(failing))
            #expect(failed.state == .error && failed.errorMessage?.defaultMessage == "disk image parse error")
            #expect(try await server.call(Item.File.get(item, "f")).size == Int64(Self.bytes.count), "nothing of it shows")

            scene.set(FaultRule(.asynchronous(.seconds(10)), times: 1))
            let slow = try await server.makeSession(item)
            let path = try await server.announce("f", in: slow)
            #expect(try await refusal { try await server.call(UpdateSession.complete(slow)) }?.kind == .notAllowedInCurrentState, "the rules are kept")
            scene.set(FaultRule(.asynchronous(.seconds(10)), times: 1))
            #expect(await server.put([2], to: path).status == 200)
            try await server.call(UpdateSession.complete(slow))
            #expect(try await server.call(UpdateSession.get(slow)).state == .active)
            #expect(try await server.call(Item.File.get(item, "f")).size == Int64(Self.bytes.count))
            server.clock.advance(by: .seconds(10))
            #expect(try await server.call(Item.File.get(item, "f")).size == 1)
            #expect(try await server.call(UpdateSession.get(slow)).state == .done)
        }
    }

    @Test(arguments: [Fault.sessionError("disk image parse error"), .asynchronous(.seconds(10))])
    func `a package that is not whole is refused before the fault's outcome`(_ fault: Fault) async throws {
        let package = PackageText()
        try await Self.with { scene in
            let server = scene.server
            let library = try await server.call(Item.get(scene.item)).libraryID
            let item = try await server.call(Item.create(nil, .init(libraryID: library, name: "vm", type: "ovf")))
            let session = try await server.makeSession(item)
            for (name, bytes) in package.files where name != "nvram" {
                #expect(await server.put(bytes, to: try await server.announce(name, in: session)).status == 200)
            }
            scene.set(FaultRule(fault, times: 1))
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(refused?.messages.contains { $0.defaultMessage.contains("nvram") } == true)
            #expect(try await server.call(UpdateSession.get(session)).state == .active)
            #expect(try await server.call(Item.File.list(item)).isEmpty)

            let rest = try #require(package.files.first { $0.name == "nvram" })
            #expect(await server.put(rest.bytes, to: try await server.announce(rest.name, in: session)).status == 200)
            scene.set(FaultRule(fault, times: 1))
            try await server.call(UpdateSession.complete(session))
            server.clock.advance(by: .seconds(10))
            #expect(try await server.call(Item.File.list(item)).isEmpty == (fault != .asynchronous(.seconds(10))))
        }
    }

    @Test(arguments: Dialect.allCases)
    func `answers: no checksum, an empty one, another size`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let (server, item) = (scene.server, scene.item)
            let truth = try await server.call(Item.File.list(item))
            scene.set(FaultRule(.noChecksum, file: "f"), FaultRule(.sizeOff(by: 100), file: "g"))
            let files = try await server.call(Item.File.list(item))
            #expect(files.map(\.checksumInfo) == [nil, truth[1].checksumInfo])
            #expect(files.map(\.size) == [truth[0].size, truth[1].size + 100])
            #expect(try await server.call(Item.File.get(item, "f")).checksumInfo == nil)
            scene.set(FaultRule(.emptyChecksum), FaultRule(.sizeOff(by: -1000)))
            let info = try await server.call(Item.File.get(item, "f"))
            #expect(info.checksumInfo == .init(algorithm: .sha1, checksum: "") && info.size == 0)
            #expect(try await server.call(Item.get(item)).size == truth.reduce(0) { $0 + $1.size }, "an item is no file")
            scene.set()
            #expect(try await server.call(Item.File.list(item)) == truth)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a limit of logins`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            scene.set(FaultRule(.loginLimit(1), user: TestServer.admin.name))
            let error = try await refusal { try await scene.server.loggedIn() }
            #expect(error?.kind == .serviceUnavailable)
            #expect(error?.messages.first?.id == "com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached")
            _ = try await scene.server.loggedIn(TestServer.other)
            try await scene.server.call(Session.delete())
            _ = try await scene.server.loggedIn()
        }
    }

    @Test func `uploads: cut, refused in the middle, slowed, dropped, unavailable`() async throws {
        try await Self.with { scene in
            let server = scene.server
            let session = try await server.makeSession(scene.item)
            let path = try await server.announce("h", in: session)
            let state = { try await server.call(UpdateSession.File.get(session, "h")).status }
            let request = HTTPRequest("PUT", target: path, headers: [("Content-Length", "200")])
            func take(_ bytes: [UInt8] = Self.bytes) async throws(DroppedConnection) -> HTTPResponse {
                try await server.service.take(request, body: Parts(stride(from: 0, to: bytes.count, by: 10).map { Array(bytes[$0..<($0 + 10)]) }))
            }
            for fault in [Fault.cut(afterBytes: 50), .cut(afterBytes: 0), .dropBefore] {
                scene.set(FaultRule(fault, operations: ["upload"], file: "h"))
                await #expect(throws: DroppedConnection.self) { try await take() }
                #expect(try await state() == .waitingForTransfer)
            }
            scene.set(FaultRule(.unauthenticated(afterBytes: 50), operations: ["upload"]))
            #expect(try await take().status == 401)
            #expect(try await state() == .waitingForTransfer)
            scene.set(FaultRule(.unavailable(retryAfter: .seconds(2)), operations: ["upload"]))
            #expect(try await take().header("retry-after") == "2")
            scene.set(FaultRule(.slow(bytesPerSecond: 100), operations: ["upload"]), FaultRule(.dropAfter, operations: ["upload"]))
            await #expect(throws: DroppedConnection.self) { try await take() }
            #expect(scene.slept.total == .seconds(2))
            #expect(try await state() == .ready, "it arrived, and the sender does not know")
            scene.set(FaultRule(.leaseLost, operations: ["upload"]))
            let other = try await server.announce("i", in: session)
            #expect(await server.put([1], to: other).status == 404)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `an archive that is lost while it is taken apart: all is well, and its entry waits`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let server = scene.server
            let package = PackageText()
            let library = try await server.call(Item.get(scene.item)).libraryID
            let item = try await server.call(Item.create(nil, .init(libraryID: library, name: "vm", type: "ovf")))
            let session = try await server.makeSession(item)
            let path = try await server.announce("vm.ova", in: session)
            scene.set(FaultRule(.splitFailure, times: 2))
            #expect(await server.put(try package.archive(wrong: "nvram"), to: path, part: 700).status == 200)
            scene.set()
            #expect(await server.put(try package.archive(wrong: "nvram"), to: path, part: 700).status == 400)
            #expect(try await server.call(UpdateSession.File.get(session, "vm.ova")).status == .error)
            scene.set(FaultRule(.splitFailure, times: 1))
            // Files that are no archive of a package are not lost, nor do they count.
            let plain = try await server.makeSession(scene.item)
            #expect(await server.put([1], to: try await server.announce("vm.ova", in: plain)).status == 200)
            try await server.call(UpdateSession.complete(plain))
            #expect(await server.put(try package.archive(), to: path, part: 700).status == 200)

            let files = try await server.call(UpdateSession.File.list(session))
            #expect(files.map(\.name) == ["vm.ova"] && files.map(\.status) == [.waitingForTransfer] && files[0].errorMessage == nil)
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(refused?.kind == .notAllowedInCurrentState)
            #expect(refused?.messages.first?.id == "com.vmware.vdcs.cls-main.update_session_file_not_received")
            #expect(refused?.messages.first?.args == ["vm.ova", "WAITING_FOR_TRANSFER"])

            #expect(await server.put(try package.archive(), to: path, part: 700).status == 200)
            try await server.call(UpdateSession.complete(session))
            #expect(try await server.call(Item.File.list(item)).count == 3)

            let ended = try await server.makeSession(item)
            let dead = try await server.announce("vm.ova", in: ended)
            scene.set(FaultRule(.splitFailure))
            let archive = try package.archive()
            let body = Parts([Array(archive.prefix(600)), Array(archive.dropFirst(600))]) { part in
                if part == 1 { try await server.call(UpdateSession.cancel(ended)) }
            }
            let request = HTTPRequest("PUT", target: dead, headers: [("Content-Length", String(archive.count))])
            #expect(await server.service.receive(request, body: body).status == 404, "of a session that is over nothing is well")
        }
    }

    @Test func `downloads: cut, slowed, dropped, and a session that dies under them with a clean end`() async throws {
        try await Self.with { scene in
            let server = scene.server
            let session = try await server.call(DownloadSession.create(nil, .init(libraryItemID: scene.item)))
            let uri = try #require(try await server.call(DownloadSession.File.prepare(session, "f", .https)).downloadEndpoint?.uri)
            let request = HTTPRequest("GET", target: try TestServer.path(of: uri))
            func read() async throws -> (bytes: [UInt8], isWhole: Bool, announcesLength: Bool) {
                let download = try await server.service.give(request)
                var bytes: [UInt8] = []
                do {
                    for try await part in try #require(download.body) { bytes += part }
                } catch is DownloadFault.Cut { return (bytes, false, download.announcesLength) }
                return (bytes, true, download.announcesLength)
            }
            scene.set(FaultRule(.cut(afterBytes: 50), operations: ["download"]))
            #expect(try await read() == (Array(Self.bytes.prefix(50)), false, true))
            scene.set(FaultRule(.slow(bytesPerSecond: 100), operations: ["download"]))
            #expect(try await read() == (Self.bytes, true, true))
            #expect(scene.slept.total == .seconds(2))
            for fault in [Fault.dropBefore, .dropAfter] {
                scene.set(FaultRule(fault, operations: ["download"]))
                await #expect(throws: DroppedConnection.self) { try await server.service.give(request) }
            }
            scene.set(FaultRule(.unavailable(retryAfter: nil), operations: ["download"]))
            #expect(try await server.service.give(request).status == 503)
            scene.set(FaultRule(.deadSession(afterBytes: 50), file: "f"))
            #expect(try await read() == (Array(Self.bytes.prefix(50)), true, false))
            scene.set()
            #expect(try await server.service.give(request).status == 404)
            #expect(try await refusal { try await server.call(DownloadSession.get(session)) }?.kind == .notFound)
        }
    }

    @Test func `over a socket: no answer, half a body, and an end that looks like one`() async throws {
        try await ListenerTests.with(tls: false, { $0.scheme = .https(thumbprint: nil) }) { url, _, server, _ in
            let server = try await server.loggedIn()
            let item = try await server.makeItem()
            try await server.publish(["f": Self.bytes], to: item)
            let session = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            let uri = try #require(try await server.call(DownloadSession.File.prepare(session, "f", .https)).downloadEndpoint?.uri)
            // The listener of this test has no TLS; the name in the URL is the one that the calls had for a host.
            let path = uri.split(separator: "//").dropFirst().joined().drop { $0 != "/" }
            let loop = try HTTPLoop(.init())
            let download = Request(method: "GET", url: url + path)
            server.service.setFaults(FaultPlan([FaultRule(.cut(afterBytes: 50), operations: ["download"])]))
            await #expect(throws: TransportError.self) { try await loop.send(download) }
            server.service.setFaults(FaultPlan([FaultRule(.deadSession(afterBytes: 50))]))
            let read = try await loop.send(download)
            #expect(read.body == Array(Self.bytes.prefix(50)) && read.headers["content-length"] == nil)
            server.service.setFaults(FaultPlan([FaultRule(.dropBefore, operations: ["library.list"])]))
            let call = try Library.list().request(.api, server.credentials)
            await #expect(throws: TransportError.self) {
                try await loop.send(Request(method: "GET", url: url + call.target, headers: Headers(call.headers)))
            }
            await loop.close()
        }
    }
}
