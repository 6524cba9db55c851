import ContentLibraryAPI
import GRDB

/// Libraries of any kind, and local ones.
struct LibraryOperations: Sendable {
    let context: ServiceContext

    func register(on router: inout Router<Principal>) {
        router.on(Library.list) { caller in
            try caller.require(.read)
            return try await context.store.read { db in try LibraryRecord.visible(db, LibraryRecord.ids(db), to: caller) }.map(Library.ID.init(rawValue:))
        }
        router.on(LocalLibrary.list) { caller in
            try caller.require(.read)
            return try await context.store.read { db in try LibraryRecord.visible(db, LibraryRecord.ids(db, type: .local), to: caller) }.map(
                Library.ID.init(rawValue:))
        }
        router.on(Library.get) { caller, library in
            try caller.require(.read)
            return try await get(library)
        }
        router.on(LocalLibrary.get) { caller, library in
            try caller.require(.read)
            return try await get(library, of: .local)
        }
        router.on(Library.find) { caller, spec in
            try caller.require(.read)
            return try await find(spec, for: caller)
        }
        router.on(LocalLibrary.create) { caller, token, spec in
            try caller.require(.createLocalLibrary)
            return try await create(spec, token: token, for: caller)
        }
        router.on(Library.update) { caller, library, spec in
            try caller.require(.updateLibrary)
            try await update(library, of: nil, spec, stale: APIError.staleVersion)
            return Nothing()
        }
        router.on(LocalLibrary.update) { caller, library, spec in
            try caller.require(.updateLocalLibrary)
            try await update(library, of: .local, spec, stale: APIError.changedMeanwhile)
            return Nothing()
        }
        router.on(LocalLibrary.delete) { caller, library in
            try caller.require(.deleteLocalLibrary)
            try await context.deleteLibrary(library.rawValue, of: .local)
            return Nothing()
        }
    }

    private func get(_ library: Library.ID, of type: Library.Kind? = nil) async throws -> Library.Model {
        let serverGUID = context.serverGUID
        return try await context.store.read { db in try LibraryRecord.require(db, library.rawValue, of: type).model(db, serverGUID: serverGUID) }
    }

    private func find(_ spec: Library.FindSpec, for caller: Principal) async throws -> [Library.ID] {
        guard spec.name != nil || spec.type != nil || spec.storageBacking != nil else {
            throw APIError.invalidArgument("spec", "at least one property must be set")
        }
        if let type = spec.type, type != .local, type != .subscribed {
            throw APIError.invalidArgument("spec.type", "expected LOCAL or SUBSCRIBED, not \(type.rawValue)")
        }
        return try await context.store.read { db in
            try LibraryRecord.visible(db, LibraryRecord.ids(db, named: spec.name, type: spec.type, backing: spec.storageBacking), to: caller)
        }.map(Library.ID.init(rawValue:))
    }

    private func create(_ spec: Library.Model, token: String?, for user: Principal) async throws -> Library.ID {
        let token = try token.map { text throws(APIError) in try ClientToken(text) }
        let (name, requested) = try Self.check(spec)
        let (now, storage, version) = (context.now(), context.storage, context.profile.firstVersion)
        let text = specificationText(name, spec.description, requested.type?.rawValue, requested.datastoreID, requested.storageURI)
        let id = try await context.store.write { db in
            let operation = "local_library.create"
            if let token, let before = try TokenRecord.replay(db, token, owner: user.user, operation: operation, spec: text) { return before }
            let backing = try storage.backing(requested: requested)
            let record = LibraryRecord(
                id: randomUUID(), name: name, description: spec.description ?? "", type: .local, backing: backing, version: version, created: now)
            try record.insert(db)
            if let token { try TokenRecord.insert(db, token, owner: user.user, operation: operation, spec: text, object: record.id) }
            return record.id
        }
        return Library.ID(rawValue: id)
    }

    private static func check(_ spec: Library.Model) throws -> (name: String, backing: StorageBacking) {
        let name = spec.name ?? ""
        try LibraryName.check(name, of: "create_spec.name")
        try Description.check(spec.description ?? "")
        if let type = spec.type, type != .local { throw APIError.invalidArgument("create_spec.type", "expected LOCAL, not \(type.rawValue)") }
        guard spec.subscriptionInfo == nil else {
            throw APIError.invalidArgument("create_spec.subscription_info", "a local library has none")
        }
        try UnsupportedSettings.check(spec)
        return (name, try LibraryBacking.only(of: spec))
    }

    /// The fields that are set change, if the version that is set is the current one. A second update at the same time waits for the first:
    /// there is no moment at which the library is busy.
    private func update(
        _ library: Library.ID, of type: Library.Kind?, _ spec: Library.Model, stale: @escaping @Sendable (String, Int64) -> APIError
    ) async throws {
        let (now, serverGUID) = (context.now(), context.serverGUID)
        try await context.store.write { db in
            var record = try LibraryRecord.require(db, library.rawValue, of: type)
            try UnsupportedSettings.check(spec)
            let change = try MetadataUpdate(spec, of: record.model(db, serverGUID: serverGUID))
            if let version = spec.version, version != String(record.version) { throw stale(version, record.version) }
            record.apply(change, now: now)
            try record.update(db)
        }
    }
}

extension ServiceContext {
    /// With its items, their sessions and their files.
    func deleteLibrary(_ library: String, of type: Library.Kind) async throws {
        let now = now()
        let sessions = try await store.write { db in
            let record = try LibraryRecord.require(db, library, of: type)
            if let busy = try SessionRecord.activeItems(db, library: record.id, now: now).first {
                throw APIError.state("delete", "ACTIVE", "an update session is active on the item \(busy)")
            }
            let sessions = try ItemRecord.ids(db, library: record.id).flatMap { try SessionRecord.ids(db, item: $0) }
            try LibraryRecord.delete(db, record.id)
            try Garbage.add(db, record.backing, path: ContentPath.library(record.id))
            return sessions
        }
        await stopTransfers(of: sessions)
        await collectGarbage()
    }
}
