import ContentLibraryAPI
import Digests
import Foundation
import Testing

@testable import ContentLibraryServer

@Suite struct ItemCopyTests {
    static let token = "b8a2a2e3-2314-43cd-a871-6ede0f429751"

    @Test(arguments: Dialect.allCases)
    func `a copy has the files of its source, and goes its own way`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let library = try await server.makeLibrary()
            let source = try await server.call(Item.create(nil, .init(libraryID: library, description: "d", name: "source", type: "iso")))
            try await server.publish(["a.iso": [1, 2, 3], "b": []], to: source)
            let other = try await server.makeLibrary("Other")
            let near = try await server.call(Item.copy(nil, source, .init(libraryID: library, name: "near")))
            let far = try await server.call(Item.copy(nil, source, .init(libraryID: other, description: "e", name: "source", type: "iso")))
            for (copy, description, place) in [(near, "d", library), (far, "e", other)] {
                let model = try await server.call(Item.get(copy))
                #expect(model.type == "iso" && model.description == description && model.libraryID == place && model.size == 3)
                #expect(try await server.call(Item.File.list(copy)) == (try await server.call(Item.File.list(source))))
                #expect(try await server.download("a.iso", of: copy) == [1, 2, 3])
            }
            try await server.publish(["a.iso": [4]], to: near)
            #expect(try await server.download("a.iso", of: source) == [1, 2, 3])
            try await server.call(Item.delete(source))
            try await server.call(LocalLibrary.delete(library))
            #expect(try await server.download("a.iso", of: far) == [1, 2, 3])
            #expect(directory.files("data/datastores").count == 2)
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what cannot be copied`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let library = try await server.makeLibrary()
            let source = try await server.makeItem("source", in: library)
            try await server.publish(["f": [1]], to: source)
            let wrong: [(Item.ID, Item.Model, APIError.Kind)] = [
                (source, .init(name: "x"), .invalidArgument), (source, .init(libraryID: library), .invalidArgument),
                (source, .init(libraryID: library, name: "a/b"), .invalidArgument), (source, .init(libraryID: library, name: "SOURCE"), .alreadyExists),
                (source, .init(libraryID: library, name: "x", type: "ovf"), .invalidArgument), (source, .init(libraryID: "nope", name: "x"), .notFound),
                ("nope", .init(libraryID: library, name: "x"), .notFound),
                (source, .init(libraryID: library, description: String(repeating: "x", count: 2001), name: "x"), .invalidArgument),
            ]
            for (source, spec, kind) in wrong {
                let error = try await refusal { try await server.call(Item.copy(nil, source, spec)) }
                #expect(error?.kind == kind, "\(spec)")
            }
            let spec = Item.Model(libraryID: library, name: "x")
            #expect(try await refusal { try await server.call(Item.copy("no-uuid", source, spec)) }?.kind == .invalidArgument)
            let reader = try await server.loggedIn(TestServer.reader)
            #expect(try await refusal { try await reader.call(Item.copy(nil, source, spec)) }?.kind == .unauthorized)
            #expect(try await server.call(Item.list(library)) == [source])
            // A file that somebody cut is no source.
            let path = try #require(directory.files("data/datastores").keys.first)
            _ = truncate("\(directory.path)/data/datastores/\(path)", 0)
            #expect(try await refusal { try await server.call(Item.copy(nil, source, spec)) }?.kind == .resourceInaccessible)
            #expect(try await server.call(Item.list(library)) == [source])
            #expect(directory.files("data/datastores").count == 1, "nothing of the copy is left")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a token makes one copy`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let library = try await server.makeLibrary()
            let source = try await server.makeItem("source", in: library)
            let spec = Item.Model(libraryID: library, name: "x")
            let id = try await server.call(Item.copy(Self.token, source, spec))
            #expect(try await server.call(Item.copy(Self.token, source, spec)) == id, "a replay comes before the check of the name")
            let another = Item.Model(libraryID: library, name: "y")
            #expect(try await refusal { try await server.call(Item.copy(Self.token, source, another)) }?.kind == .invalidArgument)
            #expect(try await server.call(Item.list(library)).count == 2)
        }
    }

    @Test func `a file system that takes no links gets a body of its own, and damage is seen`() throws {
        let (here, there) = (try TemporaryDirectory(), "/dev/shm/copy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: there, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: there) }
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(bytes).write(to: URL(fileURLWithPath: "\(here.path)/source"))
        let checksum = Checksum(algorithm: .sha1, hex: try DigestAlgorithm.sha1.hexDigest(of: bytes))
        for (number, directory) in [here.path, there].enumerated() {
            try FileCopy.make("\(directory)/copy", of: "\(here.path)/source", size: Int64(bytes.count), checksum: checksum)
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: "\(directory)/copy"))) == bytes, "\(number)")
            #expect(throws: SystemCallError.self, "there is one already") {
                try FileCopy.make("\(directory)/copy", of: "\(here.path)/source", size: Int64(bytes.count), checksum: checksum)
            }
        }
        let wrong = Checksum(algorithm: .sha1, hex: String(repeating: "0", count: 40))
        #expect(throws: FileCopy.Damaged.self) {
            try FileCopy.make("\(there)/damaged", of: "\(here.path)/source", size: Int64(bytes.count), checksum: wrong)
        }
        #expect(FileSystem.fileSize("\(there)/damaged") == nil)
        #expect(throws: FileCopy.Damaged.self) { try FileCopy.make("\(there)/short", of: "\(here.path)/source", size: 1, checksum: checksum) }
    }
}
