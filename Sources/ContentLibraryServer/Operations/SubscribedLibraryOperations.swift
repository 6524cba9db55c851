import ContentLibraryAPI
import GRDB

/// Subscribed libraries and their items.
struct SubscribedLibraryOperations: Sendable {
    let context: ServiceContext
    let synchronizer: Synchronizer

    func register(on router: inout Router<Principal>) {
        router.on(SubscribedLibrary.list) { caller in
            try caller.require(.read)
            return try await context.store.read { db in try LibraryRecord.ids(db, type: .subscribed) }.map(Library.ID.init(rawValue:))
        }
        router.on(SubscribedLibrary.get) { caller, library in
            try caller.require(.read)
            let serverGUID = context.serverGUID
            return try await context.store.read { db in
                try SubscriptionRecord.require(db, library.rawValue).library.model(db, serverGUID: serverGUID)
            }
        }
        router.on(SubscribedLibrary.create) { caller, token, spec in
            try caller.require(.createSubscribedLibrary)
            return try await create(spec, token: token, for: caller)
        }
        router.on(SubscribedLibrary.update) { caller, library, spec in
            try caller.require(.updateSubscribedLibrary)
            try await update(library.rawValue, spec)
            return Nothing()
        }
        router.on(SubscribedLibrary.delete) { caller, library in
            try caller.require(.deleteSubscribedLibrary)
            _ = try await context.store.read { db in try SubscriptionRecord.require(db, library.rawValue) }
            try await synchronizer.alone(with: library.rawValue) { try await context.deleteLibrary(library.rawValue, of: .subscribed) }
            return Nothing()
        }
        router.on(SubscribedLibrary.probe) { caller, info in
            try caller.require(.probeSubscription)
            return try await SubscriptionProbe.run(info) { synchronizer.client($0) }
        }
        registerSynchronization(on: &router)
    }

    private func registerSynchronization(on router: inout Router<Principal>) {
        router.on(SubscribedLibrary.sync) { caller, library in
            try caller.require(.syncLibrary)
            _ = try await context.store.read { db in try SubscriptionRecord.require(db, library.rawValue) }
            try await synchronizer.sync(library.rawValue)
            return Nothing()
        }
        router.on(SubscribedLibrary.evict) { caller, library in
            try caller.require(.evictSubscribedLibrary)
            _ = try await context.store.read { db in try SubscriptionRecord.require(db, library.rawValue) }
            throw APIError.state("evict", "ACTIVE", "the library \(library) keeps all of its files; only one that fetches them on demand can free them")
        }
        router.on(SubscribedItem.sync) { caller, item, _, _ in
            // Every file is synchronized, the optional ones too, so neither flag can ask for more.
            try caller.require(.syncLibraryItem)
            try await synchronizer.sync(item: item.rawValue)
            return Nothing()
        }
        router.on(SubscribedItem.evict) { caller, item in
            try caller.require(.evictLibraryItem)
            try await context.store.read { db in
                _ = try ItemRecord.require(db, item.rawValue)
                guard try SubscribedItemRecord.find(db, item: item.rawValue) != nil else { throw APIError.wrongKind(of: item.rawValue, isNot: .subscribed) }
            }
            throw APIError(
                .invalidElementConfiguration, "The library of the item \(item) keeps all of its files; only one that fetches them on demand can free them.",
                id: "clsyncd.library.not_on_demand", args: [item.rawValue])
        }
    }

    /// In this order: token format, specification, replay, backing, publisher.
    private func create(_ spec: Library.Model, token: String?, for user: Principal) async throws -> Library.ID {
        let token = try token.map { text throws(APIError) in try ClientToken(text) }
        let (name, requested, subscription) = try Self.check(spec)
        let text = specificationText(
            name, spec.description, requested.type?.rawValue, requested.datastoreID, requested.storageURI, subscription.url, subscription.login?.user,
            subscription.login?.password, subscription.thumbprint, String(subscription.isAutomatic))
        let (operation, owner) = ("subscribed_library.create", user.user)
        let replayed = try await context.store.read { db in
            try token.flatMap { try TokenRecord.replay(db, $0, owner: owner, operation: operation, spec: text) }
        }
        if let replayed { return Library.ID(rawValue: replayed) }
        let storage = context.storage
        let backing = try await context.disk.run { try storage.backing(requested: requested) }
        try await requirePublisher(subscription)
        let record = LibraryRecord(
            id: randomUUID(), name: name, description: spec.description ?? "", type: .subscribed, backing: backing, created: context.now())
        let id = try await context.store.write { db in
            if let token, let before = try TokenRecord.replay(db, token, owner: owner, operation: operation, spec: text) { return before }
            try record.insert(db)
            try SubscriptionRecord(library: record.id, subscription: subscription).save(db)
            if let token { try TokenRecord.insert(db, token, owner: owner, operation: operation, spec: text, object: record.id) }
            return record.id
        }
        if id == record.id, subscription.isAutomatic { synchronizer.start(id) }
        return Library.ID(rawValue: id)
    }

    private static func check(_ spec: Library.Model) throws -> (name: String, backing: StorageBacking, Subscription) {
        let name = spec.name ?? ""
        try LibraryName.check(name, of: "create_spec.name")
        try Description.check(spec.description ?? "")
        if let type = spec.type, type != .subscribed {
            throw APIError.invalidArgument("create_spec.type", "expected SUBSCRIBED, not \(type.rawValue)")
        }
        guard spec.publishInfo == nil else { throw APIError.invalidArgument("create_spec.publish_info", "a subscribed library has none") }
        try UnsupportedSettings.check(spec)
        guard let info = spec.subscriptionInfo else { throw APIError.invalidArgument("create_spec.subscription_info", "it must be set") }
        return (name, try LibraryBacking.only(of: spec), try Subscription(info))
    }

    private func requirePublisher(_ subscription: Subscription) async throws {
        do { _ = try await synchronizer.client(subscription).descriptor() } catch { throw APIError.publisher(subscription.url, error) }
    }

    /// A subscription that changes is tried first; what was synchronized under the old one is compared anew.
    private func update(_ library: String, _ spec: Library.Model) async throws {
        let before = try await context.store.read { db in try SubscriptionRecord.require(db, library).subscription.subscription }
        let changed = try spec.subscriptionInfo.map { info throws(APIError) in try Subscription(changing: before, info) }
        let isOther = changed.map { $0.url != before.url || $0.login != before.login || $0.thumbprint != before.thumbprint } ?? false
        if isOther, let changed {
            try await requirePublisher(changed)
            try await synchronizer.alone(with: library) { try await save(library, spec, changed) }
        } else {
            try await save(library, spec, changed)
        }
    }

    private func save(_ library: String, _ spec: Library.Model, _ changed: Subscription?) async throws {
        let (now, serverGUID) = (context.now(), context.serverGUID)
        try await context.store.write { db in
            var (record, subscription) = try SubscriptionRecord.require(db, library)
            try UnsupportedSettings.check(spec)
            var rest = spec
            rest.subscriptionInfo = nil
            let change = try MetadataUpdate(rest, of: record.model(db, serverGUID: serverGUID))
            if let version = spec.version, version != String(record.version) {
                throw APIError.changedMeanwhile(given: version, current: record.version)
            }
            let isOther = changed.map { $0 != subscription.subscription } ?? false
            if let changed, isOther {
                if changed.url != subscription.subscription.url { subscription.sourceVersion = nil }
                subscription.subscription = changed
                try subscription.save(db)
            }
            record.apply(change, changesMore: isOther, now: now)
            try record.update(db)
        }
    }
}
