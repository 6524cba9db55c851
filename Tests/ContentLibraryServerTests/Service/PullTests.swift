import ContentLibraryAPI
import Digests
import Foundation
import Synchronization
import Testing

@testable import ContentLibraryServer

@Suite struct PullTests {
    static let bytes: [UInt8] = {
        var generator = SplitMix64(seed: 11)
        return generator.bytes(1_300_007)
    }()

    static func spec(_ uri: String, _ name: String = "f", size: Int64? = nil, sha256: String? = nil) -> UpdateSession.File.AddSpec {
        .init(
            name: name, source: .pull(.init(uri: uri)), size: size, checksumInfo: sha256.map { .init(algorithm: .init(rawValue: "SHA256"), checksum: $0) })
    }

    // MARK: from the web

    @Test(arguments: Dialect.allCases)
    func `what a web server has is fetched, verified and published`(_ dialect: Dialect) async throws {
        let source = try TestPublisher()
        defer { source.close() }
        source.answer("/a%20b.iso", Self.bytes)
        try await TestServer.with(dialect) { server, directory in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            let spec = Self.spec(
                "\(source.url)/a%20b.iso", size: Int64(Self.bytes.count), sha256: try DigestAlgorithm.sha256.hexDigest(of: Self.bytes))
            let info = try await server.call(UpdateSession.File.add(session, spec))
            #expect(info.transfer == .pull(from: .init(uri: "\(source.url)/a%20b.iso")) && info.status == .waitingForTransfer)
            await server.service.puller.idle()
            let ready = try await server.call(UpdateSession.File.get(session, "f"))
            #expect(ready.status == .ready && ready.size == Int64(Self.bytes.count) && ready.bytesTransferred == ready.size)
            #expect(ready.checksumInfo == spec.checksumInfo)
            #expect(try await server.call(Item.File.list(item)) == [], "not before the end")
            try await server.call(UpdateSession.complete(session))
            #expect(try await server.call(UpdateSession.get(session)).state == .done)
            #expect(try await server.download("f", of: item) == Self.bytes)
            #expect(directory.files("data/datastores").count == 1, "and nothing is left in the staging directory")
        }
    }

    @Test func `complete returns before the pull has ended; the session ends by itself, however long it takes`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        let gate = PauseGate()
        source.answer("/f", .init(status: 503), .init(body: Self.bytes))
        try await TestServer.withPause({ try await gate.pass() }) { server, _ in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/f")))
            await gate.arrival()
            try await server.call(UpdateSession.complete(session))
            let model = try await server.call(UpdateSession.get(session))
            #expect(model.state == .active && model.expirationTime == nil)
            for call in [
                UpdateSession.complete(session), UpdateSession.File.remove(session, "f"), UpdateSession.delete(session),
            ] { #expect(try await refusal { try await server.call(call) }?.kind == .notAllowedInCurrentState) }
            #expect(
                try await refusal { try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/g", "g"))) }?.kind
                    == .notAllowedInCurrentState)
            #expect(try await refusal { try await server.makeSession(item) }?.kind == .resourceBusy)
            try await server.call(UpdateSession.keepAlive(session, 10))
            server.clock.advance(by: .seconds(100_000))
            try await server.service.sweep()
            gate.open()
            await server.service.puller.idle()
            let fresh = try await server.loggedIn()
            #expect(try await fresh.call(UpdateSession.get(session)).state == .done)
            #expect(try await fresh.download("f", of: item) == Self.bytes)
            try await fresh.call(UpdateSession.delete(session))
        }
    }

