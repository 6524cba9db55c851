import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

/// Users whose roles hold on single libraries.
@Suite struct PrivilegeTests {
    static let guest = Role(name: "guest", privileges: [])
    static let reader = Role(name: "reader", privileges: [.read])
    static let uploader = Role(name: "uploader", privileges: [.read, .addLibraryItem, .updateLibraryItem, .updateSession, .downloadSession])
    static let bob = User(
        name: "bob", password: .plain("bob"), role: guest, grants: [Grant(role: uploader, library: "mine"), Grant(role: reader, library: "seen")])

    struct Scene {
        let admin: TestServer
        let bob: TestServer
        /// A library and an item of it, by name of the library.
        var libraries: [String: Library.ID] = [:]
        var items: [String: Item.ID] = [:]

        func library(_ name: String) throws -> Library.ID { try #require(libraries[name]) }
        func item(_ name: String) throws -> Item.ID { try #require(items[name]) }
    }

    static func with(_ dialect: Dialect, _ body: (Scene) async throws -> Void) async throws {
        try await TestServer.with(dialect, { $0.users.append(bob) }) { server, _ in
            var scene = Scene(admin: server, bob: try await server.loggedIn(bob))
            for name in ["mine", "seen", "hidden"] {
                let library = try await server.makeLibrary(name)
                scene.libraries[name] = library
                scene.items[name] = try await server.makeItem("item of \(name)", in: library)
            }
            try await body(scene)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `lists and finds hold what may be read`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let (mine, seen, hidden) = (try scene.library("mine"), try scene.library("seen"), try scene.library("hidden"))
            // Made in one instant of the test's clock: their order is any.
            #expect(Set(try await scene.admin.call(Library.list())) == [mine, seen, hidden])
            for list in [Library.list(), LocalLibrary.list(), Library.find(.init(type: .local))] {
                #expect(Set(try await scene.bob.call(list)) == [mine, seen])
            }
            #expect(try await scene.bob.call(Library.find(.init(name: "hidden"))) == [])
            #expect(Set(try await scene.bob.call(Item.find(.init(type: "iso")))) == [try scene.item("mine"), try scene.item("seen")])
            #expect(try await scene.bob.call(Library.get(seen)).name == "seen")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `each operation on each library`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let bob = scene.bob
            /// The operation, and the privilege that it lacks on mine, seen and hidden; nil where it goes through.
            typealias Operation = (_ library: Library.ID, _ item: Item.ID) async throws -> Void
            let read = "System.Read", session = "ContentLibrary.UpdateSession"
            let cases: [(name: String, lacks: [String?], Operation)] = [
                ("library.get", [nil, nil, read], { library, _ in try await bob.call(LocalLibrary.get(library)) }),
                ("item.list", [nil, nil, read], { library, _ in try await bob.call(Item.list(library)) }),
                ("item.get", [nil, nil, read], { _, item in try await bob.call(Item.get(item)) }),
                ("file.list", [nil, nil, read], { _, item in try await bob.call(Item.File.list(item)) }),
                (
                    "item.update", [nil] + Array(repeating: "ContentLibrary.UpdateLibraryItem", count: 2),
                    { _, item in
                        try await bob.call(Item.update(item, .init(description: "d")))
                    }
                ),
                (
                    "item.create", [nil] + Array(repeating: "ContentLibrary.AddLibraryItem", count: 2),
                    { library, _ in
                        try await bob.call(Item.create(nil, .init(libraryID: library, name: "n")))
                    }
                ),
                ("item.delete", Array(repeating: "ContentLibrary.DeleteLibraryItem", count: 3), { _, item in try await bob.call(Item.delete(item)) }),
                (
                    "library.delete", Array(repeating: "ContentLibrary.DeleteLocalLibrary", count: 3),
                    { library, _ in
                        try await bob.call(LocalLibrary.delete(library))
                    }
                ),
                ("update_session.list", [nil, session, session], { _, item in try await bob.call(UpdateSession.list(item)) }),
                ("update_session.create", [nil, session, session], { _, item in try await bob.call(UpdateSession.create(nil, .init(libraryItemID: item))) }),
                (
                    "download_session.create", [nil] + Array(repeating: "ContentLibrary.DownloadSession", count: 2),
                    { _, item in
                        try await bob.call(DownloadSession.create(nil, .init(libraryItemID: item)))
                    }
                ),
            ]
            for (name, lacks, operation) in cases {
                for (library, privilege) in zip(["mine", "seen", "hidden"], lacks) {
                    let (libraryID, item) = (try scene.library(library), try scene.item(library))
                    let error = try await refusal { try await operation(libraryID, item) }
                    #expect(error?.kind == privilege.map { _ in .unauthorized }, "\(name) on \(library): \(error.map(String.init(describing:)) ?? "")")
                    if let privilege {
                        #expect(error?.messages.first?.args.prefix(2) == ["bob", privilege])
                        #expect(error?.messages.first?.args.last.map { $0.hasSuffix(libraryID.rawValue) || $0.hasSuffix(item.rawValue) } == true)
                        #expect(error.map { "\($0)".contains("hidden") } == false, "what may not be seen is not told")
                    }
                }
            }
            let spec = Library.Model(name: "x", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])
            #expect(
                try await refusal { try await bob.call(LocalLibrary.create(nil, spec)) }?.messages.first?.args == ["bob", "ContentLibrary.CreateLocalLibrary"])
            #expect(try await refusal { try await bob.call(Item.get("no item")) }?.kind == .notFound)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a session of another is looked at and not touched, unless one might have opened it`(_ dialect: Dialect) async throws {
        try await Self.with(dialect) { scene in
            let bob = scene.bob
            for (library, isAllowed) in [("mine", true), ("seen", false), ("hidden", false)] {
                let item = try scene.item(library)
                let session = try await scene.admin.makeSession(item)
                _ = try await scene.admin.announce("f", in: session)
                #expect(try await bob.call(UpdateSession.get(session)).state == .active)
                let kind: APIError.Kind? = isAllowed ? nil : .unauthorized
                #expect(try await refusal { try await bob.call(UpdateSession.File.list(session)) }?.kind == kind, "its URLs are capabilities")
                #expect(try await refusal { try await bob.call(UpdateSession.keepAlive(session, 1)) }?.kind == kind)
                #expect(try await refusal { try await bob.call(UpdateSession.cancel(session)) }?.kind == kind)
                #expect(try await scene.admin.call(UpdateSession.get(session)).state == (isAllowed ? .canceled : .active))
                #expect(try await scene.admin.call(UpdateSession.list(nil)).contains(session))
                #expect(try await bob.call(UpdateSession.list(nil)) == [], "a list holds the caller's own")
            }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `five wrong passwords lock one user at one address`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            for _ in 0..<5 {
                let isRefused = try await server.isRefused("other", "wrong", from: "10.0.0.1")
                #expect(isRefused)
            }
            #expect(try await server.isRefused("other", "other", from: "10.0.0.1"), "locked, although the password is right")
            #expect(try await server.isLetIn("other", "other", from: "10.0.0.2"))
            #expect(try await server.isLetIn("reader", "reader", from: "10.0.0.1"))
            server.clock.advance(by: .milliseconds(900_001))
            #expect(try await server.isLetIn("other", "other", from: "10.0.0.1"))
            for _ in 0..<20 { #expect(try await server.isRefused("nobody", "wrong", from: "10.0.0.1")) }
        }
    }
}

extension TestServer {
    fileprivate func isLetIn(_ user: String, _ password: String, from peer: String) async throws -> Bool {
        var request = try Session.create().request(dialect, .login(user: user, password: password))
        request.peer = peer
        let response = await service.respond(to: request)
        return try await refusal { try Session.create().output(of: response, dialect) } == nil
    }

    fileprivate func isRefused(_ user: String, _ password: String, from peer: String) async throws -> Bool {
        try await !isLetIn(user, password, from: peer)
    }
}
