import ContentLibraryAPI
import ContentLibraryClient
import ContentLibraryServer
import HTTPTransport
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal
import MirrorTesting

@testable import MirrorEngine

/// One mirror's world in one process: a directory, a journal, a real server with a disk of its own, a network that can be broken, and a clock that moves
/// on when everybody only waits for it. By that clock the files are a day old, so that none counts as just written.
struct Site: Sendable {
    let directory: TemporaryDirectory
    let source: SourceTree
    let clock: TestClock
    let service: ContentLibraryService
    let transport: InProcessTransport
    let network: FaultyTransport
    let journal: Journal
    let remote: RemoteView
    let libraryName: String

    static let user = User(name: "mirror@vsphere.local", password: .plain("secret"))

    static func with<T>(_ body: (Site) async throws -> T) async throws -> T {
        let site = try await start()
        do {
            let result = try await body(site)
            try await site.service.close()
            return result
        } catch {
            try? await site.service.close()
            throw error
        }
    }

    static func start() async throws -> Site {
        let directory = try TemporaryDirectory()
        // At a whole second, as the server's Date tells it.
        let tomorrow = Timestamp.now().milliseconds / 1000 * 1000 + 24 * 3600 * 1000
        let clock = TestClock(wall: Timestamp(milliseconds: tomorrow))
        let service = try await ContentLibraryService(
            ServerConfiguration(dataDirectory: directory("data"), users: [user], scheme: .http, diskThreads: 2), logger: quietLogger,
            now: { clock.wallTime() })
        return try await Site(directory, clock, service, "Library", SeenTexts(), journal: Journal.inMemory())
    }

    /// Another directory, journal, network and library on the same server.
    func another(_ name: String, journal: (TemporaryDirectory) async throws -> Journal) async throws -> Site {
        let directory = try TemporaryDirectory()
        return try await Site(directory, clock, service, name, remote.seen, journal: journal(directory))
    }

    private init(_ directory: TemporaryDirectory, _ clock: TestClock, _ service: ContentLibraryService, _ name: String, _ seen: SeenTexts, journal: Journal)
        async throws
    {
        (self.directory, self.clock, self.service, self.journal, libraryName) = (directory, clock, service, journal, name)
        source = SourceTree(path: directory("source"))
        try source.directory("")
        transport = InProcessTransport(service)
        network = FaultyTransport(transport)
        let client = try Self.client(transport)
        let library = try await client.call(
            LocalLibrary.create(nil, .init(name: name, storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])))
        remote = RemoteView(client: client, transport: transport, library: library, seen: seen)
    }

    static let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func client(_ transport: any Transport, user: String = "mirror@vsphere.local") throws -> ContentLibraryClient {
        try ContentLibraryClient(
            .init(server: "http://localhost", api: .fixed(.jsonRPC)), control: transport, transfer: transport, credentials: { (user, "secret") })
    }

    // MARK: mirrors

    func rules(_ name: String = "mirror", _ change: (inout MirrorRules) -> Void = { _ in }) -> MirrorRules {
        var rules = MirrorRules(name: name, path: source.path, library: libraryName)
        rules.quiet = .zero
        change(&rules)
        return rules
    }
    func environment(
        _ mode: MirrorEnvironment.Mode = .once, journal: Journal? = nil, logger: Logger = quietLogger, clock: (any HostClock)? = nil, workers: Int = 2,
        transfersPerItem: Int = 1
    ) throws -> MirrorEnvironment {
        MirrorEnvironment(
            client: try Self.client(network), journal: journal ?? self.journal, clock: clock ?? self.clock, logger: logger, mode: mode, workers: workers,
            transfersPerItem: transfersPerItem)
    }

    /// What a run to its end did and left.
    struct Run: Sendable {
        var status: MirrorStatus
        var calls: [FaultyTransport.Call]
        var mirror: Mirror

        var puts: [String] { calls.filter { $0.name == "PUT" }.compactMap(\.file).sorted() }
        func count(_ name: String) -> Int { calls.count { $0.name == name } }
        var names: [String] { calls.map(\.name) }
        var holds: [Hold] { status.holds }
        var holdKinds: [Hold.Kind] { status.holds.map(\.kind) }
        func item(_ name: String) -> ItemStatus? { status.items.first { $0.item == name } }
        func state(_ name: String) -> ItemStatus.State? { item(name)?.state }
    }

    func mirror(
        _ rules: MirrorRules? = nil, mode: MirrorEnvironment.Mode = .once, journal: Journal? = nil, logger: Logger = quietLogger
    ) throws -> Mirror {
        try Mirror(rules: rules ?? self.rules(), environment: environment(mode, journal: journal, logger: logger))
    }

    /// A mirror of its own, as a process of its own would have, from its start to its end.
    @discardableResult func sync(
        _ rules: MirrorRules? = nil, mode: MirrorEnvironment.Mode = .once, journal: Journal? = nil, logger: Logger = quietLogger
    ) async throws -> Run {
        network.forget()
        return try await run(mirror(rules, mode: mode, journal: journal, logger: logger))
    }

    /// - Parameter step: by how much the clock moves also while something is published, for what sleeps there; nil leaves it alone then.
    @discardableResult func run(_ mirror: Mirror, movingClockBy step: Duration? = nil) async throws -> Run {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await mirror.run() }
            group.addTask { try await moveClock(mirror, step) }
            defer { group.cancelAll() }
            try await group.next()
        }
        return Run(status: await mirror.status(), calls: network.calls, mirror: mirror)
    }

    /// Moves the clock to the next time that somebody waits for, whenever nothing else moves.
    private func moveClock(_ mirror: Mirror, _ step: Duration?) async throws {
        var quietLooks = 0
        while !Task.isCancelled {
            let before = network.calls.count
            try await Task.sleep(for: .microseconds(300))
            let isPublishing = await mirror.isPublishing
            let looks = await mirror.looks
            let isQuiet =
                looks.begun == looks.ended && network.underWay == 0 && network.calls.count == before && clock.sleeping.count > 0
                && (!isPublishing || step != nil)
            quietLooks = isQuiet ? quietLooks + 1 : 0
            guard quietLooks >= 3, let next = clock.sleeping.first else { continue }
            let wait = max(next - clock.now(), .zero)
            clock.advance(by: isPublishing ? min(step ?? wait, wait) : wait)
            quietLooks = 0
        }
    }

    /// Sessions at the server, in any state, and open intents in the journal: nothing of a publish may stay.
    func leftovers(_ journal: Journal? = nil) async throws -> [String] {
        let server = try await remote.client.call(Library.get(remote.library)).serverGUID ?? remote.client.serverName
        let intents = try await (journal ?? self.journal).openIntents(onServer: server).map { "intent of \($0.item): \($0.state)" }
        return try await remote.sessions().map { "session \($0.rawValue)" } + intents
    }

    /// What a person does with `clsyncd approve`, between two runs.
    func approve(_ rules: MirrorRules? = nil, digest: String? = nil) async throws -> [Hold] {
        let rules = rules ?? self.rules()
        return try await HoldRelease(journal: journal, mirror: rules.name).release(
            try await journal.holds(of: rules.name).map(\.hold), digest: digest, at: clock.wallTime())
    }
}
