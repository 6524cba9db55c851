import ContentLibraryAPI
import HTTPTransport
import Logging

/// A strict, persistent Content Library service: the API in all three dialects, and the transfers, without a socket.
///
/// Everything that it has confirmed is on the disk. It may be used by any number of tasks at once.
public final class ContentLibraryService: Sendable {
    private let context: ServiceContext
    private let router: Router<Principal>
    let synchronizer: Synchronizer
    let puller: Puller
    /// Asks the addresses that callers name. None of them may hold up publishers and pulls.
    private let sources: HTTPLoop
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
        try await self.init(configuration, in: directory, logger: logger, now: now, sleep: { try await Task.sleep(for: $0) }, reached: { _ in })
    }

    init(
        _ configuration: ServerConfiguration, in directory: DataDirectory? = nil, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }, reached: @escaping @Sendable (DurableStep) -> Void,
        syncPause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(1)) }
    ) async throws {
        let disk = Disk(threads: configuration.diskThreads)
        hashing = Disk(threads: min(configuration.diskThreads, 2))
        let opened: (directory: DataDirectory, store: Store, storage: StorageMap, guid: String)
        do {
            opened = try await disk.run {
                let directory = try directory ?? DataDirectory(configuration.dataDirectory)
                let store = try Store(path: directory.databasePath(), blocksCallers: configuration.diskThreads == 0, logger: logger)
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
                endpoints: endpoints, serverGUID: opened.guid, logger: logger, faults: FaultInjector(sleep: sleep),
                profile: configuration.profile, reached: reached)
            context.faults.set(configuration.faults)
            synchronizer = try Synchronizer(context: context, pause: syncPause)
            sources = try HTTPLoop(.init(name: "sources", userAgent: "content-library-server"))
            puller = try Puller(context: context, hosts: configuration.pullHosts, pause: syncPause)
        } catch {
            try? await disk.close()
            try? await hashing.close()
            throw error
        }
        (self.directory, self.now) = (opened.directory, now)
        let context = context
        let (logins, authorization) = (context.logins, Authorization(store: context.store, now: now))
        let (profile, realm) = (configuration.profile, RandomText.hex(20))
        var router = Router(unknownNames: profile.unknownNames) { error, caller in
            logger.error("operation failed", metadata: ["operation": "\(caller.operation.id)", "error": "\(error)"])
        } gate: { principal, call in
            try await authorization.check(principal, call)
            try await context.strike(call, principal)
        } dress: { error in
            profile.dressed(error, realm: realm)
        } admit: { caller in
            try await logins.admit(caller)
        }
        context.logins.register(on: &router)
        LibraryOperations(context: context).register(on: &router)
        SubscribedLibraryOperations(context: context, synchronizer: synchronizer).register(on: &router)
        ItemOperations(context: context).register(on: &router)
        ItemCopyOperations(context: context).register(on: &router)
        StorageOperations(context: context).register(on: &router)
        UpdateSessionOperations(context: context).register(on: &router)
        let probe = SourceProbe(loop: sources, hosts: configuration.pullHosts)
        UpdateFileOperations(context: context, puller: puller, probe: probe).register(on: &router)
        DownloadSessionOperations(context: context).register(on: &router)
        self.router = router
        try await context.sweep()
        try await puller.resume()
    }

    /// How it behaves on the wire, as far as whoever carries its answers is concerned.
    public var profile: ServerProfile { context.profile }

    /// The operations that it answers, as `service.operation`.
    public var operations: Set<String> { router.operations }

    /// Puts other faults in force; counting begins anew.
    public func setFaults(_ plan: FaultPlan) { context.faults.set(plan) }

    /// What the faults in force do to an event, which they count.
    func strikes(on event: FaultEvent) -> [FaultPlan.Strike] { context.faults.strikes(on: event) }

    /// Answers one API call of any dialect. Throws where a fault has the connection end without an answer.
    public func answer(_ request: HTTPRequest) async throws(DroppedConnection) -> HTTPResponse {
        let faults = context.faults.isIdle ? nil : CallFaults()
        let routed = await CallFaults.$current.withValue(faults) { await router.respond(to: request) }
        var response = routed
        if let struck = faults?.found {
            guard !struck.isDropped else { throw DroppedConnection() }
            for edit in struck.edits { response = edit.apply(to: response, tagged: Dialect(path: request.path) == .jsonRPC) }
            if let wait = struck.retryAfter { response.headers.append(("Retry-After", String(wait.components.seconds))) }
        }
        response.headers.append(("Date", HTTPDate.text(now())))
        return response
    }

    /// As `answer`, for callers that have no connection to end: they get 502, as from a proxy that lost its server.
    public func respond(to request: HTTPRequest) async -> HTTPResponse {
        do { return try await answer(request) } catch { return .text(502, "The connection ended without an answer.") }
    }

    /// Whether a request is one for transfer data: for `receive`, or `send`.
    public static func isTransfer(_ request: HTTPRequest) -> Bool { request.path.hasPrefix(Endpoints.path) }

    /// Takes an upload: a PUT or a POST to the URL of an upload endpoint. Returns when the bytes are verified and on the disk, or refused.
    ///
    /// `request.body` is not looked at. With a `Content-Length` header, a body of another length counts as a broken connection.
    /// Throws where a fault has the connection end without an answer.
    public func take<Body: AsyncSequence>(
        _ request: HTTPRequest, body: Body
    ) async throws(DroppedConnection) -> HTTPResponse where Body.Element: Sequence<UInt8> {
        guard request.method == "PUT" || request.method == "POST" else { return .text(405, "Upload with PUT or POST.") }
        var receiver = UploadReceiver(context: context)
        guard let strike = await context.strike(Fault.upload, request) else { return await receiver.receive(request, body: body) }
        if strike.dropsBefore { throw DroppedConnection() }
        if let answer = strike.answer { return answer }
        receiver.losesArchives = strike.losesArchive
        let response: HTTPResponse
        if let fault = strike.fault {
            response = await receiver.receive(request, body: FaultyBody(base: body, fault: fault, sleep: context.faults.sleep))
            switch fault.ending?.stop {
            case .cut where response.status >= 400: throw DroppedConnection()
            case .unauthenticated where response.status >= 400: return .text(401, "Authentication required.")
            default: break
            }
        } else {
            response = await receiver.receive(request, body: body)
        }
        if strike.dropsAfter { throw DroppedConnection() }
        return response
    }

    /// As `take`, for callers that have no connection to end: they get 502, as from a proxy that lost its server.
    public func receive<Body: AsyncSequence>(_ request: HTTPRequest, body: Body) async -> HTTPResponse where Body.Element: Sequence<UInt8> {
        do { return try await take(request, body: body) } catch { return .text(502, "The connection ended without an answer.") }
    }

    /// Answers a GET or a HEAD of the URL of a download endpoint. Throws where a fault has the connection end without an answer.
    public func give(_ request: HTTPRequest) async throws(DroppedConnection) -> Download {
        let sender = DownloadSender(context: context)
        guard let strike = await context.strike(Fault.download, request) else { return await sender.send(request) }
        if strike.dropsBefore { throw DroppedConnection() }
        if let answer = strike.answer {
            var refusal = Download.refusal(answer.status, "The service is not available.")
            refusal.headers += answer.headers.filter { $0.name == "Retry-After" }
            return refusal
        }
        var download = await sender.send(request)
        if strike.dropsAfter { throw DroppedConnection() }
        if let fault = strike.fault, download.body != nil {
            let context = context
            download.announcesLength = fault.ending?.stop != .clean
            download.body?.fault = DownloadFault(fault: fault, sleep: context.faults.sleep) {
                if let (kind, id) = strike.session { try? await context.expire(kind, id) }
            }
        }
        return download
    }

    /// As `give`, for callers that have no connection to end: they get 502, as from a proxy that lost its server.
    public func send(_ request: HTTPRequest) async -> Download {
        do { return try await give(request) } catch { return .refusal(502, "The connection ended without an answer.") }
    }

    /// Deletes what has expired by now. Whether it runs sooner or later changes nothing that clients see: what is expired is as gone.
    ///
    /// Begins besides to synchronize the libraries whose time has come, and to pull what is to be pulled and is not.
    public func sweep() async throws {
        try await context.sweep()
        try await synchronizer.startDue()
        try await puller.resume()
    }

    /// How many uploads and downloads are under way.
    public var transfersUnderWay: Int { context.transfers.count }

    /// Closes the database and lets the data directory go. Nothing may be under way.
    public func close() async throws {
        await synchronizer.close()
        await puller.close()
        await sources.close()
        let store = context.store
        try await context.disk.run { try store.close() }
        try await context.disk.close()
        try await hashing.close()
        directory.release()
    }
}
