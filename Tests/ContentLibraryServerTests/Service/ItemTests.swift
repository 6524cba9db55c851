import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct ItemTests {
    @Test(arguments: Dialect.allCases)
    func `create, get, list, find, update, delete`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let library = try await server.makeLibrary()
            let id = try await server.call(Item.create(nil, .init(libraryID: library, description: "d", name: "Debian 12", type: "iso")))
            var model = try await server.call(Item.get(id))
            #expect(model.id == id && model.libraryID == library && model.name == "Debian 12" && model.description == "d" && model.type == "iso")
            #expect(model.version == "1" && model.metadataVersion == "1" && model.contentVersion == "1")
            #expect(model.size == 0 && model.cached == true && model.creationTime == server.clock.now && model.lastModifiedTime == server.clock.now)
            let plain = try await server.call(Item.create(nil, .init(libraryID: library, name: "other")))
            #expect(Set(try await server.call(Item.list(library))) == [id, plain])
            for (spec, found): (Item.FindSpec, Set<Item.ID>) in [
                (.init(name: "debian 12"), [id]), (.init(libraryID: library), [id, plain]), (.init(type: "iso"), [id]),
                (.init(name: "debian 12", libraryID: library, type: "iso"), [id]), (.init(name: "debian 12", type: "ovf"), []),
                (.init(cached: true), [id, plain]), (.init(cached: false), []), (.init(sourceID: id), []), (.init(libraryID: "nope"), []),
            ] { #expect(Set(try await server.call(Item.find(spec))) == found) }
            #expect(try await refusal { try await server.call(Item.find(.init())) }?.kind == .invalidArgument)

            server.clock.advance(by: .seconds(10))
            try await server.call(Item.update(id, .init(description: "e", name: "debian 12", type: "generic", version: "1")))
            model = try await server.call(Item.get(id))
            #expect(model.name == "debian 12" && model.description == "e" && model.type == "generic", "a change of case is no collision with itself")
            #expect(model.version == "2" && model.metadataVersion == "2" && model.contentVersion == "1" && model.lastModifiedTime == server.clock.now)
            #expect(try await refusal { try await server.call(Item.update(id, .init(name: "x", version: "1"))) }?.kind == .invalidArgument)
            try await server.call(Item.update(id, .init()))
            #expect(try await server.call(Item.get(id)).version == "2", "nothing changed")

            try await server.publish(["f": [1, 2, 3]], to: id)
            model = try await server.call(Item.get(id))
            #expect(model.contentVersion == "2" && model.version == "2" && model.size == 3)
            try await server.call(Item.delete(id))
            #expect(directory.files("data/datastores") == [:])
            for error in [
                try await refusal { try await server.call(Item.get(id)) }, try await refusal { try await server.call(Item.update(id, .init(name: "x"))) },
                try await refusal { try await server.call(Item.delete(id)) }, try await refusal { try await server.call(Item.File.list(id)) },
                try await refusal { try await server.call(Item.File.get(id, "f")) }, try await refusal { try await server.call(Item.list("nope")) },
                try await refusal { try await server.makeSession(id) },
                try await refusal { try await server.call(DownloadSession.create(nil, .init(libraryItemID: id))) },
                try await refusal { try await server.call(UpdateSession.list(id)) }, try await refusal { try await server.call(DownloadSession.list(id)) },
            ] { #expect(error?.kind == .notFound) }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what makes no item, and no name`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let library = try await server.makeLibrary()
            let taken = try await server.makeItem("Taken", in: library)
            let item = try await server.makeItem("item", in: library)
            let wrong: [(Item.Model, APIError.Kind)] = [
                (.init(libraryID: library), .invalidArgument), (.init(name: "x"), .invalidArgument), (.init(libraryID: "nope", name: "x"), .notFound),
                (.init(libraryID: library, name: ""), .invalidArgument), (.init(libraryID: library, name: "a/b"), .invalidArgument),
                (.init(libraryID: library, name: String(repeating: "x", count: 81)), .invalidArgument),
                (.init(libraryID: library, description: String(repeating: "x", count: 2001), name: "x"), .invalidArgument),
                (.init(libraryID: library, name: "TAKEN"), .alreadyExists), (.init(libraryID: library, name: "Taken"), .alreadyExists),
            ]
            for (spec, kind) in wrong {
                let error = try await refusal { try await server.call(Item.create(nil, spec)) }
                #expect(error?.kind == kind, "\(spec)")
                guard spec.libraryID == library, spec.name != nil else { continue }
                let rename = try await refusal { try await server.call(Item.update(item, .init(description: spec.description, name: spec.name))) }
                #expect(rename?.kind == kind, "\(spec)")
            }
            #expect(try await server.call(Item.get(item)).name == "item")
            // The same name in another library is another item.
            _ = try await server.makeItem("Taken", in: try await server.makeLibrary())
            try await server.call(Item.delete(taken))
            _ = try await server.makeItem("TAKEN", in: library)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a token makes one item, also after the name is taken by it`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let (token, spec) = ("b8a2a2e3-2314-43cd-a871-6ede0f429751", Item.Model(libraryID: try await server.makeLibrary(), name: "x"))
            let id = try await server.call(Item.create(token, spec))
            #expect(try await server.call(Item.create(token, spec)) == id, "a replay comes before the check of the name")
            #expect(try await refusal { try await server.call(Item.create(token, .init(libraryID: spec.libraryID, name: "y"))) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(Item.create("x", spec)) }?.kind == .invalidArgument)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `an item that an update session holds is not deleted, nor its library`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let library = try await server.makeLibrary()
            let item = try await server.makeItem(in: library)
            let session = try await server.makeSession(item)
            #expect(try await refusal { try await server.call(Item.delete(item)) }?.kind == .notAllowedInCurrentState)
            #expect(try await refusal { try await server.call(LocalLibrary.delete(library)) }?.kind == .notAllowedInCurrentState)
            try await server.call(UpdateSession.cancel(session))
            let reading = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            try await server.call(Item.delete(item))
            #expect(try await refusal { try await server.call(UpdateSession.get(session)) }?.kind == .notFound)
            #expect(try await refusal { try await server.call(DownloadSession.get(reading)) }?.kind == .notFound)
            try await server.call(LocalLibrary.delete(library))
        }
    }

    @Test(arguments: Dialect.allCases)
    func `files with names of every kind`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem("ISO#MSSQL STD 2012 SP2")
            let long = String(repeating: "n", count: 251) + ".iso"
            let names = ["a b#%é:+?.iso", "名前", " ", "-", ".hidden", "a%2Fb", "🙂", "e\u{301}", "\u{e9}", long, String(repeating: "é", count: 127)]
            try await server.publish(names.enumerated().map { ($1, [UInt8($0)]) }, to: item)
            #expect(Set(try await server.call(Item.File.list(item)).map { Array($0.name.utf8) }) == Set(names.map { Array($0.utf8) }))
            for (index, name) in names.enumerated() {
                let info = try await server.call(Item.File.get(item, name))
                #expect(Array(info.name.utf8) == Array(name.utf8) && info.size == 1)
                #expect(try await server.download(name, of: item) == [UInt8(index)])
            }
            #expect(try await refusal { try await server.call(Item.File.get(item, "nope")) }?.kind == .notFound)
        }
    }
}
