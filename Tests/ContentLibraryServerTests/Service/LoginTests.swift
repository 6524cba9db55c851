import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct LoginTests {
    @Test(arguments: Dialect.allCases)
    func `login, who am I, logout`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let info = try await server.call(Session.get())
            #expect(info.user == TestServer.admin.name && info.createdTime == server.clock.now)
            server.clock.advance(by: .seconds(60))
            #expect(try await server.call(Session.get()).lastAccessedTime == server.clock.now)
            try await server.call(Session.delete())
            for dialect in Dialect.allCases {
                #expect(try await refusal { try await server.speaking(dialect).call(Library.list()) }?.kind == .unauthenticated)
            }
            #expect(try await refusal { try await server.call(Session.delete()) }?.kind == .unauthenticated)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `who is not let in`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            for (user, password) in [("admin@vsphere.local", "secret"), ("admin@vsphere.local", ""), ("nobody", "secret:1"), ("", "")] {
                let error = try await refusal { try await server.loggedIn(user, password) }
                #expect(error?.kind == .unauthenticated)
            }
            var stranger = server
            for credentials in [Credentials.none, .session("00000000000000000000000000000000"), .session("x")] {
                stranger.credentials = credentials
                #expect(try await refusal { try await stranger.call(Session.create()) }?.kind == .unauthenticated)
                #expect(try await refusal { try await stranger.call(Library.list()) }?.kind == .unauthenticated)
                #expect(try await refusal { try await stranger.call(UpdateSession.complete("x")) }?.kind == .unauthenticated)
            }
        }
    }

    @Test func `a login is good in every dialect, and so is the password`() async throws {
        try await TestServer.with(.jsonRPC) { server, _ in
            let library = try await server.makeLibrary()
            for dialect in Dialect.allCases {
                var other = server.speaking(dialect)
                #expect(try await other.call(Library.list()) == [library])
                other.credentials = .login(user: TestServer.admin.name, password: "secret:1")
                #expect(try await other.call(Library.list()) == [library])
                other.credentials = .login(user: TestServer.admin.name, password: "wrong")
                #expect(try await refusal { try await other.call(Library.list()) }?.kind == .unauthenticated)
            }
        }
    }

    @Test func `a login ends after its idle time, and every call renews it`() async throws {
        try await TestServer.with(.api, { $0.loginTimeout = .seconds(100) }) { server, _ in
            for _ in 0..<3 {
                server.clock.advance(by: .seconds(100))
                _ = try await server.call(Library.list())
            }
            server.clock.advance(by: .milliseconds(100_001))
            #expect(try await refusal { try await server.call(Library.list()) }?.kind == .unauthenticated)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a read-only user looks and downloads, and changes nothing`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            try await server.publish(["f": [1, 2, 3]], to: item)
            let library = try #require(try await server.call(Library.list()).first)
            let session = try await server.makeSession(item)
            _ = try await server.announce("g", in: session)
            let reader = try await server.loggedIn(TestServer.reader)
            #expect(try await reader.call(Item.File.list(item)).map(\.name) == ["f"])
            #expect(try await reader.call(Item.find(.init(name: "ITEM"))) == [item])
            #expect(try await reader.download("f", of: item) == [1, 2, 3])
            #expect(try await reader.call(UpdateSession.get(session)).state == .active, "seeing a session whose id one knows needs no privilege")
            let spec = Library.Model(name: "x", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])
            let refusals: [APIError?] = [
                try await refusal { try await reader.call(LocalLibrary.create(nil, spec)) },
                try await refusal { try await reader.call(LocalLibrary.delete(library)) },
                try await refusal { try await reader.call(Item.create(nil, .init(libraryID: library, name: "x"))) },
                try await refusal { try await reader.call(Item.update(item, .init(name: "x"))) },
                try await refusal { try await reader.call(Item.delete(item)) },
                try await refusal { try await reader.call(UpdateSession.create(nil, .init(libraryItemID: item))) },
                try await refusal { try await reader.call(UpdateSession.list(nil)) },
                try await refusal { try await reader.call(UpdateSession.keepAlive(session, nil)) },
                try await refusal { try await reader.call(UpdateSession.complete(session)) },
                try await refusal { try await reader.call(UpdateSession.cancel(session)) },
                try await refusal { try await reader.call(UpdateSession.fail(session, "x")) },
                try await refusal { try await reader.call(UpdateSession.delete(session)) },
                try await refusal { try await reader.call(UpdateSession.File.add(session, .init(name: "x", source: .push))) },
                try await refusal { try await reader.call(UpdateSession.File.remove(session, "g")) },
                try await refusal { try await reader.call(UpdateSession.File.validate(session)) },
            ]
            for refusal in refusals { #expect(refusal?.kind == .unauthorized) }
            #expect(try await server.call(UpdateSession.get(session)).state == .active)
        }
    }

    @Test func `routing comes before authentication, and authentication before arguments`() async throws {
        try await TestServer.with(.api) { server, _ in
            let unknown = await server.service.respond(to: HTTPRequest("GET", target: "/api/content/nothing/of/that/kind"))
            #expect(unknown.status == 404)
            let malformed = await server.service.respond(to: HTTPRequest("POST", target: "/api/content/library/item", body: Array("{\"name\":1}".utf8)))
            #expect(malformed.status == 401)
            #expect(server.service.operations.count == API.all.count)
        }
    }

    @Test func `answers carry the server's own time`() async throws {
        try await TestServer.with(.api) { server, _ in
            let response = await server.service.respond(to: HTTPRequest("GET", target: "/api/session"))
            let date = try #require(response.date)
            #expect(date.milliseconds == server.clock.now.milliseconds / 1000 * 1000)
        }
    }
}
