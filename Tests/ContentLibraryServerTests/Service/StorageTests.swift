import ContentLibraryAPI
import Foundation
import Testing

@testable import ContentLibraryServer

@Suite struct StorageTests {
    @Test(arguments: Dialect.allCases)
    func `every file is listed where it lies`(_ dialect: Dialect) async throws {
        let root = try TemporaryDirectory()
        try await TestServer.with(dialect, { $0.storageRoots = [root.path] }) { server, directory in
            let outside = StorageBacking(type: .other, storageURI: "file://\(root.path)/")
            for backing in [LibraryTests.backing(), outside] {
                let library = try await server.call(LocalLibrary.create(nil, .init(name: "L", storageBackings: [backing])))
                let item = try await server.makeItem(in: library)
                #expect(try await server.call(Item.Storage.list(item)) == [])
                try await server.publish(["a b#%.iso": [1, 2, 3], "b": []], to: item)
                let infos = try await server.call(Item.Storage.list(item))
                let files = try await server.call(Item.File.list(item))
                #expect(infos.map(\.name) == ["a b#%.iso", "b"])
                for (info, file) in zip(infos, files) {
                    #expect(info.name == file.name && info.size == file.size && info.version == file.version && info.cached)
                    #expect(info.checksumInfo == file.checksumInfo && info.storageBacking == backing && info.storageURIs.count == 1)
                    #expect(try await server.call(Item.Storage.get(item, info.name)) == [info])
                    // The address leads to the bytes.
                    let uri = try #require(info.storageURIs.first)
                    let path = uri.replacing("ds:///vmfs/volumes/datastore-1", with: "file://\(directory.path)/data/datastores/datastore-1")
                    let bytes = try Data(contentsOf: try #require(URL(string: path)))
                    #expect(Int64(bytes.count) == info.size)
                }
            }
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what has no storage, and who may not look`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            try await server.publish(["f": [1]], to: item)
            #expect(try await refusal { try await server.call(Item.Storage.list("nope")) }?.kind == .notFound)
            #expect(try await refusal { try await server.call(Item.Storage.get("nope", "f")) }?.kind == .notFound)
            #expect(try await refusal { try await server.call(Item.Storage.get(item, "g")) }?.kind == .notFound)
            let reader = try await server.loggedIn(TestServer.reader)
            #expect(try await refusal { try await reader.call(Item.Storage.list(item)) }?.kind == .unauthorized)
            #expect(try await refusal { try await reader.call(Item.Storage.get(item, "f")) }?.kind == .unauthorized)
            let types = try await reader.call(ItemType.list())
            #expect(types.map(\.type) == ["ovf", "iso"])
        }
    }
}
