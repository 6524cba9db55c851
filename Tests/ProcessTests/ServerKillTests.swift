import ContentLibraryAPI
import ContentLibraryClient
import Digests
import Glibc
import HTTPTransport
import Testing

/// SIGKILL of content-library-server at random moments under many clients that publish, a drawn number of completions and up to 50 ms after each
/// start, so that the work between two kills is the same on a slow machine: what it has confirmed is whole, and what it has not is
/// there as a whole or not at all. `CLSYNCD_SERVER_KILLS` asks for more of them.
@Suite struct ServerKillTests {
    private static let kills = getenv("CLSYNCD_SERVER_KILLS").flatMap { Int(String(cString: $0)) } ?? 25
    private static let publishers = 16

    @Test func whatWasConfirmedIsWholeAndNothingElseIsSeen() async throws {
        let server = try await ServerProcess.start()
        var random = SplitMix64(seed: 21)
        let trust = Trust.pinned(try Thumbprint(try #require(try server.facts.thumbprint)))
        let loops = (
            control: try HTTPLoop(.init(name: "test-control", trust: trust, proxy: .none, maxConnectionsPerHost: Self.publishers)),
            transfer: try HTTPLoop(.init(name: "test-transfer", trust: trust, proxy: .none, maxConnectionsPerHost: Self.publishers))
        )
        let library = try await RemoteLibrary.create("Library", server.client())
        var publishers: [Publisher] = []
        for number in 0..<Self.publishers {
            let client = try ContentLibraryClient(
                .init(server: server.facts.url, api: .fixed(Dialect.allCases[number % 3])), control: loops.control, transfer: loops.transfer,
                credentials: { (ServerProcess.User.mirror.rawValue, ServerProcess.User.mirror.password) })
            publishers.append(try await Publisher.create(number, in: library.id, client))
        }
        for kill in 1...Self.kills {
            let wanted = Int.random(in: 0...48, using: &random)
            let delay = Duration.milliseconds(Int.random(in: 0..<50, using: &random))
            let (completions, completed) = AsyncStream<Void>.makeStream()
            publishers = try await Self.all(publishers) { publisher in
                defer { completed.finish() }
                try await publisher.publishUntilTheServerDies { completed.yield() }
            } meanwhile: {
                for await _ in completions.prefix(wanted) {}
                try await Task.sleep(for: delay)
                try await server.kill()
            }
            try await server.start()
            publishers = try await Self.all(publishers) { publisher in
                try await publisher.lookAtTheItem("after kill \(kill)")
            } meanwhile: {
            }
        }
        let generations = publishers.map(\.confirmed)
        #expect(generations.allSatisfy { $0 > 0 }, "\(generations)")
        #expect(try await server.stop() == .code(0), "\(server.tail)")
        await loops.control.close()
        await loops.transfer.close()
    }

    /// Lets all publishers do something at once, and returns what became of them.
    private static func all(
        _ publishers: [Publisher], _ work: @escaping @Sendable (inout Publisher) async throws -> Void, meanwhile: @escaping @Sendable () async throws -> Void
    ) async throws -> [Publisher] {
        try await withThrowingTaskGroup(of: Publisher?.self) { group in
            for publisher in publishers {
                group.addTask {
                    var publisher = publisher
                    try await work(&publisher)
                    return publisher
                }
            }
            group.addTask {
                try await meanwhile()
                return nil
            }
            return try await group.reduce(into: []) { found, publisher in if let publisher { found.append(publisher) } }
        }
    }
}

/// A client with an item of its own, which it publishes again and again: each generation has other files with other bytes.
private struct Publisher: Sendable {
    let number: Int
    let item: Item.ID
    let client: ContentLibraryClient
    /// The last generation whose completion was answered.
    private(set) var confirmed = 0
    /// The one whose completion was asked for.
    private var attempted = 0

    static func create(_ number: Int, in library: Library.ID, _ client: ContentLibraryClient) async throws -> Publisher {
        let item = try await client.call(Item.create(nil, .init(libraryID: library, name: "item \(number)")))
        return Publisher(number: number, item: item, client: client)
    }

    /// Two files or three, of up to 200 kB.
    private func files(of generation: Int) -> [String: [UInt8]] {
        guard generation > 0 else { return [:] }
        var files: [String: [UInt8]] = [:]
        for name in generation.isMultiple(of: 2) ? ["a", "b"] : ["a", "b", "c"] {
            var random = SplitMix64(seed: UInt64(number * 1_000_000 + generation * 10 + Int(name.utf8.first ?? 0)))
            let text = Array("generation \(generation) of \(number), \(name). ".utf8)
            files[name] = text + [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: Int.random(in: 0..<200_000, using: &random))
        }
        return files
    }

    mutating func publishUntilTheServerDies(_ completed: () -> Void) async throws {
        do {
            while true {
                try await publish()
                completed()
            }
        } catch is TransportError {}
    }

    private mutating func publish() async throws {
        let generation = confirmed + 1
        let session = try await client.call(UpdateSession.create(nil, .init(libraryItemID: item)))
        for (name, bytes) in files(of: generation) { try await push(bytes, as: name, session) }
        for name in files(of: confirmed).keys where files(of: generation)[name] == nil { try await client.call(UpdateSession.File.remove(session, name)) }
        attempted = generation
        try await client.call(UpdateSession.complete(session))
        confirmed = generation
        try await client.call(UpdateSession.delete(session))
    }

    private func push(_ bytes: [UInt8], as name: String, _ session: UpdateSession.ID) async throws {
        let checksum = Item.File.ChecksumInfo(algorithm: .sha256, checksum: try DigestAlgorithm.sha256.hexDigest(of: bytes))
        let spec = UpdateSession.File.AddSpec(name: name, source: .push, size: Int64(bytes.count), checksumInfo: checksum)
        guard case .push(let endpoint) = try await client.call(UpdateSession.File.add(session, spec)).transfer else {
            throw APIError(.error, "\(name) was added without an upload endpoint")
        }
        guard let file = tmpfile() else { throw SystemError("tmpfile") }
        defer { fclose(file) }
        let descriptor = fileno(file)
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard written == bytes.count else { throw SystemError("write") }
        _ = try await client.upload(FileBody(descriptor: descriptor, length: Int64(bytes.count)), to: endpoint)
    }

    /// After a restart: the item has what was confirmed, or what was asked for last, and the session of what was not blocks nothing.
    mutating func lookAtTheItem(_ moment: String) async throws {
        let infos = try await client.call(Item.File.list(item))
        var found: [String: [UInt8]] = [:]
        let reading = try await client.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        for info in infos {
            let prepared = try await client.call(DownloadSession.File.prepare(reading, info.name, .https))
            let endpoint = try #require(prepared.downloadEndpoint)
            let bytes = try await client.download(from: endpoint, limit: 1 << 20)
            found[info.name] = bytes
            #expect(info.size == Int64(bytes.count), "\(moment): \(info.name) of item \(number)")
            #expect(try info.checksumInfo?.checksum == DigestAlgorithm.sha256.hexDigest(of: bytes), "\(moment): \(info.name) of item \(number)")
        }
        try await client.call(DownloadSession.delete(reading))
        let isAttempted = found == files(of: attempted)
        let names = infos.map { "\($0.name) (\($0.size) bytes)" }.joined(separator: ", ")
        #expect(
            isAttempted || found == files(of: confirmed),
            "\(moment): item \(number) has \(names), and neither generation \(confirmed) nor \(attempted)")
        if isAttempted { confirmed = attempted }
        attempted = confirmed
        for session in try await client.call(UpdateSession.list(item)) {
            if try await client.call(UpdateSession.get(session)).state == .active { try await client.call(UpdateSession.cancel(session)) }
            try await client.call(UpdateSession.delete(session))
        }
    }
}
