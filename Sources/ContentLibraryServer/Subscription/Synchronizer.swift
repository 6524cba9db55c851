import ContentLibraryAPI
import GRDB
import HTTPTransport
import Logging
import Synchronization

/// Brings subscribed libraries to what their publishers have, one run for each library at a time.
///
/// A run asks the publisher, then takes item by item: the files first, then their rows in one transaction. Where it ends, however it ends,
/// every item is whole, as it was or as it is to be.
final class Synchronizer: Sendable {
    private let context: ServiceContext
    private let loop: HTTPLoop
    private let pause: @Sendable () async throws -> Void
    /// By library. A run without a task is still in the call that began it.
    private let runs = Mutex<[String: Task<Void, Never>?]>([:])

    /// How often a library that follows its publisher by itself asks it.
    static let interval = Duration.seconds(3600)

    init(context: ServiceContext, pause: @escaping @Sendable () async throws -> Void) throws {
        (self.context, self.pause) = (context, pause)
        loop = try HTTPLoop(.init(name: "publishers", userAgent: "content-library-server"))
    }

    func client(_ subscription: Subscription) -> PublisherClient { PublisherClient(subscription: subscription, loop: loop, pause: pause) }

    /// Asks the publisher, and leaves the items to a task of their own.
    func sync(_ library: String) async throws {
        try reserve(library)
        do {
            let plan = try await plan(library)
            continueAlone(library) { await self.carryOut(plan) }
        } catch {
            release(library)
            throw error
        }
    }

    /// Asks the publisher for one item, which a task of its own takes.
    func sync(item: String) async throws {
        let (library, source) = try await context.store.read { db in
            let record = try ItemRecord.require(db, item)
            guard let source = try SubscribedItemRecord.find(db, item: item) else { throw APIError.wrongKind(of: item, isNot: .subscribed) }
            return (record.library, source.source)
        }
        try reserve(library)
        do {
            var plan = try await plan(library, evenIfKnown: true)
            plan.items.removeAll { $0.id != source }
            guard !plan.items.isEmpty else {
                throw APIError.state("sync", "GONE", "the publisher no longer has the item \(item); synchronize its library")
            }
            (plan.isWhole, plan.gone) = (false, [])
            continueAlone(library) { [plan] in await self.carryOut(plan) }
        } catch {
            release(library)
            throw error
        }
    }

    /// Begins a run of which nobody awaits anything; where one is under way, nothing.
    func start(_ library: String) {
        guard (try? reserve(library)) != nil else { return }
        continueAlone(library) {
            do { await self.carryOut(try await self.plan(library)) } catch { self.report(library, error) }
        }
    }

    /// Begins a run of every library whose time has come.
    func startDue() async throws {
        let moment = context.now() + (.zero - Self.interval)
        for library in try await context.store.read({ db in try SubscriptionRecord.due(db, since: moment) }) { start(library) }
    }

    /// Ends the run of a library; returns when nothing of it goes on.
    private func stop(_ library: String) async {
        let task = runs.withLock { $0[library] ?? nil }
        task?.cancel()
        await task?.value
    }

    /// Ends the run of a library, and keeps others from beginning until `body` is done.
    func alone<T>(with library: String, _ body: () async throws -> T) async throws -> T {
        await stop(library)
        try reserve(library)
        defer { release(library) }
        return try await body()
    }

    /// Returns when no run has a task.
    func idle() async {
        while let task = runs.withLock({ $0.values.compactMap { $0 }.first }) { await task.value }
    }

    func close() async {
        for task in runs.withLock({ $0.values.compactMap { $0 } }) { task.cancel() }
        await idle()
        await loop.close()
    }

    private func reserve(_ library: String) throws {
        let isFree = runs.withLock { runs in
            guard runs[library] == nil else { return false }
            runs[library] = .some(nil)
            return true
        }
        guard isFree else { throw APIError.state("sync", "SYNCHRONIZING", "the library \(library) is being synchronized") }
    }

    private func release(_ library: String) { runs.withLock { _ = $0.removeValue(forKey: library) } }

    private func continueAlone(_ library: String, _ body: @escaping @Sendable () async -> Void) {
        // Within the lock: the task's release comes after.
        runs.withLock { runs in
            runs[library] = Task {
                await body()
                self.release(library)
            }
        }
    }

    private func report(_ library: String, _ error: any Error) {
        guard !Task.isCancelled else { return }
        let why = (error as? APIError)?.messages.first?.defaultMessage ?? "\(error)"
        context.logger.warning("a subscribed library is not what its publisher has", metadata: ["library": "\(library)", "why": "\(why)"])
    }
}

extension Synchronizer {
    /// What a run is to do.
    struct Plan: Sendable {
        let library: LibraryRecord
        let client: PublisherClient
        let version: String
        /// As the publisher has them.
        var items: [PublishedItem]
        /// Items here that the publisher no longer has.
        var gone: [String]
        /// Whether the library is what the publisher has once all of it is done.
        var isWhole = true
    }

    private func plan(_ library: String, evenIfKnown: Bool = false) async throws -> Plan {
        let now = context.now()
        let (record, subscription) = try await context.store.write { db in
            var (record, subscription) = try SubscriptionRecord.require(db, library)
            subscription.tried = now
            try subscription.save(db)
            return (record, subscription)
        }
        let client = client(subscription.subscription)
        do {
            let descriptor = try await client.descriptor()
            var plan = Plan(library: record, client: client, version: descriptor.version, items: [], gone: [])
            guard evenIfKnown || descriptor.version != subscription.sourceVersion else { return plan }
            plan.items = try await client.index(of: descriptor)
            let sources = Set(plan.items.map(\.id))
            plan.gone = try await context.store.read { db in
                try SubscribedItemRecord.all(db, library: library).filter { !sources.contains($0.source) }.map(\.item)
            }
            return plan
        } catch { throw APIError.publisher(subscription.subscription.url, error) }
    }

    private func carryOut(_ plan: Plan) async {
        var isWhole = plan.isWhole
        for item in plan.gone {
            do { try await remove(item) } catch {
                isWhole = false
                report(plan.library.id, error)
            }
        }
        for item in plan.items where !Task.isCancelled {
            do { try await ItemSynchronizer(context: context, library: plan.library, client: plan.client).take(item) } catch {
                isWhole = false
                report(plan.library.id, APIError.publisher(plan.client.subscription.url, error))
            }
        }
        guard isWhole, !Task.isCancelled else { return }
        let (library, now) = (plan.library.id, context.now())
        do {
            try await context.store.write { db in
                guard var record = try SubscriptionRecord.find(db, library: library), record.subscription.url == plan.client.subscription.url else { return }
                (record.sourceVersion, record.synced) = (plan.version, now)
                try record.save(db)
            }
        } catch { report(library, error) }
    }

    private func remove(_ item: String) async throws {
        let sessions = try await context.store.write { db -> [String] in
            guard let record = try ItemRecord.find(db, item) else { return [] }
            let sessions = try SessionRecord.ids(db, item: item)
            try record.delete(db)
            return sessions
        }
        await context.stopTransfers(of: sessions)
        await context.collectGarbage()
    }
}
