import ContentLibraryAPI
import Logging

/// A strict, persistent Content Library service: the API in all three dialects, and the transfers, without a socket.
///
/// Everything that it has confirmed is on the disk. It may be used by any number of tasks at once.
public final class ContentLibraryService: Sendable {
    private let context: ServiceContext
    private let router: Router<Principal>
    private let directory: DataDirectory
    /// Apart from the disk's: a flood of logins must not hold up transfers.
    private let hashing: Disk
    private let now: @Sendable () -> Timestamp

    /// Opens the data directory, repairs what a crash left, and is ready to serve. Throws `StartupError`.
    ///
    /// `now` is the only clock: leases, idle logins, and the times that clients see follow it.
    /// `directory` is the data directory if it is locked already.
    public convenience init(
        _ configuration: ServerConfiguration, in directory: DataDirectory? = nil, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) async throws {
        try await self.init(configuration, in: directory, logger: logger, now: now, reached: { _ in })
    }

    init(
        _ configuration: ServerConfiguration, in directory: DataDirectory? = nil, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        reached: @escaping @Sendable (DurableStep) -> Void
    ) async throws {
        let disk = Disk(threads: configuration.diskThreads)
        hashing = Disk(threads: 2)
        let opened: (directory: DataDirectory, store: Store, storage: StorageMap, guid: String)
        do {
            opened = try await disk.run {
                let directory = try directory ?? DataDirectory(configuration.dataDirectory)
                let store = try Store(path: directory.databasePath(), logger: logger)
                let storage = try StorageMap(
                    dataDirectory: directory.path, datastores: configuration.datastores, roots: configuration.storageRoots)
                let guid = try Recovery(store: store, storage: storage, logger: logger).run()
                return (directory, store, storage, guid)
            }
            let endpoints = Endpoints(publicURL: configuration.publicURL, scheme: configuration.scheme)
            let logins = Logins(
                try PasswordBook(configuration.users, disk: hashing), idleTimeout: configuration.loginTimeout, endpoints: endpoints, now: now)
            context = ServiceContext(
                store: opened.store, storage: opened.storage, disk: disk, logins: logins, now: now, sessionTimeout: configuration.sessionTimeout,
                endpoints: endpoints, serverGUID: opened.guid, logger: logger,
                reached: reached)
        } catch {
            try? await disk.close()
            try? await hashing.close()
            throw error
        }
        (self.directory, self.now) = (opened.directory, now)
        let (logins, authorization) = (context.logins, Authorization(store: context.store, now: now))
        var router = Router { error, caller in
            logger.error("operation failed", metadata: ["operation": "\(caller.operation.id)", "error": "\(error)"])
        } gate: { principal, call in
            try await authorization.check(principal, call)
        } admit: { caller in
            try await logins.admit(caller)
        }
        context.logins.register(on: &router)
        LibraryOperations(context: context).register(on: &router)
        ItemOperations(context: context).register(on: &router)
        ItemCopyOperations(context: context).register(on: &router)
        StorageOperations(context: context).register(on: &router)
        UpdateSessionOperations(context: context).register(on: &router)
        UpdateFileOperations(context: context).register(on: &router)
        DownloadSessionOperations(context: context).register(on: &router)
        self.router = router
        try await context.sweep()
    }

    /// The operations that it answers, as `service.operation`.
    public var operations: Set<String> { router.operations }

    /// Answers one API call of any dialect.
    public func respond(to request: HTTPRequest) async -> HTTPResponse {
        var response = await router.respond(to: request)
        response.headers.append(("Date", HTTPDate.text(now())))
        return response
    }

    /// Whether a request is one for transfer data: for `receive`, or `send`.
    public static func isTransfer(_ request: HTTPRequest) -> Bool { request.path.hasPrefix(Endpoints.path) }

    /// Takes an upload: a PUT or a POST to the URL of an upload endpoint. Returns when the bytes are verified and on the disk, or refused.
    ///
    /// `request.body` is not looked at. With a `Content-Length` header, a body of another length counts as a broken connection.
    public func receive<Body: AsyncSequence>(_ request: HTTPRequest, body: Body) async -> HTTPResponse where Body.Element: Sequence<UInt8> {
        guard request.method == "PUT" || request.method == "POST" else { return .text(405, "Upload with PUT or POST.") }
        return await UploadReceiver(context: context).receive(request, body: body)
    }

    /// Answers a GET or a HEAD of the URL of a download endpoint.
    public func send(_ request: HTTPRequest) async -> Download {
        await DownloadSender(context: context).send(request)
    }

    /// Deletes what has expired by now. Whether it runs sooner or later changes nothing that clients see: what is expired is as gone.
    public func sweep() async throws { try await context.sweep() }

    /// How many uploads and downloads are under way.
    public var transfersUnderWay: Int { context.transfers.count }

    /// Closes the database and lets the data directory go. Nothing may be under way.
    public func close() async throws {
        let store = context.store
        try await context.disk.run { try store.close() }
        try await context.disk.close()
        try await hashing.close()
        directory.release()
    }
}
