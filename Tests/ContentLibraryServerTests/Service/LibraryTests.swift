import ContentLibraryAPI
import Foundation
import Testing

@testable import ContentLibraryServer

@Suite struct LibraryTests {
    static func backing(_ id: String = "datastore-1") -> StorageBacking { StorageBacking(type: .datastore, datastoreID: id) }

    @Test(arguments: Dialect.allCases)
    func `create, get, find, list, delete`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let id = try await server.call(
                LocalLibrary.create(nil, .init(description: "d", name: "ISO images", storageBackings: [Self.backing()], type: .local)))
            for model in [try await server.call(Library.get(id)), try await server.call(LocalLibrary.get(id))] {
                #expect(model.id == id && model.name == "ISO images" && model.description == "d" && model.type == .local)
                #expect(model.version == "1" && model.creationTime == server.clock.now && model.lastModifiedTime == server.clock.now)
                #expect(model.storageBackings == [Self.backing()])
                #expect(model.serverGUID?.utf8.count == 36)
            }
            let twin = try await server.call(LocalLibrary.create(nil, .init(name: "iso IMAGES", storageBackings: [Self.backing()])))
            #expect(try await server.call(Library.get(twin)).description == "")
            #expect(Set(try await server.call(Library.list())) == [id, twin])
            #expect(Set(try await server.call(LocalLibrary.list())) == [id, twin])
            #expect(Set(try await server.call(Library.find(.init(name: "Iso Images")))) == [id, twin], "names need not be unique")
            #expect(Set(try await server.call(Library.find(.init(type: .local)))) == [id, twin])
            #expect(try await server.call(Library.find(.init(name: "iso images", type: .subscribed))) == [])
            #expect(Set(try await server.call(Library.find(.init(storageBacking: Self.backing())))) == [id, twin])
            #expect(try await server.call(Library.find(.init(storageBacking: Self.backing("datastore-2")))) == [])
            #expect(try await server.call(Library.find(.init(name: "iso image"))) == [])
            #expect(try await refusal { try await server.call(Library.find(.init())) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(Library.find(.init(type: .init(rawValue: "OTHER")))) }?.kind == .invalidArgument)
            let item = try await server.makeItem(in: id)
            try await server.publish(["f": [1]], to: item)
            try await server.call(LocalLibrary.delete(id))
            #expect(try await server.call(Library.list()) == [twin])
            #expect(directory.files("data/datastores") == [:])
            for error in [
                try await refusal { try await server.call(Library.get(id)) }, try await refusal { try await server.call(LocalLibrary.get(id)) },
                try await refusal { try await server.call(LocalLibrary.delete(id)) }, try await refusal { try await server.call(Item.list(id)) },
                try await refusal { try await server.call(Item.get(item)) },
            ] { #expect(error?.kind == .notFound) }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what makes no library`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let backing = Self.backing()
            let wrong: [(Library.Model, APIError.Kind)] = [
                (.init(storageBackings: [backing]), .invalidArgument), (.init(name: "", storageBackings: [backing]), .invalidArgument),
                (.init(name: "x"), .invalidArgument), (.init(name: "x", storageBackings: []), .invalidArgument),
                (.init(name: "x", storageBackings: [backing, backing]), .unsupported),
                (.init(name: "x", storageBackings: [Self.backing("datastore-2")]), .invalidArgument),
                (.init(name: "x", storageBackings: [.init(type: .datastore)]), .invalidArgument),
                (.init(name: "x", storageBackings: [.init(type: nil, datastoreID: "datastore-1")]), .invalidArgument),
                (.init(name: "x", storageBackings: [.init(type: .other, datastoreID: "datastore-1")]), .invalidArgument),
                (.init(name: "x", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1", storageURI: "file:///tmp")]), .invalidArgument),
                (.init(name: "x", storageBackings: [.init(type: .other, storageURI: "file:///tmp")]), .invalidArgument),
                (.init(name: "x", storageBackings: [.init(type: .init(rawValue: "VSAN"), datastoreID: "datastore-1")]), .invalidArgument),
                (.init(name: "x", storageBackings: [backing], type: .subscribed), .invalidArgument),
                (.init(description: String(repeating: "x", count: 2001), name: "x", storageBackings: [backing]), .invalidArgument),
            ]
            for (spec, kind) in wrong {
                let error = try await refusal { try await server.call(LocalLibrary.create(nil, spec)) }
                #expect(error?.kind == kind, "\(spec)")
            }
            #expect(try await server.call(Library.list()) == [])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a token makes one library, of one user, of one specification`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let (token, spec) = ("b8a2a2e3-2314-43cd-a871-6ede0f429751", Library.Model(name: "x", storageBackings: [Self.backing()]))
            let id = try await server.call(LocalLibrary.create(token, spec))
            #expect(try await server.call(LocalLibrary.create(token, spec)) == id)
            #expect(try await server.call(LocalLibrary.create(token.uppercased(), spec)) == id)
            #expect(
                try await refusal { try await server.call(LocalLibrary.create(token, .init(name: "y", storageBackings: [Self.backing()]))) }?.kind
                    == .invalidArgument)
            #expect(try await refusal { try await server.call(LocalLibrary.create("no-uuid", spec)) }?.kind == .invalidArgument)
            let other = try await server.loggedIn(TestServer.other)
            #expect(try await other.call(LocalLibrary.create(token, spec)) != id)
            #expect(try await server.call(Library.list()).count == 2)
            // Remembered for a day after the library is gone, then forgotten.
            try await server.call(LocalLibrary.delete(id))
            try await server.service.sweep()
            server.clock.advance(by: .seconds(23 * 3600))
            try await server.service.sweep()
            let again = try await server.loggedIn()
            #expect(try await again.call(LocalLibrary.create(token, spec)) == id)
            server.clock.advance(by: .seconds(2 * 3600))
            try await server.service.sweep()
            #expect(try await server.loggedIn().call(LocalLibrary.create(token, spec)) != id)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `an update changes what is set, and raises the version`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            for (update, stale) in [(Library.update, APIError.Kind.invalidArgument), (LocalLibrary.update, .concurrentChange)] {
                let id = try await server.makeLibrary("before")
                let created = try await server.call(Library.get(id))
                server.clock.advance(by: .seconds(10))
                try await server.call(update(id, .init(description: "d", name: "After", version: "1")))
                let model = try await server.call(Library.get(id))
                #expect(model.name == "After" && model.description == "d" && model.version == "2")
                #expect(model.creationTime == created.creationTime && model.lastModifiedTime == server.clock.now)
                #expect(try await server.call(Library.find(.init(name: "AFTER"))) == [id])
                #expect(try await server.call(Library.find(.init(name: "before"))) == [])
                let error = try await refusal { try await server.call(update(id, .init(name: "x", version: "1"))) }
                #expect(error?.kind == stale)
                // What a client got it may send back.
                try await server.call(update(id, model))
                #expect(try await server.call(Library.get(id)).version == "3")
                try await server.call(update(id, .init(version: "3")))
                #expect(try await server.call(Library.get(id)).version == "3", "nothing changed")
                let wrong: [(Library.Model, APIError.Kind)] = [
                    (.init(name: ""), .invalidArgument), (.init(description: String(repeating: "x", count: 2001)), .invalidArgument),
                    (.init(type: .subscribed), .invalidArgument), (.init(storageBackings: [Self.backing("other")]), .invalidArgument),
                    (.init(id: "other"), .invalidArgument), (.init(serverGUID: "other"), .invalidArgument),
                    (.init(publishInfo: .init(published: true)), .unsupported), (.init(publishInfo: .init(persistJSONEnabled: true)), .unsupported),
                    (.init(optimizationInfo: .init(optimizeRemotePublishing: true)), .unsupported), (.init(securityPolicyID: "p"), .unsupported),
                    (.init(configurationInfo: .init(applyLibraryUsageToItems: true)), .unsupported),
                ]
                for (spec, kind) in wrong {
                    let error = try await refusal { try await server.call(update(id, spec)) }
                    #expect(error?.kind == kind, "\(spec)")
                }
                #expect(try await server.call(Library.get(id)).version == "3")
                try await server.call(LocalLibrary.delete(id))
                #expect(try await refusal { try await server.call(update(id, .init(name: "x"))) }?.kind == .notFound)
                let reader = try await server.loggedIn(TestServer.reader)
                #expect(try await refusal { try await reader.call(update(id, .init(name: "x"))) }?.kind == .unauthorized)
            }
        }
    }

    @Test func `storage roots and further datastores`() async throws {
        let outside = try TemporaryDirectory()
        for name in ["root/a b", "root-2", "ds"] {
            try FileManager.default.createDirectory(atPath: "\(outside.path)/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: "\(outside.path)/root/out", withDestinationPath: outside.path)
        try FileManager.default.createSymbolicLink(atPath: "\(outside.path)/root/in", withDestinationPath: "\(outside.path)/root/a b")
        let change = { (configuration: inout ServerConfiguration) in
            configuration.storageRoots = ["\(outside.path)/root"]
            configuration.datastores = ["fast": "\(outside.path)/ds"]
        }
        try await TestServer.with(.api, change) { server, directory in
            func create(_ backing: StorageBacking) async throws -> Library.ID {
                try await server.call(LocalLibrary.create(nil, .init(name: "x", storageBackings: [backing])))
            }
            for uri in ["", "/root", "/root/a%20b", "/root/in", "/root/a%20b/"].dropFirst().map({ "file://\(outside.path)\($0)" }) + [
                "file:\(outside.path)/root"
            ] {
                let library = try await create(.init(type: .other, storageURI: uri))
                #expect(try await server.call(Library.get(library)).storageBackings == [.init(type: .other, storageURI: uri)])
                let item = try await server.makeItem(in: library)
                try await server.publish(["f": [1, 2]], to: item)
                #expect(try await server.download("f", of: item) == [1, 2])
                #expect(outside.files("").count == 1)
                try await server.call(LocalLibrary.delete(library))
            }
            for uri in [
                "file://\(outside.path)", "file://\(outside.path)/root-2", "file://\(outside.path)/root/out", "file://\(outside.path)/root/../ds",
                "file://\(outside.path)/root/%2e%2e/ds", "file://\(outside.path)/root/missing", "file://host\(outside.path)/root", "http://x/", "/root", "",
                "file:///C:/x", "file:////unc/x", "file://\(outside.path)/root?x", "file://\(outside.path)/root%00",
            ] {
                #expect(try await refusal { try await create(.init(type: .other, storageURI: uri)) }?.kind == .invalidArgument, "\(uri)")
            }
            let item = try await server.makeItem(in: try await create(Self.backing("fast")))
            try await server.publish(["f": [1, 2]], to: item)
            #expect(outside.files("ds").count == 1 && directory.files("data/datastores").isEmpty)
        }
        // Without its datastore, a library is still listed, and its content cannot be reached.
        #expect(outside.files("ds").count == 1)
    }

    @Test func `a library whose datastore is gone is listed, and says so when its content is wanted`() async throws {
        let (directory, store) = (try TemporaryDirectory(), try TemporaryDirectory())
        let clock = TestClock()
        let first = try await TestServer.start(directory, clock: clock, change: { $0.datastores = ["fast": store.path] }).loggedIn()
        let library = try await first.call(LocalLibrary.create(nil, .init(name: "x", storageBackings: [Self.backing("fast")])))
        let item = try await first.makeItem(in: library)
        try await first.publish(["f": [1, 2]], to: item)
        try await first.service.close()
        let second = try await TestServer.start(directory, clock: clock).loggedIn()
        #expect(try await second.call(Library.list()) == [library])
        #expect(try await second.call(Item.File.list(item)).map(\.name) == ["f"])
        let session = try await second.makeSession(item)
        let path = try await second.announce("g", in: session)
        #expect(await second.put([1], to: path).status == 500)
        #expect(try await second.call(UpdateSession.File.get(session, "g")).status == .waitingForTransfer)
        try await second.call(UpdateSession.cancel(session))
        try await second.service.close()
        let third = try await TestServer.start(directory, clock: clock, change: { $0.datastores = ["fast": store.path] }).loggedIn()
        #expect(try await third.download("f", of: item) == [1, 2])
        try await third.service.close()
    }
}
