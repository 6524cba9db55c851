import ContentLibraryAPI
import Digests
import Foundation
import Testing

@testable import ContentLibraryServer

/// Pulls from what lies on this machine's storage.
@Suite struct StoragePullTests {
    static let bytes = PullTests.bytes

    private static func write(_ bytes: [UInt8], _ path: String) throws {
        try FileManager.default.createDirectory(atPath: FileSystem.parent(of: path), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private static func inode(_ path: String) -> UInt64? { FileIdentity(path: path)?.inode }

    private static func content(_ server: TestServer, _ directory: TemporaryDirectory, _ item: Item.ID) async throws -> String {
        let uri = try #require(try await server.call(Item.Storage.list(item)).first?.storageURIs.first)
        return uri.replacing("ds:///vmfs/volumes/datastore-1", with: "\(directory.path)/data/datastores/datastore-1")
    }

    @Test(arguments: Dialect.allCases)
    func `a file below a storage root or on a datastore is copied, and stays where it is`(_ dialect: Dialect) async throws {
        let root = try TemporaryDirectory()
        let store = try TemporaryDirectory()
        try Self.write(Self.bytes, "\(root.path)/iso/a b.iso")
        try Self.write(Self.bytes, "\(store.path)/deep/b.iso")
        try await TestServer.with(
            dialect,
            {
                $0.storageRoots = [root.path]
                $0.datastores = ["two": store.path]
            }
        ) { server, _ in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            let hex = try DigestAlgorithm.sha256.hexDigest(of: Self.bytes)
            for (name, uri) in [("a", "file://\(root.path)/iso/a%20b.iso"), ("b", "ds:///vmfs/volumes/two/deep/b.iso")] {
                let spec = PullTests.spec(uri, name, size: Int64(Self.bytes.count), sha256: hex)
                #expect(try await server.call(UpdateSession.File.add(session, spec)).transfer == .pull(from: .init(uri: uri)))
            }
            try await server.call(UpdateSession.complete(session))
            await server.service.puller.idle()
            #expect(try await server.call(UpdateSession.get(session)).state == .done)
            for name in ["a", "b"] {
                #expect(try await server.download(name, of: item) == Self.bytes)
                #expect(try await server.call(Item.File.get(item, name)).checksumInfo?.checksum == hex)
            }
            #expect(root.files("") == ["iso/a b.iso": Self.bytes.count] && store.files("") == ["deep/b.iso": Self.bytes.count])
        }
    }

    @Test func `a file in the library's own folder is moved: the same file, by another name, once the session is complete`() async throws {
        try await TestServer.with { server, directory in
            let library = try await server.makeLibrary()
            let item = try await server.makeItem(in: library)
            let folder = "\(directory.path)/data/datastores/datastore-1/contentlib-\(library.rawValue)"
            for place in ["put here.iso", "\(item.rawValue)/put there.iso"] {
                let path = "\(folder)/\(place)"
                try Self.write(Self.bytes, path)
                let inode = try #require(Self.inode(path))
                let uri = "ds:///vmfs/volumes/datastore-1/contentlib-\(library.rawValue)/\(place.replacing(" ", with: "%20"))"
                let canceled = try await server.makeSession(item)
                try await server.call(UpdateSession.File.add(canceled, PullTests.spec(uri)))
                await server.service.puller.idle()
                #expect(try await server.call(UpdateSession.File.get(canceled, "f")).status == .ready)
                try await server.call(UpdateSession.cancel(canceled))
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(Self.bytes), "a session that is given up gives back what it took")

                let session = try await server.makeSession(item)
                try await server.call(UpdateSession.File.add(session, PullTests.spec(uri)))
                await server.service.puller.idle()
                #expect(Self.inode(path) == inode, "not before the end")
                try await server.call(UpdateSession.complete(session))
                #expect(Self.inode(path) == nil)
                #expect(try await Self.inode(Self.content(server, directory, item)) == inode)
                #expect(try await server.download("f", of: item) == Self.bytes)
                #expect(directory.files("data/datastores").count == 1)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a moved file that is written to before the end is not published, and stays its owner's`(_ isReplaced: Bool) async throws {
        try await TestServer.with { server, directory in
            let library = try await server.makeLibrary()
            let item = try await server.makeItem(in: library)
            let path = "\(directory.path)/data/datastores/datastore-1/contentlib-\(library.rawValue)/a.iso"
            try Self.write(Self.bytes, path)
            let session = try await server.makeSession(item)
            try await server.call(
                UpdateSession.File.add(session, PullTests.spec("ds:///vmfs/volumes/datastore-1/contentlib-\(library.rawValue)/a.iso")))
            await server.service.puller.idle()
            if isReplaced {
                // Another file by that name: what was verified is published, and the other one stays.
                try FileManager.default.removeItem(atPath: path)
                try Self.write([7], path)
                try await server.call(UpdateSession.complete(session))
                #expect(try await server.call(UpdateSession.get(session)).state == .done)
                #expect(try await server.download("f", of: item) == Self.bytes)
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([7]))
            } else {
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.write(contentsOf: [UInt8](repeating: 0, count: 5))
                try handle.close()
                try await server.call(UpdateSession.complete(session))
                let model = try await server.call(UpdateSession.get(session))
                #expect(model.state == .error && model.errorMessage?.defaultMessage.contains("changed after it was read") == true)
                #expect(try await server.call(Item.File.list(item)) == [])
                #expect(directory.files("data/datastores/datastore-1") == ["contentlib-\(library.rawValue)/a.iso": Self.bytes.count])
            }
        }
    }

    @Test func `an item's own content is copied, not taken away from it`() async throws {
        try await TestServer.with { server, directory in
            let library = try await server.makeLibrary()
            let (item, other) = (try await server.makeItem("one", in: library), try await server.makeItem("two", in: library))
            try await server.publish(["f": Self.bytes], to: item)
            let uri = try #require(try await server.call(Item.Storage.list(item)).first?.storageURIs.first)
            let session = try await server.makeSession(other)
            try await server.call(UpdateSession.File.add(session, PullTests.spec(uri, "g")))
            try await server.call(UpdateSession.complete(session))
            await server.service.puller.idle()
            for (name, owner) in [("f", item), ("g", other)] { #expect(try await server.download(name, of: owner) == Self.bytes) }
            #expect(directory.files("data/datastores").count == 2)
        }
    }

    @Test func `what waits to be moved survives a restart, and so does what is nobody's yet`() async throws {
        let (directory, clock) = (try TemporaryDirectory(), TestClock())
        let first = try await TestServer.start(directory, clock: clock).loggedIn()
        let library = try await first.makeLibrary()
        let item = try await first.makeItem(in: library)
        let folder = "\(directory.path)/data/datastores/datastore-1/contentlib-\(library.rawValue)"
        // As this server itself names files, and yet somebody's.
        let place = "\(randomUUID())/a_\(randomUUID()).iso"
        try Self.write(Self.bytes, "\(folder)/\(place)")
        try Self.write([1], "\(folder)/later.iso")
        let session = try await first.makeSession(item)
        try await first.call(UpdateSession.File.add(session, PullTests.spec("ds:///vmfs/volumes/datastore-1/contentlib-\(library.rawValue)/\(place)")))
        await first.service.puller.idle()
        try await first.service.close()

        let second = try await TestServer.start(directory, clock: clock).loggedIn()
        #expect(FileManager.default.fileExists(atPath: "\(folder)/\(place)") && FileManager.default.fileExists(atPath: "\(folder)/later.iso"))
        try await second.call(UpdateSession.complete(session))
        #expect(try await second.call(UpdateSession.get(session)).state == .done)
        #expect(try await second.download("f", of: item) == Self.bytes)
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(place)"))
        try await second.service.close()
    }

    @Test func `an archive on the storage is split where it lies`() async throws {
        let root = try TemporaryDirectory()
        let package = PackageText()
        try Self.write(try package.archive(), "\(root.path)/vm.ova")
        try await TestServer.with(.api, { $0.storageRoots = [root.path] }) { server, directory in
            let library = try await server.makeLibrary()
            let item = try await server.call(Item.create(nil, .init(libraryID: library, name: "vm", type: "ovf")))
            let session = try await server.makeSession(item)
            try await server.call(UpdateSession.File.add(session, PullTests.spec("file://\(root.path)/vm.ova", "vm.ova")))
            try await server.call(UpdateSession.complete(session))
            await server.service.puller.idle()
            #expect(try await server.call(UpdateSession.get(session)).state == .done)
            #expect(try await server.call(Item.File.list(item)).map(\.name) == ["disk.vmdk", "nvram", "vm.ovf"])
            #expect(directory.files("data/datastores").count == 3 && root.files("").count == 1)
        }
    }

    @Test func `there is no way out of the configured places`() async throws {
        let (root, outside) = (try TemporaryDirectory(), try TemporaryDirectory())
        try Self.write([1], "\(outside.path)/secret")
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(root.path)/real", withIntermediateDirectories: true)
        try Self.write([2], "\(root.path)/real/f")
        try manager.createSymbolicLink(atPath: "\(root.path)/out", withDestinationPath: outside.path)
        try manager.createSymbolicLink(atPath: "\(root.path)/secret", withDestinationPath: "\(outside.path)/secret")
        try manager.createSymbolicLink(atPath: "\(root.path)/in", withDestinationPath: "real")
        #expect(mkfifo("\(root.path)/pipe", 0o600) == 0)
        // The data directory lies below a root: even so its database and its certificate are nobody's to pull.
        let data = try TemporaryDirectory()
        var server = try await TestServer.start(data, change: { $0.storageRoots = [root.path, data.path] })
        server = try await server.loggedIn()
        let library = try await server.makeLibrary()
        let item = try await server.makeItem(in: library)
        let session = try await server.makeSession(item)
        let half = try await server.announce("half", in: session)
        for uri in [
            "file://\(outside.path)/secret", "file://\(root.path)/out/secret", "file:///etc/passwd", "file:///nowhere/at/all",
            "file://\(data.path)/data/library.sqlite",
            "ds:///vmfs/volumes/datastore-1/contentlib-\(library.rawValue)/.staging/x", "ds:///vmfs/volumes/three/f",
        ] {
            let error = try await refusal { try await server.call(UpdateSession.File.add(session, PullTests.spec(uri))) }
            #expect(error?.kind == .invalidArgument, "\(uri)")
        }
        // These are within, and no files.
        for name in ["secret", "pipe", "real", "missing", "missing/f"] {
            try await server.call(UpdateSession.File.add(session, PullTests.spec("file://\(root.path)/\(name)")))
            await server.service.puller.idle()
            #expect(try await server.call(UpdateSession.File.get(session, "f")).status == .error, "\(name)")
        }
        // A link that stays within is the owner's business.
        try await server.call(UpdateSession.File.add(session, PullTests.spec("file://\(root.path)/in/f")))
        await server.service.puller.idle()
        #expect(try await server.call(UpdateSession.File.get(session, "f")).status == .ready)
        #expect(await server.put([1], to: half).status == 200)
        try await server.call(UpdateSession.complete(session))
        #expect(try await server.download("f", of: item) == [2])
        try await server.service.close()
    }

    @Test func `reading a storage needs the privilege, on the library and on the one that is read from`() async throws {
        let uploader = Role(name: "uploader", privileges: [.read, .updateSession, .downloadSession])
        let taker = Role(name: "taker", privileges: [.read, .updateSession, .downloadSession, .readStorage])
        let root = try TemporaryDirectory()
        try Self.write([1], "\(root.path)/f")
        func user(_ name: String, _ grants: [Grant]) -> User {
            User(name: name, password: .plain(name), role: Role(name: "nobody", privileges: []), grants: grants)
        }
        let users = [
            user("up", [Grant(role: uploader, library: "mine")]),
            user("take", [Grant(role: taker, library: "mine"), Grant(role: uploader, library: "hidden")]),
            user("both", [Grant(role: taker, library: "mine"), Grant(role: taker, library: "hidden")]),
        ]
        try await TestServer.with(
            .api,
            {
                $0.storageRoots = [root.path]
                $0.users += users
            }
        ) { server, _ in
            let item = try await server.makeItem(in: try await server.makeLibrary("mine"))
            let hidden = try await server.makeItem(in: try await server.makeLibrary("hidden"))
            try await server.publish(["f": [2]], to: hidden)
            let content = try #require(try await server.call(Item.Storage.list(hidden)).first?.storageURIs.first)
            for (user, file, other) in [("up", false, false), ("take", true, false), ("both", true, true)] {
                let caller = try await server.loggedIn(user, user)
                let session = try await caller.makeSession(item)
                for (uri, isAllowed) in [("file://\(root.path)/f", file), (content, other)] {
                    let error = try await refusal { try await caller.call(UpdateSession.File.add(session, PullTests.spec(uri))) }
                    #expect(error?.kind == (isAllowed ? nil : .unauthorized), "\(user): \(uri)")
                }
                // A web server needs no such privilege.
                try await caller.call(UpdateSession.File.add(session, PullTests.spec("http://127.0.0.1:1/f")))
                await server.service.puller.idle()
                try await caller.call(UpdateSession.cancel(session))
            }
        }
    }
}
