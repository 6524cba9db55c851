import ContentLibraryAPI
import ContentLibraryClient
import ContentLibraryServer
import Digests
import HTTPTransport
import Logging
import MirrorTesting
import Testing

@Suite struct ContractTests {
    /// A dialect, and the manners of the server that speaks it.
    struct Peer: Sendable, CustomTestStringConvertible {
        let dialect: Dialect
        let profile: ServerProfile
        var testDescription: String { "\(dialect), \(profile)" }

        static let all = ServerProfile.allCases.flatMap { profile in Dialect.allCases.map { Peer(dialect: $0, profile: profile) } }
    }

    @Test(arguments: ContractCase.all, Peer.all) func inProcess(_ contract: ContractCase, peer: Peer) async throws {
        try await withService(.http, peer.profile) { service in
            let transport = InProcessTransport(service)
            let client = try ContentLibraryClient(
                .init(server: "http://127.0.0.1:7", api: .fixed(peer.dialect)), control: transport, transfer: transport, credentials: { ("admin", "secret") })
            try await contract.body(ContractPeer(client: client, datastore: "datastore-1", keepsRules: true))
        }
    }

    @Test(arguments: ContractCase.all, Peer.all) func overHTTP(_ contract: ContractCase, peer: Peer) async throws {
        try await withListener(tls: false, api: .fixed(peer.dialect), peer.profile) { client in
            try await contract.body(ContractPeer(client: client, datastore: "datastore-1", keepsRules: true))
        }
    }

    /// With the certificate pinned, and the endpoints pinning it as well.
    @Test(arguments: ContractCase.all, ServerProfile.allCases) func overTLS(_ contract: ContractCase, profile: ServerProfile) async throws {
        try await withListener(tls: true, api: .auto, profile) { client in
            try await contract.body(ContractPeer(client: client, datastore: "datastore-1", keepsRules: true))
            #expect(client.dialect == .api)
        }
    }
}

/// Runs `body` with a service on a directory of its own.
private func withService(
    _ scheme: ServerConfiguration.Scheme, _ profile: ServerProfile, _ body: (ContentLibraryService) async throws -> Void
) async throws {
    let directory = try TemporaryDirectory()
    var configuration = ServerConfiguration(
        dataDirectory: directory.path + "/data", users: [User(name: "admin", password: .plain("secret"))], scheme: scheme, diskThreads: 2)
    configuration.profile = profile
    let service = try await ContentLibraryService(configuration, logger: quiet, now: WallClock.now)
    do {
        try await body(service)
        try await service.close()
    } catch {
        try? await service.close()
        throw error
    }
}

private func withListener(
    tls: Bool, api: APIChoice, _ profile: ServerProfile, _ body: @escaping @Sendable (ContentLibraryClient) async throws -> Void
) async throws {
    let directory = try TemporaryDirectory()
    let identity = tls ? try TLSIdentity.selfSigned(in: directory.path, names: ["127.0.0.1"]) : nil
    try await withService(identity.map { .https(thumbprint: $0.thumbprint) } ?? .http, profile) { service in
        let (urls, found) = AsyncStream.makeStream(of: String.self)
        let listener = ContentLibraryListener(
            service: service, address: ListenAddress(host: "127.0.0.1", port: 0), identity: identity, logger: quiet
        ) { found.yield($0) }
        let trust = try identity.map { Trust.pinned(try Thumbprint($0.thumbprint)) } ?? .system
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { do { try await listener.run() } catch is CancellationError {} }
            var iterator = urls.makeAsyncIterator()
            let url = try #require(await iterator.next())
            let (control, transfer) = (try HTTPLoop(.init(name: "control", trust: trust)), try HTTPLoop(.init(name: "transfer", trust: trust)))
            do {
                let client = try ContentLibraryClient(
                    .init(server: url, api: api), control: control, transfer: transfer, credentials: { ("admin", "secret") })
                try await body(client)
                await control.close()
                await transfer.close()
            } catch {
                await control.close()
                await transfer.close()
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }
}

private let quiet = {
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    return logger
}()
