import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct SubscribedLibraryTests {
    static func info(
        _ url: String?, _ method: AuthenticationMethod? = AuthenticationMethod.none, automatic: Bool? = false, onDemand: Bool? = false,
        password: String? = nil, user: String? = nil, thumbprint: String? = nil
    ) -> SubscriptionInfo {
        SubscriptionInfo(
            authenticationMethod: method, automaticSyncEnabled: automatic, onDemand: onDemand, password: password.map { Secret($0) },
            sslThumbprint: thumbprint, subscriptionURL: url, userName: user)
    }

    static func spec(_ info: SubscriptionInfo?, name: String? = "S") -> Library.Model {
        .init(name: name, storageBackings: [LibraryTests.backing()], subscriptionInfo: info)
    }

    typealias Attempt = @Sendable () async throws -> Void

    /// With a publisher; what a file that is being prepared is waited for with costs no time.
    static func with(
        _ dialect: Dialect = .api, _ body: (TestServer, TestPublisher, TemporaryDirectory) async throws -> Void
    ) async throws {
        let publisher = try TestPublisher()
        defer { publisher.close() }
        let (directory, clock) = (try TemporaryDirectory(), TestClock())
        let configuration = ServerConfiguration(
            dataDirectory: "\(directory.path)/data", users: [TestServer.admin, TestServer.other, TestServer.reader], diskThreads: 3)
        let service = try await ContentLibraryService(
            configuration, logger: TestServer.quiet, now: { clock.now }, reached: { _ in }, syncPause: { await Task.yield() })
        do {
            try await body(try await TestServer(service: service, clock: clock, dialect: dialect).loggedIn(), publisher, directory)
            try await service.close()
        } catch {
            try? await service.close()
            throw error
        }
    }

    static func contents(_ server: TestServer, _ library: Library.ID) async throws -> [String: [String: [UInt8]]] {
        var found: [String: [String: [UInt8]]] = [:]
        for item in try await server.call(Item.list(library)) {
            var files: [String: [UInt8]] = [:]
            for file in try await server.call(Item.File.list(item)) { files[file.name] = try await server.download(file.name, of: item) }
            found[try await server.call(Item.get(item)).name ?? ""] = files
        }
        return found
    }

    @Test(arguments: Dialect.allCases)
    func `create, sync, follow the publisher, delete`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server, publisher, directory in
            publisher.publish(version: 3, [("a", "A", "iso", [("a b.iso", [1, 2, 3])]), ("b", "B", "ovf", [("b.ovf", [4]), ("b.vmdk", [])])])
            let local = try await server.makeLibrary()
            let id = try await server.call(SubscribedLibrary.create(nil, Self.spec(Self.info(publisher.library))))
            var model = try await server.call(SubscribedLibrary.get(id))
            #expect(model.type == .subscribed && model.lastSyncTime == nil && model.name == "S")
            #expect(model.subscriptionInfo == Self.info(publisher.library))
            #expect(try await server.call(Library.get(id)) == model)
            #expect(try await server.call(SubscribedLibrary.list()) == [id])
            #expect(try await server.call(LocalLibrary.list()) == [local])
            #expect(Set(try await server.call(Library.list())) == [id, local])
            #expect(try await server.call(Library.find(.init(type: .subscribed))) == [id])
            #expect(try await server.call(Item.list(id)) == [], "nothing was synchronized yet")

            server.clock.advance(by: .seconds(10))
            try await server.call(SubscribedLibrary.sync(id))
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == ["A": ["a b.iso": [1, 2, 3]], "B": ["b.ovf": [4], "b.vmdk": []]])
            model = try await server.call(SubscribedLibrary.get(id))
            #expect(model.lastSyncTime == server.clock.now)
            let found = try await server.call(Item.find(.init(sourceID: "urn:uuid:a")))
            let item = try #require(found.first)
            let first = try await server.call(Item.get(item))
            #expect(first.sourceID == "urn:uuid:a" && first.type == "iso" && first.lastSyncTime == server.clock.now && first.cached == true)
            #expect(first.description == "d" && first.size == 3)

            // Nothing new: only the descriptor is asked for.
            publisher.forgetAsked()
            try await server.call(SubscribedLibrary.sync(id))
            await server.service.synchronizer.idle()
            #expect(publisher.paths == ["/lib/lib.json"])

            publisher.publish(version: 4, [("a", "A2", "iso", [("a b.iso", [9]), ("new", [8])]), ("c", "C", "other", [])])
            try await server.call(SubscribedLibrary.sync(id))
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == ["A2": ["a b.iso": [9], "new": [8]], "C": [:]])
            let second = try await server.call(Item.get(item))
            #expect(second.contentVersion != first.contentVersion && second.version != first.version)
            #expect(try await server.call(Item.File.list(item)).map(\.version) == ["2", "1"])
            #expect(directory.files("data/datastores").count == 2)

            try await server.call(SubscribedLibrary.delete(id))
            #expect(try await server.call(Library.list()) == [local])
            #expect(directory.files("data/datastores") == [:])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `only the publisher changes it, and each kind has its own operations`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server, publisher, _ in
            publisher.publish(version: 1, [("a", "A", "iso", [("f", [1])])])
            let local = try await server.makeLibrary()
            let spec = Self.spec(Self.info(publisher.library))
            let id = try await server.call(SubscribedLibrary.create(nil, spec))
            try await server.call(SubscribedLibrary.sync(id))
            await server.service.synchronizer.idle()
            let item = try #require(try await server.call(Item.list(id)).first)
            let own = try await server.makeItem(in: local)
            let wrong: [Attempt] = [
                { _ = try await server.makeSession(item) }, { try await server.call(Item.update(item, .init(name: "x"))) },
                { try await server.call(Item.delete(item)) }, { _ = try await server.makeItem(in: id) },
                { try await server.call(Item.copy(nil, own, .init(libraryID: id, name: "x"))) },
                { try await server.call(LocalLibrary.get(id)) }, { try await server.call(LocalLibrary.delete(id)) },
                { try await server.call(LocalLibrary.update(id, .init(name: "x"))) },
                { try await server.call(SubscribedLibrary.get(local)) },
                { try await server.call(SubscribedLibrary.delete(local)) },
                { try await server.call(SubscribedLibrary.update(local, .init(name: "x"))) },
                { try await server.call(SubscribedLibrary.sync(local)) },
                { try await server.call(SubscribedLibrary.evict(local)) },
                { try await server.call(SubscribedItem.sync(own, true, nil)) },
                { try await server.call(SubscribedItem.evict(own)) },
            ]
            for (number, attempt) in wrong.enumerated() { #expect(try await refusal(attempt)?.kind == .invalidElementType, "\(number)") }
            let missing: [Attempt] = [
                { try await server.call(SubscribedLibrary.get("nope")) },
                { try await server.call(SubscribedLibrary.delete("nope")) },
                { try await server.call(SubscribedLibrary.update("nope", .init(name: "x"))) },
                { try await server.call(SubscribedLibrary.sync("nope")) },
                { try await server.call(SubscribedLibrary.evict("nope")) },
                { try await server.call(SubscribedItem.sync("nope", false, nil)) },
                { try await server.call(SubscribedItem.evict("nope")) },
            ]
            for (number, attempt) in missing.enumerated() { #expect(try await refusal(attempt)?.kind == .notFound, "\(number)") }
            #expect(try await refusal { try await server.call(SubscribedLibrary.evict(id)) }?.kind == .notAllowedInCurrentState)
            #expect(try await refusal { try await server.call(SubscribedItem.evict(item)) }?.kind == .invalidElementConfiguration)
            let reader = try await server.loggedIn(TestServer.reader)
            let denied: [Attempt] = [
                { try await reader.call(SubscribedLibrary.create(nil, spec)) },
                { try await reader.call(SubscribedLibrary.delete(id)) },
                { try await reader.call(SubscribedLibrary.update(id, .init(name: "x"))) },
                { try await reader.call(SubscribedLibrary.sync(id)) }, { try await reader.call(SubscribedLibrary.evict(id)) },
                { try await reader.call(SubscribedLibrary.probe(Self.info(publisher.library))) },
                { try await reader.call(SubscribedItem.sync(item, false, nil)) },
                { try await reader.call(SubscribedItem.evict(item)) },
            ]
            for (number, attempt) in denied.enumerated() { #expect(try await refusal(attempt)?.kind == .unauthorized, "\(number)") }
            // A copy into a local library, and a name and a description of its own, it may have.
            let copy = try await server.call(Item.copy(nil, item, .init(libraryID: local, name: "copy")))
            #expect(try await server.download("f", of: copy) == [1])
            try await server.call(Library.update(id, .init(description: "mine")))
            #expect(try await server.call(Library.get(id)).description == "mine")
            // One item by itself.
            publisher.publish(version: 2, [("a", "A", "iso", [("f", [2])]), ("b", "B", "iso", [("g", [3])])])
            try await server.call(SubscribedItem.sync(item, true, false))
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == ["A": ["f": [2]]])
            publisher.publish(version: 3, [])
            #expect(try await refusal { try await server.call(SubscribedItem.sync(item, true, nil)) }?.kind == .notAllowedInCurrentState)
            try await server.call(SubscribedLibrary.sync(id))
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == [:])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what makes no subscribed library`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server, publisher, _ in
            publisher.publish(version: 1, [])
            publisher.answer("/page", "<html>")
            publisher.answer("/rest", #"{"version":"1","id":"x","itemsHref":"i","maintenanceMessage":"back at noon"}"#)
            let good = Self.info(publisher.library)
            let wrong: [(Library.Model, APIError.Kind)] = [
                (Self.spec(nil), .invalidArgument), (Self.spec(good, name: nil), .invalidArgument), (Self.spec(good, name: ""), .invalidArgument),
                (.init(name: "x", subscriptionInfo: good), .invalidArgument),
                (.init(name: "x", storageBackings: [LibraryTests.backing(), LibraryTests.backing()], subscriptionInfo: good), .unsupported),
                (.init(name: "x", storageBackings: [LibraryTests.backing()], type: .local, subscriptionInfo: good), .invalidArgument),
                (.init(name: "x", storageBackings: [LibraryTests.backing("nope")], subscriptionInfo: good), .invalidArgument),
                (Self.spec(Self.info(nil)), .invalidArgument), (Self.spec(Self.info("ftp://h/lib.json")), .invalidArgument),
                (Self.spec(Self.info("http:///lib.json")), .invalidArgument),
                (Self.spec(Self.info("lib.json")), .invalidArgument), (Self.spec(Self.info(publisher.library, nil)), .invalidArgument),
                (Self.spec(Self.info(publisher.library, .init(rawValue: "TOKEN"))), .invalidArgument),
                (Self.spec(Self.info(publisher.library, .basic)), .invalidArgument),
                (Self.spec(Self.info(publisher.library, password: "p")), .invalidArgument),
                (Self.spec(Self.info(publisher.library, .basic, password: "p", user: "a:b")), .invalidArgument),
                (Self.spec(Self.info(publisher.library, automatic: nil)), .invalidArgument),
                (Self.spec(Self.info(publisher.library, onDemand: nil)), .invalidArgument),
                (Self.spec(Self.info(publisher.library, onDemand: true)), .unsupported),
                (Self.spec(Self.info(publisher.library, thumbprint: "AA:BB")), .invalidArgument),
                (Self.spec(Self.info("\(publisher.url)/nothing")), .resourceInaccessible),
                (Self.spec(Self.info("\(publisher.url)/page")), .resourceInaccessible),
                (Self.spec(Self.info("\(publisher.url)/rest")), .resourceInaccessible), (Self.spec(Self.info("http://127.0.0.1:1/x")), .resourceInaccessible),
            ]
            for (spec, kind) in wrong {
                let error = try await refusal { try await server.call(SubscribedLibrary.create(nil, spec)) }
                #expect(error?.kind == kind, "\(spec)")
            }
            #expect(try await server.call(Library.list()) == [])
            let token = ItemCopyTests.token
            #expect(try await refusal { try await server.call(SubscribedLibrary.create("no-uuid", Self.spec(good))) }?.kind == .invalidArgument)
            let id = try await server.call(SubscribedLibrary.create(token, Self.spec(good)))
            #expect(try await server.call(SubscribedLibrary.create(token, Self.spec(good))) == id)
            #expect(try await refusal { try await server.call(SubscribedLibrary.create(token, Self.spec(good, name: "T"))) }?.kind == .invalidArgument)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `an update of the subscription, and what a publisher that is gone leaves`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server, publisher, _ in
            publisher.publish(version: 1, [("a", "A", "iso", [("f", [1])])])
            let info = Self.info(publisher.library, .basic, password: "p")
            let id = try await server.call(SubscribedLibrary.create(nil, Self.spec(info)))
            #expect(publisher.asked.map(\.authorization) == ["Basic " + base64Encode(Array("vcsp:p".utf8))])
            var model = try await server.call(SubscribedLibrary.get(id))
            #expect(model.subscriptionInfo?.userName == "vcsp" && model.subscriptionInfo?.password == nil)
            // What a client got it may send back, and the password stays.
            try await server.call(SubscribedLibrary.update(id, model))
            #expect(try await server.call(SubscribedLibrary.get(id)).version == "2")
            #expect(try await refusal { try await server.call(SubscribedLibrary.update(id, model)) }?.kind == .concurrentChange)
            try await server.call(SubscribedLibrary.update(id, .init(name: "T", subscriptionInfo: .init(automaticSyncEnabled: true))))
            model = try await server.call(SubscribedLibrary.get(id))
            #expect(model.name == "T" && model.version == "3" && model.subscriptionInfo?.automaticSyncEnabled == true)
            #expect(try await refusal { try await server.call(Library.update(id, .init(subscriptionInfo: .init(onDemand: true)))) }?.kind == .invalidArgument)
            let wrong: [(SubscriptionInfo, APIError.Kind)] = [
                (.init(onDemand: true), .unsupported), (.init(subscriptionURL: "\(publisher.url)/nothing"), .resourceInaccessible),
                (.init(subscriptionURL: "http://127.0.0.1:1/lib.json"), .invalidArgument), (.init(subscriptionURL: "x"), .invalidArgument),
            ]
            for (info, kind) in wrong {
                let error = try await refusal { try await server.call(SubscribedLibrary.update(id, .init(subscriptionInfo: info))) }
                #expect(error?.kind == kind, "\(info)")
            }
            #expect(try await server.call(SubscribedLibrary.get(id)).version == "3")
            // It follows by itself now: at the sweep, and an hour after it asked the last time.
            try await server.service.sweep()
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == ["A": ["f": [1]]])
            publisher.publish(version: 2, [("a", "A", "iso", [("f", [2])])])
            try await server.service.sweep()
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == ["A": ["f": [1]]])
            server.clock.advance(by: .seconds(3601))
            try await server.service.sweep()
            await server.service.synchronizer.idle()
            let again = try await server.loggedIn()
            #expect(try await Self.contents(again, id) == ["A": ["f": [2]]])
            publisher.close()
            publisher.answer("/lib/lib.json", .init(status: 500))
            #expect(try await refusal { try await again.call(SubscribedLibrary.sync(id)) }?.kind == .resourceInaccessible)
            #expect(try await Self.contents(again, id) == ["A": ["f": [2]]])
        }
    }

    @Test func `all manners of publishers`() async throws {
        try await Self.with { server, publisher, _ in
            // Numbers as numbers, no files in the index, an item of its own directory, absolute and rooted addresses, redirects, preparing.
            publisher.answer("/x/lib.json", .init(status: 302, headers: [("Location", "/org/lib")]))
            publisher.answer("/org/lib", #"{"vcspVersion":1,"version":7,"id":"urn:uuid:l","name":"","itemsHref":"\#(publisher.url)/org/items"}"#)
            publisher.answer(
                "/org/items",
                #"{"items":[{"id":"1","name":"one","version":1,"type":"vcsp.iso","selfHref":"/org/item/1/"},{"id":"2","name":"two","version":"x","type":"vcsp.other","#
                    + #""files":[{"name":"ü x.bin","size":2,"etag":"d41d8cd98f00b204e9800998ecf8427e","hrefs":["\#(publisher.url)/abs/ü x.bin"]}]}]}"#)
            publisher.answer(
                "/org/item/1/",
                #"{"id":"1","name":"one","version":1,"type":"vcsp.iso","selfHref":"x","files":[{"name":"f","size":3,"etag":9,"hrefs":["sub/f"]}]}"#)
            let preparing = TestPublisher.Answer(status: 503, body: Array(#"{"status":"PREPARING","progress":40,"message":""}"#.utf8))
            publisher.answer("/org/item/1/sub/f", preparing, preparing, .init(status: 302, headers: [("Location", "../data/f")]))
            publisher.answer("/org/item/1/data/f", [1, 2, 3])
            publisher.answer("/abs/%C3%BC%20x.bin", [4, 5])
            let id = try await server.call(SubscribedLibrary.create(nil, Self.spec(Self.info("\(publisher.url)/x/lib.json"))))
            try await server.call(SubscribedLibrary.sync(id))
            await server.service.synchronizer.idle()
            #expect(try await Self.contents(server, id) == ["one": ["f": [1, 2, 3]], "two": ["ü x.bin": [4, 5]]])
        }
    }

    @Test func `an item that cannot be had leaves the others alone, and is tried again`() async throws {
        try await Self.with { server, publisher, directory in
            let items: [(id: String, name: String, type: String, files: [(name: String, bytes: [UInt8])])] = [
                ("a", "A", "iso", [("f", [1, 2, 3]), ("g", [4, 5])]), ("b", "B", "iso", [("h", [6])]),
            ]
            let bad: [TestPublisher.Answer] = [
                .init(status: 404), .init(body: [4]), .init(body: [4, 5, 6]), .init(body: [4], length: 2), .init(status: 503),
                .init(status: 503, body: Array(#"{"progress":10,"message":"disk broken"}"#.utf8)),
                .init(status: 302, headers: [("Location", "http://localhost:\(publisher.port)/lib/b/h")]),
                .init(status: 302, headers: [("Location", "https://127.0.0.1:\(publisher.port)/lib/b/h")]),
                .init(status: 302, headers: [("Location", "g")]),
            ]
            for (number, answer) in bad.enumerated() {
                publisher.publish(version: 1, items)
                publisher.answer("/lib/a/g", answer)
                let id = try await server.call(SubscribedLibrary.create(nil, Self.spec(Self.info(publisher.library))))
                try await server.call(SubscribedLibrary.sync(id))
                await server.service.synchronizer.idle()
                #expect(try await Self.contents(server, id) == ["B": ["h": [6]]], "\(number)")
                #expect(try await server.call(SubscribedLibrary.get(id)).lastSyncTime == nil)
                #expect(directory.files("data/datastores").count == 1, "nothing of it is left")
                publisher.publish(version: 1, items)
                publisher.forgetAsked()
                try await server.call(SubscribedLibrary.sync(id))
                await server.service.synchronizer.idle()
                #expect(try await Self.contents(server, id) == ["A": ["f": [1, 2, 3], "g": [4, 5]], "B": ["h": [6]]])
                #expect(!publisher.paths.contains("/lib/b/h"), "what is here is not fetched again")
                #expect(try await server.call(SubscribedLibrary.get(id)).lastSyncTime != nil)
                try await server.call(SubscribedLibrary.delete(id))
            }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a probe tells what is wrong with an address`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { server, publisher, _ in
            publisher.publish(version: 1, [])
            publisher.answer("/secret", .init(status: 401))
            publisher.answer("/page", "<html>")
            let cases: [(String, SubscribedLibrary.ProbeResult.Status)] = [
                (publisher.library, .success), ("\(publisher.url)/nothing", .resourceNotFound), ("\(publisher.url)/secret", .invalidCredentials),
                ("\(publisher.url)/page", .invalidURL), ("nonsense", .invalidURL), ("ftp://x/", .invalidURL), ("http://127.0.0.1:1/", .unknownError),
                ("http:///x", .invalidURL),
            ]
            for (url, status) in cases {
                let result = try await server.call(SubscribedLibrary.probe(SubscriptionInfo(subscriptionURL: url)))
                #expect(result.status == status, "\(url)")
                #expect(result.errorMessages.isEmpty == (status == .success), "\(url)")
            }
            #expect(try await refusal { try await server.call(SubscribedLibrary.probe(SubscriptionInfo())) }?.kind == .invalidArgument)
        }
    }

    @Test func `a probe shows the certificate, and a thumbprint decides alone`() async throws {
        try await ListenerTests.with(tls: true) { url, identity, server, _ in
            let server = try await server.loggedIn()
            let thumbprint = try #require(identity?.thumbprint)
            let wrong = thumbprint.hasPrefix("00") ? "11" + thumbprint.dropFirst(2) : "00" + thumbprint.dropFirst(2)
            for (given, status) in [
                (nil, SubscribedLibrary.ProbeResult.Status.certificateError), (wrong, .certificateError), (thumbprint.lowercased(), .resourceNotFound),
            ] {
                let result = try await server.call(
                    SubscribedLibrary.probe(SubscriptionInfo(sslThumbprint: given, subscriptionURL: "\(url)/nothing/lib.json")))
                #expect(result.status == status && result.sslThumbprint?.lowercased() == thumbprint.lowercased(), "\(given ?? "none")")
            }
        }
    }
}
