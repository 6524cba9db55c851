import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct UpdateSessionTests {
    @Test(arguments: Dialect.allCases)
    func `which warnings are ignored can be changed, and nothing else`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let session = try await server.makeSession(try await server.makeItem())
            let fresh = try await server.call(UpdateSession.get(session))
            #expect(fresh.warningBehavior == nil)
            let behavior = [
                UpdateSession.WarningBehavior(type: .untrustedCertificate, ignored: true), .init(type: .expiredCertificate, ignored: false),
            ]
            var spec = fresh
            spec.warningBehavior = behavior
            try await server.call(UpdateSession.update(session, spec))
            #expect(try await server.call(UpdateSession.get(session)) == spec)
            try await server.call(UpdateSession.update(session, .init()))
            #expect(try await server.call(UpdateSession.get(session)) == spec, "nothing was set")
            let wrong: [UpdateSession.Model] = [
                .init(id: "other"), .init(libraryItemID: "other"), .init(libraryItemContentVersion: "7"), .init(clientProgress: 1), .init(state: .done),
                .init(warningBehavior: [.init(type: .init(rawValue: "UGLY"), ignored: true)]), .init(warningBehavior: behavior + behavior),
            ]
            for spec in wrong {
                let error = try await refusal { try await server.call(UpdateSession.update(session, spec)) }
                #expect(error?.kind == .invalidArgument, "\(spec)")
            }
            #expect(try await server.call(UpdateSession.get(session)) == spec)
            try await server.call(UpdateSession.update(session, .init(warningBehavior: [])))
            #expect(try await server.call(UpdateSession.get(session)).warningBehavior == [])
            let reader = try await server.loggedIn(TestServer.reader)
            #expect(try await refusal { try await reader.call(UpdateSession.update(session, spec)) }?.kind == .unauthorized)
            try await server.call(UpdateSession.cancel(session))
            #expect(try await refusal { try await server.call(UpdateSession.update(session, .init())) }?.kind == .notAllowedInCurrentState)
            #expect(try await refusal { try await server.call(UpdateSession.update("nope", .init())) }?.kind == .notFound)
        }
    }

    @Test func `which warnings are ignored is kept over a restart`() async throws {
        let (directory, clock) = (try TemporaryDirectory(), TestClock())
        let first = try await TestServer.start(directory, clock: clock).loggedIn()
        let behavior = [UpdateSession.WarningBehavior(type: .expiredCertificate, ignored: true)]
        let spec = UpdateSession.Model(libraryItemID: try await first.makeItem(), warningBehavior: behavior)
        let session = try await first.call(UpdateSession.create(nil, spec))
        try await first.service.close()
        let second = try await TestServer.start(directory, clock: clock).loggedIn()
        #expect(try await second.call(UpdateSession.get(session)).warningBehavior == behavior)
        try await second.service.close()
    }

    @Test(arguments: Dialect.allCases)
    func `from nothing to done`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            var model = try await server.call(UpdateSession.get(session))
            #expect(model.id == session && model.libraryItemID == item && model.libraryItemContentVersion == "1" && model.clientProgress == 0)
            #expect(model.state == .active && model.expirationTime == server.clock.now + .seconds(300) && model.errorMessage == nil)

            let info = try await server.call(UpdateSession.File.add(session, .init(name: "f", source: .push, size: 3)))
            #expect(info.name == "f" && info.size == nil && info.checksumInfo == nil && info.bytesTransferred == 0 && info.status == .waitingForTransfer)
            guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info.transfer)") }
            #expect(endpoint.uri.hasSuffix("/f"))
            #expect(try await refusal { try await server.call(UpdateSession.complete(session)) }?.messages.first?.args == ["f", "WAITING_FOR_TRANSFER"])
            #expect(try await refusal { try await server.call(UpdateSession.File.validate(session)) }?.kind == .notAllowedInCurrentState)

            #expect(await server.put(Array("abc".utf8), to: try TestServer.path(of: endpoint.uri)).status == 200)
            let received = try await server.call(UpdateSession.File.get(session, "f"))
            #expect(received.size == 3 && received.bytesTransferred == 3 && received.status == .ready && received.transfer == .push(to: endpoint))
            #expect(received.checksumInfo == .init(algorithm: .sha1, checksum: "a9993e364706816aba3e25717850c26c9cd0d89d"))
            #expect(try await server.call(UpdateSession.File.validate(session)) == .init(hasErrors: false))
            #expect(try await server.call(Item.File.list(item)) == [], "nothing is visible before it is complete")
            #expect(try await server.call(Item.get(item)).contentVersion == "1")

            server.clock.advance(by: .seconds(5))
            try await server.call(UpdateSession.complete(session))
            let file = Item.File.Info(checksumInfo: received.checksumInfo, name: "f", size: 3, cached: true, version: "1")
            #expect(try await server.call(Item.File.list(item)) == [file])
            #expect(try await server.call(Item.File.get(item, "f")) == file)
            #expect(try await server.call(Item.get(item)).contentVersion == "2")
            #expect(try await server.call(Item.get(item)).lastModifiedTime == server.clock.now)
            model = try await server.call(UpdateSession.get(session))
            #expect(model.state == .done && model.libraryItemContentVersion == "1")
            try await server.call(UpdateSession.delete(session))
            #expect(try await refusal { try await server.call(UpdateSession.get(session)) }?.kind == .notFound)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `one active session per item, and a replay before busy`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            let (token, spec) = ("0f0f0f0f-2314-43cd-a871-6ede0f429751", UpdateSession.Model(libraryItemID: item))
            let session = try await server.call(UpdateSession.create(token, spec))
            #expect(try await server.call(UpdateSession.create(token, spec)) == session)
            let other = try await server.loggedIn(TestServer.other)
            for error in [
                try await refusal { try await server.makeSession(item) }, try await refusal { try await other.makeSession(item) },
                try await refusal { try await other.call(UpdateSession.create(token, spec)) },
            ] { #expect(error?.kind == .resourceBusy) }
            // In this order: format, specification, replay, target, busy.
            #expect(try await refusal { try await server.call(UpdateSession.create("x", .init())) }?.messages.first?.args.first == "client_token")
            #expect(
                try await refusal { try await server.call(UpdateSession.create(token, .init())) }?.messages.first?.args.first == "create_spec.library_item_id")
            #expect(try await refusal { try await server.call(UpdateSession.create(token, .init(libraryItemID: "nope"))) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(UpdateSession.create(nil, .init(libraryItemID: "nope"))) }?.kind == .notFound)
            for end in [UpdateSession.cancel(session), UpdateSession.delete(session)] { try await server.call(end) }
            #expect(try await server.call(UpdateSession.create(token, spec)) == session, "the token outlives what it made")
            _ = try await other.makeSession(item)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a lease ends the session unless it is renewed`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect, { $0.sessionTimeout = .seconds(60) }) { server, directory in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            let path = try await server.announce("f", in: session)
            #expect(await server.put([1, 2, 3], to: path).status == 200)
            for progress: Int64? in [nil, 10, 5, 10, 100] {
                server.clock.advance(by: .seconds(60))
                try await server.call(UpdateSession.keepAlive(session, progress))
                let model = try await server.call(UpdateSession.get(session))
                #expect(model.expirationTime == server.clock.now + .seconds(60))
            }
            #expect(try await server.call(UpdateSession.get(session)).clientProgress == 100)
            #expect(try await refusal { try await server.call(UpdateSession.keepAlive(session, 101)) }?.kind == .invalidArgument)
            server.clock.advance(by: .milliseconds(60_001))
            let late = try await server.announceRefusals(session)
            #expect(late.allSatisfy { $0?.kind == .notFound }, "expired is as gone, swept or not")
            #expect(try await server.call(UpdateSession.list(nil)) == [])
            #expect(await server.put([1], to: path).status == 404)
            #expect(directory.files("data/datastores").count == 1)
            try await server.service.sweep()
            #expect(directory.files("data/datastores") == [:])
            #expect(try await refusal { try await server.call(UpdateSession.get(session)) }?.kind == .notFound)
            _ = try await server.makeSession(item)
        }
    }

    @Test func `an expired session that was not swept yet does not hold its item`() async throws {
        try await TestServer.with(.api, { $0.sessionTimeout = .seconds(60) }) { server, directory in
            let item = try await server.makeItem()
            let first = try await server.makeSession(item)
            let path = try await server.announce("f", in: first)
            #expect(await server.put([1, 2, 3], to: path).status == 200)
            server.clock.advance(by: .milliseconds(60_001))
            let second = try await server.makeSession(item)
            #expect(first != second)
            #expect(directory.files("data/datastores") == [:], "what it had received is freed")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `every operation on sessions that have ended, and on one that never was`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let item = try await server.makeItem()
            func ended(_ state: UpdateSession.State) async throws -> UpdateSession.ID {
                let session = try await server.makeSession(item)
                let path = try await server.announce("f", in: session)
                _ = await server.put([1, 2, 3], to: path)
                switch state {
                case .done: try await server.call(UpdateSession.complete(session))
                case .canceled: try await server.call(UpdateSession.cancel(session))
                default: try await server.call(UpdateSession.fail(session, "the disk is on fire"))
                }
                #expect(await server.put([1], to: path).status == 404, "its URLs die with it")
                return session
            }
            for state: UpdateSession.State in [.done, .canceled, .error] {
                let session = try await ended(state)
                let model = try await server.call(UpdateSession.get(session))
                #expect(model.state == state)
                #expect(model.errorMessage?.defaultMessage == (state == .error ? "the disk is on fire" : nil))
                #expect(try await server.call(UpdateSession.list(item)) == [session])
                let refusals = try await server.announceRefusals(session)
                #expect(refusals.allSatisfy { $0?.kind == .notAllowedInCurrentState })
                #expect(try await server.call(UpdateSession.File.list(session)).map(\.name) == ["f"])
                try await server.call(UpdateSession.delete(session))
                #expect(try await refusal { try await server.call(UpdateSession.delete(session)) }?.kind == .notFound)
                #expect(try await server.announceRefusals(session).allSatisfy { $0?.kind == .notFound })
            }
            #expect(directory.files("data/datastores").count == 1, "only what was completed is kept")
            let active = try await server.makeSession(item)
            #expect(try await refusal { try await server.call(UpdateSession.delete(active)) }?.kind == .notAllowedInCurrentState)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `one sees one's own sessions`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let other = try await server.loggedIn(TestServer.other)
            let library = try await server.makeLibrary()
            let items = [try await server.makeItem("a", in: library), try await server.makeItem("b", in: library)]
            let mine = [try await server.makeSession(items[0]), try await server.makeSession(items[1])]
            #expect(Set(try await server.call(UpdateSession.list(nil))) == Set(mine))
            #expect(try await server.call(UpdateSession.list(items[1])) == [mine[1]])
            #expect(try await other.call(UpdateSession.list(nil)) == [])
            #expect(try await other.call(UpdateSession.list(items[0])) == [])
            #expect(try await refusal { try await server.call(UpdateSession.list("nope")) }?.kind == .notFound)
            // Sessions belong to the user, and outlive the login.
            try await server.call(Session.delete())
            #expect(Set(try await server.loggedIn().call(UpdateSession.list(nil))) == Set(mine))
            try await other.call(UpdateSession.cancel(mine[0]))
        }
    }

    @Test(arguments: Dialect.allCases)
    func `keep, replace, remove, add: readers see the old set, then the new one`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let item = try await server.makeItem()
            try await server.publish(["keep": [1], "replace": [2], "remove": [3]], to: item)
            let before = try await server.call(Item.File.list(item))
            let session = try await server.makeSession(item)
            #expect(try await server.call(UpdateSession.get(session)).libraryItemContentVersion == "2")
            let kept = try await server.call(UpdateSession.File.list(session))
            #expect(kept.map(\.name) == ["keep", "remove", "replace"])
            #expect(kept.allSatisfy { $0.transfer == .none && $0.status == .ready && $0.size == 1 && $0.checksumInfo != nil })
            try await server.call(UpdateSession.File.remove(session, "remove"))
            #expect(try await refusal { try await server.call(UpdateSession.File.remove(session, "remove")) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(UpdateSession.File.get(session, "remove")) }?.kind == .invalidArgument)
            for (name, byte) in [("replace", UInt8(4)), ("add", 5)] {
                #expect(await server.put([byte, byte], to: try await server.announce(name, in: session)).status == 200)
            }
            _ = try await server.announce("never sent", in: session)
            #expect(try await refusal { try await server.call(UpdateSession.complete(session)) }?.kind == .notAllowedInCurrentState)
            try await server.call(UpdateSession.File.remove(session, "never sent"))
            #expect(try await server.call(Item.File.list(item)) == before)
            #expect(try await server.download("replace", of: item) == [2])
            try await server.call(UpdateSession.complete(session))
            let after = try await server.call(Item.File.list(item))
            #expect(after.map(\.name) == ["add", "keep", "replace"])
            #expect(after.map(\.version) == ["1", "1", "2"])
            #expect(after[1] == before[0])
            #expect(try await server.call(Item.get(item)).contentVersion == "3")
            #expect(try await server.download("replace", of: item) == [4, 4])
            #expect(directory.files("data/datastores").count == 3, "what was replaced and removed is off the disk")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `every file removed leaves an empty item; nothing changed leaves its version`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let item = try await server.makeItem()
            try await server.publish(["f": [1]], to: item)
            let idle = try await server.makeSession(item)
            try await server.call(UpdateSession.complete(idle))
            #expect(try await server.call(Item.get(item)).contentVersion == "2")
            let session = try await server.makeSession(item)
            try await server.call(UpdateSession.File.remove(session, "f"))
            try await server.call(UpdateSession.complete(session))
            #expect(try await server.call(Item.File.list(item)) == [])
            #expect(try await server.call(Item.get(item)).contentVersion == "3")
            #expect(directory.files("data/datastores") == [:])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `adding a name again replaces the entry, and its URL`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            let first = try await server.announce("f", in: session)
            #expect(await server.put([1, 2, 3], to: first).status == 200)
            let second = try await server.announce("f", in: session, size: 2)
            #expect(first != second)
            #expect(directory.files("data/datastores") == [:], "what the first entry had received is freed")
            #expect(await server.put([1, 2, 3], to: first).status == 404)
            #expect(try await server.call(UpdateSession.File.list(session)).map(\.status) == [.waitingForTransfer])
            #expect(await server.put([1, 2], to: second).status == 200)
            try await server.call(UpdateSession.complete(session))
            #expect(try await server.download("f", of: item) == [1, 2])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what is not added`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let session = try await server.makeSession(try await server.makeItem())
            let wrong: [(UpdateSession.File.AddSpec, APIError.Kind)] = [
                (.init(name: "", source: .push), .invalidArgument), (.init(name: "a/b", source: .push), .invalidArgument),
                (.init(name: "..", source: .push), .invalidArgument), (.init(name: String(repeating: "x", count: 256), source: .push), .invalidArgument),
                (.init(name: "f", source: .push, size: -1), .invalidArgument), (.init(name: "f", source: .none), .invalidArgument),
                (.init(name: "f", source: .push, checksumInfo: .init(algorithm: .sha1, checksum: "")), .invalidArgument),
                (.init(name: "f", source: .push, checksumInfo: .init(algorithm: .init(rawValue: "CRC"), checksum: "00")), .invalidArgument),
                (.init(name: "f", source: .pull(.init(uri: "ftp://example.com/f"))), .invalidArgument),
            ]
            for (spec, kind) in wrong { #expect(try await refusal { try await server.call(UpdateSession.File.add(session, spec)) }?.kind == kind, "\(spec)") }
            #expect(try await server.call(UpdateSession.File.list(session)) == [])
            #expect(try await refusal { try await server.call(UpdateSession.File.add("nope", .init(name: "", source: .push))) }?.kind == .notFound)
        }
    }

    @Test func `transfer URLs name the host that the request named, or the public one`() async throws {
        try await TestServer.with(.api, { $0.scheme = .https(thumbprint: "AA:BB") }) { server, _ in
            let session = try await server.makeSession(try await server.makeItem())
            let call = UpdateSession.File.add(session, .init(name: "a b", source: .push))
            for (host, base) in [
                ("library.test", "https://library.test"), ("[::1]:8443", "https://[::1]:8443"), ("evil/../x", "https://localhost"),
                ("a b", "https://localhost"),
                (nil, "https://localhost"),
            ] {
                var request = try call.request(.api, server.credentials)
                if let host { request.headers.append(("host", host)) }
                let info = try call.output(of: await server.service.respond(to: request), .api)
                guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info)") }
                #expect(endpoint.uri.hasPrefix(base + "/cls/data/") && endpoint.uri.hasSuffix("/a%20b"))
                #expect(endpoint.sslCertificateThumbprint == "AA:BB")
            }
        }
        try await TestServer.with(.api, { ($0.scheme, $0.publicURL) = (.http, "https://cdn.test/x") }) { server, _ in
            let session = try await server.makeSession(try await server.makeItem())
            let info = try await server.call(UpdateSession.File.add(session, .init(name: "a", source: .push)))
            guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info)") }
            #expect(endpoint.uri.hasPrefix("https://cdn.test/x/cls/data/") && endpoint.sslCertificateThumbprint == nil)
        }
    }

    @Test func `a session is failed without a reason only as govmomi does it`() async throws {
        try await TestServer.with(.rest) { server, _ in
            let session = try await server.makeSession(try await server.makeItem())
            var request = try UpdateSession.fail(session, "gone").request(.rest, server.credentials)
            request.body = Array("{}".utf8)
            #expect(await server.service.respond(to: request).status == 400, "a body says the reason")
            request.body = []
            var unfit = try UpdateSession.fail(session, "gone").request(.api, server.credentials)
            unfit.body = []
            #expect(await server.service.respond(to: unfit).status == 400, "nobody does it there")
            #expect(await server.service.respond(to: request).status == 200)
            let model = try await server.call(UpdateSession.get(session))
            #expect(model.state == .error && model.errorMessage?.defaultMessage == "The client gave no reason.")
        }
    }
}

extension TestServer {
    /// What every operation that needs an active session answers.
    func announceRefusals(_ session: UpdateSession.ID) async throws -> [APIError?] {
        [
            try await refusal { try await call(UpdateSession.keepAlive(session, 1)) },
            // State before arguments.
            try await refusal { try await call(UpdateSession.keepAlive(session, 1000)) },
            try await refusal { try await call(UpdateSession.complete(session)) },
            try await refusal { try await call(UpdateSession.cancel(session)) },
            try await refusal { try await call(UpdateSession.fail(session, "x")) },
            try await refusal { try await call(UpdateSession.File.add(session, .init(name: "", source: .push))) },
            try await refusal { try await call(UpdateSession.File.remove(session, "nope")) },
            try await refusal { try await call(UpdateSession.File.validate(session)) },
        ]
    }
}
