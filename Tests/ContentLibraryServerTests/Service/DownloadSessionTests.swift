import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct DownloadSessionTests {
    @Test(arguments: Dialect.allCases)
    func `create, prepare, read, delete`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            let bytes = Array(UploadTests.large.prefix(600_000))
            try await server.publish(["empty": [], "f": bytes], to: item)
            let session = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            let model = try await server.call(DownloadSession.get(session))
            #expect(model.id == session && model.libraryItemID == item && model.libraryItemContentVersion == "2" && model.state == .active)
            #expect(model.clientProgress == 0 && model.expirationTime == server.clock.now + .seconds(300))
            let files = try await server.call(DownloadSession.File.list(session))
            #expect(files.map(\.name) == ["empty", "f"] && files.map(\.size) == [0, 600_000])
            #expect(files.allSatisfy { $0.status == .unprepared && $0.downloadEndpoint == nil && $0.checksumInfo == nil })
            for file in files {
                let info = try await server.call(DownloadSession.File.prepare(session, file.name, nil))
                #expect(info.status == .prepared && info.checksumInfo == nil)
                let path = try TestServer.path(of: try #require(info.downloadEndpoint?.uri))
                let head = await server.service.send(HTTPRequest("HEAD", target: path))
                #expect(head.status == 200 && head.length == file.size && head.body == nil)
                #expect(try await server.call(DownloadSession.File.get(session, file.name)).checksumInfo == nil, "HEAD is no transfer")
                let (status, got) = try await server.get(path)
                #expect(status == 200 && got == (file.name == "f" ? bytes : []))
                let after = try await server.call(DownloadSession.File.get(session, file.name))
                let published = try await server.call(Item.File.get(item, file.name))
                #expect(after.bytesTransferred == file.size && after.checksumInfo == published.checksumInfo)
                #expect(try await server.get(path).bytes == got, "a URL may be read again")
                #expect(await server.put([1], to: path).status == 404)
            }
            #expect(server.service.transfersUnderWay == 0)
            #expect(try await refusal { try await server.call(DownloadSession.File.prepare(session, "nope", nil)) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(DownloadSession.File.get(session, "nope")) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(DownloadSession.File.prepare(session, "f", .direct)) }?.kind == .invalidArgument)
            try await server.call(DownloadSession.delete(session))
            #expect(try await refusal { try await server.call(DownloadSession.get(session)) }?.kind == .notFound)
        }
    }

    enum End: String, CaseIterable, Sendable { case cancel, fail, delete, expire }

    @Test(arguments: Dialect.allCases, End.allCases)
    func `URLs die with the session, at once`(_ dialect: Dialect, _ end: End) async throws {
        try await TestServer.with(dialect, { $0.sessionTimeout = .seconds(60) }) { server, _ in
            let item = try await server.makeItem()
            try await server.publish(["f": Array(UploadTests.large.prefix(600_000))], to: item)
            let session = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            server.clock.advance(by: .seconds(50))
            try await server.call(DownloadSession.keepAlive(session, 30))
            #expect(try await server.call(DownloadSession.get(session)).clientProgress == 30)
            let info = try await server.call(DownloadSession.File.prepare(session, "f", .https))
            let path = try TestServer.path(of: try #require(info.downloadEndpoint?.uri))
            let body = try #require(await server.service.send(HTTPRequest("GET", target: path)).body)
            var iterator = body.makeAsyncIterator()
            #expect(try await iterator.next()?.isEmpty == false)
            switch end {
            case .cancel: try await server.call(DownloadSession.cancel(session))
            case .fail: try await server.call(DownloadSession.fail(session, "x"))
            case .delete: try await server.call(DownloadSession.delete(session))
            case .expire:
                server.clock.advance(by: .milliseconds(60_001))
                #expect(try await server.get(path).status == 404, "swept or not")
                try await server.service.sweep()
            }
            await #expect(throws: (any Error).self) { while try await iterator.next() != nil {} }
            #expect(try await server.get(path).status == 404)
            let state = try? await server.call(DownloadSession.get(session)).state
            #expect(state == [.cancel: .canceled, .fail: .error][end])
            for error in [
                try await refusal { try await server.call(DownloadSession.keepAlive(session, 1000)) },
                try await refusal { try await server.call(DownloadSession.cancel(session)) },
                try await refusal { try await server.call(DownloadSession.fail(session, "x")) },
                try await refusal { try await server.call(DownloadSession.File.prepare(session, "f", nil)) },
            ] { #expect(error?.kind == (state == nil ? .notFound : .notAllowedInCurrentState)) }
            if state != nil { try await server.call(DownloadSession.delete(session)) }
        }
    }

    @Test func `a session keeps what the item had when it began`() async throws {
        try await TestServer.with { server, directory in
            let item = try await server.makeItem()
            try await server.publish(["f": [1, 2, 3]], to: item)
            let old = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            try await server.publish(["f": [4, 5], "g": [6]], to: item)
            #expect(try await server.call(DownloadSession.File.list(old)).map(\.name) == ["f"])
            let info = try await server.call(DownloadSession.File.prepare(old, "f", nil))
            #expect(try await server.get(try TestServer.path(of: try #require(info.downloadEndpoint?.uri))).bytes == [1, 2, 3])
            #expect(try await server.download("f", of: item) == [4, 5])
            #expect(directory.files("data/datastores").count == 3)
            try await server.call(DownloadSession.delete(old))
            #expect(directory.files("data/datastores").count == 2, "nobody refers to the old bytes any more")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `sessions are many, one's own, and made once per token`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let item = try await server.makeItem()
            let (token, spec) = ("b8a2a2e3-2314-43cd-a871-6ede0f429751", DownloadSession.Model(libraryItemID: item))
            let first = try await server.call(DownloadSession.create(token, spec))
            #expect(try await server.call(DownloadSession.create(token, spec)) == first)
            let second = try await server.call(DownloadSession.create(nil, spec))
            let reader = try await server.loggedIn(TestServer.reader)
            let third = try await reader.call(DownloadSession.create(nil, spec))
            #expect(Set(try await server.call(DownloadSession.list(nil))) == [first, second])
            #expect(try await reader.call(DownloadSession.list(item)) == [third])
            #expect(try await refusal { try await server.call(DownloadSession.create(nil, .init())) }?.kind == .invalidArgument)
            #expect(try await refusal { try await server.call(DownloadSession.create("x", spec)) }?.kind == .invalidArgument)
        }
    }
}
