import Foundation
import Logging
import Synchronization
import Testing

@testable import ContentLibraryServer
@testable import content_library_server

@Suite struct FaultsReloaderTests {
    @Test func `a new file is put in force, and a bad one changes nothing and says why`() async throws {
        try await TestServer.with { server, directory in
            let path = "\(directory.path)/faults.toml"
            let lines = LogLines()
            var logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
            logger.logLevel = .notice
            let reloader = await FaultsReloader(path: path, service: server.service, logger: logger)
            func put(_ text: String) throws {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                reloader.reload()
            }
            let event = FaultEvent(operation: Fault.upload)
            try put("[[fault]]\nfault = \"drop-after\"\noperation = \"upload\"\n")
            #expect(server.service.strikes(on: event).map(\.fault) == [.dropAfter])
            try put("[[fault]]\nfault = \"drop-before\"\noperation = \"uplaod\"\n")
            #expect(server.service.strikes(on: event).map(\.fault) == [.dropAfter])
            #expect(lines.all.last?.contains("\(path):3:13: error: operation \"uplaod\" is no operation") == true, "\(lines.all)")
            try put("")
            #expect(server.service.strikes(on: event).map(\.fault) == [])
            try FileManager.default.removeItem(atPath: path)
            reloader.reload()
            #expect(lines.all.last?.contains("no such file") == true)
        }
    }
}

private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

private struct LineHandler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add("\(event.message) \(event.metadata ?? [:])") }
}
