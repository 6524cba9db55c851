import ContentLibraryAPI
import Foundation
import GRDB
import Testing

@testable import ContentLibraryServer

@Suite struct RecoveryTests {
    @Test func `everything that was confirmed is there after a restart; logins are not`() async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        let first = try await TestServer.start(directory, clock: clock).loggedIn()
        let library = try await first.makeLibrary()
        let item = try await first.makeItem(in: library)
        try await first.publish(["f": [1, 2, 3]], to: item)
        let token = "b8a2a2e3-2314-43cd-a871-6ede0f429751"
        let session = try await first.call(UpdateSession.create(token, .init(libraryItemID: item)))
        let path = try await first.announce("g", in: session, size: 2)
        #expect(await first.put([1, 2], to: path).status == 200)
        let waiting = try await first.announce("h", in: session)
        try await first.call(UpdateSession.keepAlive(session, 50))
        let reading = try await first.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        let info = try await first.call(DownloadSession.File.prepare(reading, "f", nil))
        let before = (
            try await first.call(Library.get(library)), try await first.call(Item.get(item)), try await first.call(UpdateSession.get(session)),
            try await first.call(UpdateSession.File.list(session)), try await first.call(DownloadSession.get(reading))
        )
        try await first.service.close()

        let second = try await TestServer.start(directory, clock: clock)
        var old = second
        old.credentials = first.credentials
        #expect(try await refusal { try await old.call(Library.list()) }?.kind == .unauthenticated)
        let server = try await second.loggedIn()
        #expect(try await server.call(Library.get(library)) == before.0)
        #expect(try await server.call(Item.get(item)) == before.1)
        #expect(try await server.call(UpdateSession.get(session)) == before.2)
        #expect(try await server.call(UpdateSession.File.list(session)) == before.3, "with the same URLs")
        #expect(try await server.call(DownloadSession.get(reading)) == before.4)
        #expect(try await server.call(UpdateSession.create(token, .init(libraryItemID: item))) == session)
        #expect(try await server.get(try TestServer.path(of: try #require(info.downloadEndpoint?.uri))).bytes == [1, 2, 3])
        #expect(await server.put([9], to: waiting).status == 200)
        try await server.call(UpdateSession.complete(session))
        #expect(try await server.call(Item.File.list(item)).map(\.name) == ["f", "g", "h"])
        try await server.service.close()
    }

    @Test func `what nobody refers to is removed, what is lost is sent again or reported, and nothing else is touched`() async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        let first = try await TestServer.start(directory, clock: clock).loggedIn()
        let library = try await first.makeLibrary()
        let item = try await first.makeItem(in: library)
        try await first.publish(["kept": [1, 2, 3], "lost": [4, 5, 6, 7]], to: item)
        let session = try await first.makeSession(item)
        let path = try await first.announce("sent", in: session)
        #expect(await first.put([8, 8], to: path).status == 200)
        try await first.service.close()

        let store = "\(directory.path)/data/datastores/datastore-1"
        let top = "\(store)/contentlib-\(library.rawValue)"
        let files = directory.files("data/datastores/datastore-1")
        for (name, length) in files where length == 4 || length == 2 { try FileManager.default.removeItem(atPath: "\(store)/\(name)") }
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(top)/.staging", withIntermediateDirectories: true)
        try manager.createDirectory(atPath: "\(top)/unknown-item/deep", withIntermediateDirectories: true)
        try manager.createDirectory(atPath: "\(store)/contentlib-of-another-server/item", withIntermediateDirectories: true)
        let (lostItem, orphan) = (randomUUID(), "orphan_\(randomUUID()).iso")
        try manager.createDirectory(atPath: "\(top)/\(lostItem)/deep", withIntermediateDirectories: true)
        for name in [".staging/half", "\(item.rawValue)/\(orphan)", "\(lostItem)/deep/x"] {
            try Data([1]).write(to: URL(fileURLWithPath: "\(top)/\(name)"))
        }
        // What this server cannot have made: somebody may have put it there to be pulled.
        let theirs = ["unknown-item/deep/x", "\(item.rawValue)/orphan", "put here.iso"].map { "contentlib-\(library.rawValue)/\($0)" }
        for name in theirs {
            try Data([1]).write(to: URL(fileURLWithPath: "\(store)/\(name)"))
        }
        for name in ["contentlib-of-another-server/item/x", "somebody's file"] { try Data([1]).write(to: URL(fileURLWithPath: "\(store)/\(name)")) }

        let server = try await TestServer.start(directory, clock: clock).loggedIn()
        let left = directory.files("data/datastores/datastore-1")
        for name in theirs { #expect(left[name] == 1, "\(name) stays") }
        #expect(left.count == 3 + theirs.count && left["somebody's file"] == 1 && left["contentlib-of-another-server/item/x"] == 1 && left.values.contains(3))
        #expect(try await server.download("kept", of: item) == [1, 2, 3])
        #expect(try await server.call(Item.File.list(item)).map(\.name) == ["kept", "lost"], "a published file is not forgotten")
        let download = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        let info = try await server.call(DownloadSession.File.prepare(download, "lost", nil))
        #expect(try await server.get(try TestServer.path(of: try #require(info.downloadEndpoint?.uri))).status == 500)
        #expect(try await server.call(UpdateSession.File.get(session, "sent")).status == .waitingForTransfer)
        #expect(await server.put([8, 8], to: path).status == 200)
        #expect(await server.put([4, 5, 6, 7], to: try await server.announce("lost", in: session)).status == 200)
        try await server.call(UpdateSession.complete(session))
        #expect(try await server.download("lost", of: item) == [4, 5, 6, 7])
        try await server.service.close()
    }

    @Test func `what it refuses to start on`() async throws {
        let directory = try TemporaryDirectory()
        let database = "\(directory.path)/data/library.sqlite"
        func start() async -> StartupError? {
            do {
                let server = try await TestServer.start(directory)
                try await server.service.close()
                return nil
            } catch { return error as? StartupError }
        }
        let running = try await TestServer.start(directory)
        guard case .locked = await start() else { throw Unexpected("two servers on one directory") }
        try await running.service.close()
        #expect(await start() == nil, "a lock ends with its server")

        try await DatabaseQueue(path: database).write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')") }
        guard case .databaseNewer(let path) = await start() else { throw Unexpected("it started on a newer database") }
        #expect(path.hasSuffix("library.sqlite"))

        try FileManager.default.removeItem(atPath: "\(directory.path)/data")
        try FileManager.default.createDirectory(atPath: "\(directory.path)/data", withIntermediateDirectories: true)
        try Data("this is no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: database))
        guard case .databaseFailure(_, _, damaged: true) = await start() else { throw Unexpected("it started on a damaged database") }

        try FileManager.default.removeItem(atPath: "\(directory.path)/data")
        try Data().write(to: URL(fileURLWithPath: "\(directory.path)/data"))
        guard case .dataDirectory = await start() else { throw Unexpected("it started on a file") }
    }

    @Test func `secrets on the disk are the owner's alone`() async throws {
        let directory = try TemporaryDirectory()
        let server = try await TestServer.start(directory).loggedIn()
        let item = try await server.makeItem()
        try await server.publish(["f": [1]], to: item)
        for name in directory.files("data").keys {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/data/\(name)")[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
        try await server.service.close()
    }
}
