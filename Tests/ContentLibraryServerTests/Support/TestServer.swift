import ContentLibraryAPI
import Logging

@testable import ContentLibraryServer

/// A service on a directory of its own, with a clock of its own, called as a client of one dialect calls it.
struct TestServer: Sendable {
    let service: ContentLibraryService
    let clock: TestClock
    let dialect: Dialect
    var credentials = Credentials.none

    static let admin = User(name: "admin@vsphere.local", password: .plain("secret:1"))
    static let other = User(name: "other", password: .plain("other"))
    static let reader = User(name: "reader", password: .plain("reader"), role: .readOnly)

    static let quiet = {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }()

    static func start(
        _ directory: TemporaryDirectory, _ dialect: Dialect = .api, clock: TestClock = TestClock(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }, reached: @escaping @Sendable (DurableStep) -> Void = { _ in },
        pause: @escaping @Sendable () async throws -> Void = {}, change: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> TestServer {
        var configuration = ServerConfiguration(dataDirectory: "\(directory.path)/data", users: [admin, other, reader], diskThreads: 3)
        change(&configuration)
        let service = try await ContentLibraryService(configuration, logger: quiet, now: { clock.now }, sleep: sleep, reached: reached, syncPause: pause)
        return TestServer(service: service, clock: clock, dialect: dialect)
    }

    /// Runs `body` with a server that is logged in to, and closes it.
    static func with<T>(
        _ dialect: Dialect = .api, _ change: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestServer, TemporaryDirectory) async throws -> T
    ) async throws -> T {
        try await with(dialect, pause: {}, change, body)
    }

    /// As `with`, with what is to happen between two looks at a source.
    static func withPause<T>(
        _ pause: @escaping @Sendable () async throws -> Void, _ body: (TestServer, TemporaryDirectory) async throws -> T
    ) async throws -> T { try await with(.api, pause: pause, { _ in }, body) }

    private static func with<T>(
        _ dialect: Dialect, pause: @escaping @Sendable () async throws -> Void, _ change: (inout ServerConfiguration) -> Void,
        _ body: (TestServer, TemporaryDirectory) async throws -> T
    ) async throws -> T {
        let directory = try TemporaryDirectory()
        let server = try await start(directory, dialect, pause: pause, change: change)
        do {
            let result = try await body(try await server.loggedIn(), directory)
            try await server.service.close()
            return result
        } catch {
            try? await server.service.close()
            throw error
        }
    }

    func loggedIn(_ user: User = admin) async throws -> TestServer {
        guard case .plain(let password) = user.password else { return self }
        return try await loggedIn(user.name, password)
    }

    func loggedIn(_ name: String, _ password: String) async throws -> TestServer {
        var copy = self
        copy.credentials = .login(user: name, password: password)
        copy.credentials = .session(try await copy.call(Session.create()).reveal)
        return copy
    }

    func speaking(_ dialect: Dialect) -> TestServer { TestServer(service: service, clock: clock, dialect: dialect, credentials: credentials) }

    @discardableResult func call<Output>(_ call: Call<Output>) async throws -> Output {
        var request = try call.request(dialect, credentials)
        request.headers.append(("Host", "library.test:8443"))
        return try call.output(of: await service.respond(to: request), dialect)
    }

    // MARK: what most tests begin with

    func makeLibrary(_ name: String = "Library") async throws -> Library.ID {
        try await call(LocalLibrary.create(nil, .init(name: name, storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])))
    }

    func makeItem(_ name: String = "item", in library: Library.ID? = nil) async throws -> Item.ID {
        let library = if let library { library } else { try await makeLibrary() }
        return try await call(Item.create(nil, .init(libraryID: library, name: name, type: "iso")))
    }

    func makeSession(_ item: Item.ID) async throws -> UpdateSession.ID {
        try await call(UpdateSession.create(nil, .init(libraryItemID: item)))
    }

    /// Announces a file and returns the path of its upload URL.
    func announce(
        _ name: String, in session: UpdateSession.ID, size: Int64? = nil, checksum: Item.File.ChecksumInfo? = nil
    ) async throws -> String {
        let info = try await call(UpdateSession.File.add(session, .init(name: name, source: .push, size: size, checksumInfo: checksum)))
        guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info.transfer)") }
        return try Self.path(of: endpoint.uri)
    }

    static func path(of url: String) throws -> String {
        for scheme in ["https", "http"] {
            let prefix = "\(scheme)://library.test:8443"
            if url.hasPrefix(prefix) { return String(url.dropFirst(prefix.count)) }
        }
        throw Unexpected(url)
    }

    /// Sends a body whole, in parts, as long as it says.
    func put(_ bytes: [UInt8], to path: String, method: String = "PUT", length: Int64?? = .some(nil), part: Int = 7) async -> HTTPResponse {
        var request = HTTPRequest(method, target: path)
        switch length {
        case .some(.some(let given)): request.headers.append(("Content-Length", String(given)))
        case .some(.none): request.headers.append(("Content-Length", String(bytes.count)))
        case .none: break
        }
        let parts = stride(from: 0, to: bytes.count, by: part).map { Array(bytes[$0..<min($0 + part, bytes.count)]) }
        return await service.receive(request, body: Parts(parts))
    }

    /// Publishes files in a session of their own.
    func publish(_ files: KeyValuePairs<String, [UInt8]>, to item: Item.ID) async throws {
        try await publish(files.map { ($0.key, $0.value) }, to: item)
    }

    /// For names that are equal to Swift, and yet two names.
    func publish(_ files: [(name: String, bytes: [UInt8])], to item: Item.ID) async throws {
        let session = try await makeSession(item)
        for (name, bytes) in files {
            let path = try await announce(name, in: session)
            let response = await put(bytes, to: path)
            guard response.status == 200 else { throw Unexpected(response.text) }
        }
        try await call(UpdateSession.complete(session))
        try await call(UpdateSession.delete(session))
    }

    /// Reads a file back through a download session.
    func download(_ name: String, of item: Item.ID) async throws -> [UInt8] {
        let session = try await call(DownloadSession.create(nil, .init(libraryItemID: item)))
        let info = try await call(DownloadSession.File.prepare(session, name, .https))
        guard let uri = info.downloadEndpoint?.uri else { throw Unexpected("\(info)") }
        let bytes = try await get(try Self.path(of: uri)).bytes
        try await call(DownloadSession.delete(session))
        return bytes
    }

    func get(_ path: String, method: String = "GET") async throws -> (status: Int, bytes: [UInt8]) {
        let answer = await service.send(HTTPRequest(method, target: path))
        var bytes: [UInt8] = []
        if let body = answer.body { for try await part in body { bytes += part } }
        return (answer.status, bytes)
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A body that comes in parts; a nil part breaks the connection there, and a hook may act between two parts.
struct Parts: AsyncSequence, AsyncIteratorProtocol {
    struct Broken: Error {}

    private var rest: ArraySlice<[UInt8]?>
    private let before: (Int) async throws -> Void
    private var index = 0

    init(_ parts: [[UInt8]?], before: @escaping (Int) async throws -> Void = { _ in }) { (rest, self.before) = (parts[...], before) }

    func makeAsyncIterator() -> Parts { self }

    mutating func next() async throws -> [UInt8]? {
        try await before(index)
        index += 1
        guard let part = rest.popFirst() else { return nil }
        guard let part else { throw Broken() }
        return part
    }
}

/// A generator whose sequence is known by its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

/// What an operation was refused with; nil if it was not.
func refusal<T>(_ body: () async throws -> T) async throws -> APIError? {
    do {
        _ = try await body()
        return nil
    } catch let error as APIError {
        return error
    }
}