    @Test(arguments: [false, true])
    func `a pull that fails fails the session, with the reason, whether it is known before the end or after`(_ isKnownBefore: Bool) async throws {
        let source = try TestPublisher()
        defer { source.close() }
        source.answer("/f", Array("abc".utf8))
        source.answer("/short", .init(body: [1, 2, 3], length: 5))
        source.answer("/away", .init(status: 302, headers: [("Location", "https://127.0.0.1:9/f")]))
        source.answer("/nowhere", .init(status: 302))
        source.answer("/round", .init(status: 301, headers: [("Location", "/round")]))
        source.answer("/part", .init(status: 206, body: [1]))
        source.answer("/other", .init(status: 302, headers: [("Location", "http://localhost:9/f")]))
        source.answer("/busy", .init(status: 503))
        try await TestServer.with(.api, { $0.pullHosts = PullHosts("127.0.0.1") ?? .all }) { server, directory in
            let other = try DigestAlgorithm.sha256.hexDigest(of: [9])
            let cases: [(UpdateSession.File.AddSpec, String)] = [
                (Self.spec("\(source.url)/f", sha256: other), other), (Self.spec("\(source.url)/f", size: 2), "2 bytes"),
                (Self.spec("\(source.url)/f", size: 4), "3 bytes came, 4"), (Self.spec("\(source.url)/gone"), "HTTP 404"),
                (Self.spec("\(source.url)/short"), "127.0.0.1"), (Self.spec("\(source.url)/away"), "redirects to https"),
                (Self.spec("\(source.url)/nowhere"), "redirects to nowhere"), (Self.spec("\(source.url)/round"), "more than 5 times"),
                (Self.spec("\(source.url)/part"), "HTTP 206"), (Self.spec("\(source.url)/other"), "localhost"),
                (Self.spec("\(source.url)/busy"), "HTTP 503"), (Self.spec("http://127.0.0.1:1/f"), "cannot connect"),
            ]
            for (spec, why) in cases {
                let item = try await server.makeItem()
                let session = try await server.makeSession(item)
                try await server.call(UpdateSession.File.add(session, spec))
                if isKnownBefore {
                    await server.service.puller.idle()
                    let info = try await server.call(UpdateSession.File.get(session, "f"))
                    #expect(info.status == .error && info.errorMessage?.defaultMessage.contains(why) == true, "\(spec): \(info)")
                    #expect(
                        try await refusal { try await server.call(UpdateSession.File.validate(session)) }?.kind == .notAllowedInCurrentState)
                }
                try await server.call(UpdateSession.complete(session))
                await server.service.puller.idle()
                let model = try await server.call(UpdateSession.get(session))
                let text = model.errorMessage?.defaultMessage ?? ""
                #expect(model.state == .error && text.hasPrefix("The import of the library item failed: f: ") && text.contains(why), "\(spec): \(text)")
                #expect(try await server.call(Item.File.list(item)) == [])
                _ = try await server.makeSession(item)
            }
            #expect(source.paths.count(where: { $0 == "/round" }) == 6, "five redirects, and no more")
            #expect(source.paths.count(where: { $0 == "/busy" }) == 3, "what may pass is tried again")
            #expect(directory.files("data/datastores") == [:])
        }
    }

    @Test func `a redirect to the same host is followed, and a connection that broke is tried again from the start`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        source.answer("/f", .init(status: 302, headers: [("Location", "/g")]))
        source.answer("/g", .init(body: Self.bytes, length: Self.bytes.count + 9), .init(body: [1, 2, 3]))
        try await TestServer.with { server, _ in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/f")))
            try await server.call(UpdateSession.complete(session))
            await server.service.puller.idle()
            #expect(try await server.call(UpdateSession.get(session)).state == .done)
            #expect(try await server.download("f", of: item) == [1, 2, 3], "nothing is left of the first try")
        }
    }

    @Test(arguments: ["cancel", "fail", "remove", "add again", "expire"])
    func `what nobody wants any more is not pulled on, and leaves nothing`(_ how: String) async throws {
        let source = try TestPublisher()
        defer { source.close() }
        let gate = PauseGate()
        source.answer("/f", .init(status: 503), .init(body: Self.bytes))
        source.answer("/g", [1, 2])
        try await TestServer.withPause({ try await gate.pass() }) { server, directory in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/f")))
            await gate.arrival()
            switch how {
            case "cancel": try await server.call(UpdateSession.cancel(session))
            case "fail":
                try await server.call(UpdateSession.complete(session))
                try await server.call(UpdateSession.fail(session, "enough"))
            case "remove": try await server.call(UpdateSession.File.remove(session, "f"))
            case "add again": try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/g")))
            default:
                server.clock.advance(by: .seconds(301))
                try await server.service.sweep()
            }
            // The gate is closed: only being told to stop ends the pull.
            await server.service.puller.idle()
            #expect(source.paths.count(where: { $0 == "/f" }) == 1)
            if how == "add again" {
                #expect(try await server.call(UpdateSession.File.get(session, "f")).size == 2)
            } else {
                #expect(directory.files("data/datastores") == [:])
            }
        }
    }

    @Test func `a restart begins anew what it interrupted, and completes what was to be completed`() async throws {
        let (directory, clock) = (try TemporaryDirectory(), TestClock())
        let source = try TestPublisher()
        defer { source.close() }
        let gate = PauseGate()
        source.answer("/f", .init(status: 503), .init(body: Self.bytes))
        let first = try await TestServer.start(directory, clock: clock, pause: { try await gate.pass() }).loggedIn()
        let item = try await first.makeItem()
        let session = try await first.makeSession(item)
        try await first.call(UpdateSession.File.add(session, Self.spec("\(source.url)/f")))
        await gate.arrival()
        try await first.call(UpdateSession.complete(session))
        try await first.service.close()
        clock.advance(by: .seconds(100_000))

        let second = try await TestServer.start(directory, clock: clock).loggedIn()
        await second.service.puller.idle()
        #expect(try await second.call(UpdateSession.get(session)).state == .done)
        #expect(try await second.download("f", of: item) == Self.bytes)
        try await second.service.close()
    }

    @Test func `an archive that is pulled brings its members, or fails the session`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        let package = PackageText()
        source.answer("/vm.ova", try package.archive())
        source.answer("/bad.ova", try package.archive(wrong: "disk.vmdk"))
        source.answer("/none.ova", Self.bytes)
        try await TestServer.with { server, directory in
            let library = try await server.makeLibrary()
            for (name, isGood) in [("vm.ova", true), ("bad.ova", false), ("none.ova", false)] {
                let item = try await server.call(Item.create(nil, .init(libraryID: library, name: name, type: "ovf")))
                let session = try await server.makeSession(item)
                try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/\(name)", name)))
                try await server.call(UpdateSession.complete(session))
                await server.service.puller.idle()
                let model = try await server.call(UpdateSession.get(session))
                #expect(model.state == (isGood ? .done : .error), "\(name): \(model)")
                #expect(try await server.call(Item.File.list(item)).map(\.name) == (isGood ? ["disk.vmdk", "nvram", "vm.ovf"] : []))
            }
            #expect(directory.files("data/datastores").count == 3)
        }
    }

    @Test func `more pulls than go on at once all have their turn`() async throws {
        let source = try TestPublisher()
        defer { source.close() }
        let names = (0..<30).map { "f\($0)" }
        for name in names { source.answer("/\(name)", Array(name.utf8)) }
        try await TestServer.with { server, _ in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            for name in names { try await server.call(UpdateSession.File.add(session, Self.spec("\(source.url)/\(name)", name))) }
            try await server.call(UpdateSession.complete(session))
            await server.service.puller.idle()
            #expect(try await server.call(UpdateSession.get(session)).state == .done)
            #expect(try await server.call(Item.File.list(item)).map(\.name) == names.sorted())
        }
    }
}
