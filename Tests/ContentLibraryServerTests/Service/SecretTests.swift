import ContentLibraryAPI
import Foundation
import Logging
import Synchronization
import Testing

@testable import ContentLibraryServer

/// What the server logs, at its most talkative.
@Suite struct SecretTests {
    @Test(arguments: Dialect.allCases)
    func `no password, login or transfer URL is logged, whatever goes wrong`(_ dialect: Dialect) async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        let book = LogBook()
        var logger = Logger(label: "test") { _ in BookHandler(book: book) }
        logger.logLevel = .trace
        let configuration = ServerConfiguration(dataDirectory: "\(directory.path)/data", users: [TestServer.admin, TestServer.reader], diskThreads: 2)
        let service = try await ContentLibraryService(configuration, logger: logger, now: { clock.now })
        var server = TestServer(service: service, clock: clock, dialect: dialect)
        _ = try await refusal { try await server.loggedIn(TestServer.admin.name, "a wrong password") }
        server = try await server.loggedIn()
        let item = try await server.makeItem()
        let session = try await server.makeSession(item)
        let path = try await server.announce("f", in: session, size: 3)
        #expect(await server.put([1, 2], to: path).status == 400)
        #expect(await server.put([1, 2, 3], to: path).status == 200)
        try await server.call(UpdateSession.complete(session))
        let reading = try await server.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        let uri = try #require(try await server.call(DownloadSession.File.prepare(reading, "f", .https)).downloadEndpoint?.uri)
        // The bytes are gone behind the server's back: that is logged.
        for file in directory.files("data/datastores").keys {
            try "x".write(toFile: "\(directory.path)/data/datastores/\(file)", atomically: false, encoding: .utf8)
        }
        #expect(try await server.get(try TestServer.path(of: uri)).status == 500)
        try await server.service.close()
        let log = book.text
        #expect(log.contains("stored file has changed"), "\(log)")
        guard case .session(let login) = server.credentials else { throw Unexpected("no login") }
        let keys = [path, uri].compactMap { $0.split(separator: "/").dropLast().last.map(String.init) }
        #expect(keys.allSatisfy { $0.utf8.count == 64 })
        for secret in ["secret:1", "a wrong password", login] + keys + keys.map({ String($0.suffix(32)) }) { #expect(!log.contains(secret)) }
    }
}

private final class LogBook: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

private struct BookHandler: LogHandler {
    let book: LogBook
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        book.add("\(event.message) \(event.metadata ?? [:])")
    }
}
