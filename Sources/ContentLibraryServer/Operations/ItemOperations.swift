import ContentLibraryAPI
import GRDB

/// Items, and their published files.
struct ItemOperations: Sendable {
    let context: ServiceContext

    func register(on router: inout Router<Principal>) {
        router.on(Item.create) { caller, token, spec in
            try caller.require(.addLibraryItem)
            return try await create(spec, token: token, for: caller)
        }
        router.on(Item.get) { caller, item in
            try caller.require(.read)
            return try await context.store.read { db in
                try ItemRecord.require(db, item.rawValue).model(db)
            }
        }
        router.on(Item.list, memory: context.answers) { caller, library in
            try caller.require(.read)
            return try await context.store.read { db in
                try ItemRecord.ids(db, library: LibraryRecord.require(db, library.rawValue).id)
            }.map(Item.ID.init(rawValue:))
        }
        router.on(Item.find) { caller, spec in
            try caller.require(.read)
            return try await find(spec, for: caller)
        }
        router.on(Item.update) { caller, item, spec in
            try caller.require(.updateLibraryItem)
            try await update(item, spec)
            return Nothing()
        }
        router.on(Item.delete) { caller, item in
            try caller.require(.deleteLibraryItem)
            try await delete(item)
            return Nothing()
        }
        registerFiles(on: &router)
    }

    private func registerFiles(on router: inout Router<Principal>) {
        router.on(Item.File.list, memory: context.answers) { caller, item in
            try caller.require(.read)
            return try await context.store.read { db in
                try ItemFileRecord.all(db, item: ItemRecord.require(db, item.rawValue).id)
            }.map(\.info)
        }
        router.on(Item.File.get) { caller, item, name in
            try caller.require(.read)
            return try await context.store.read { db in
                let id = try ItemRecord.require(db, item.rawValue).id
                guard let file = try ItemFileRecord.find(db, item: id, name: name) else { throw APIError.fileNotFound(name, item: id) }
                return file.info
            }
        }
    }

    private func find(_ spec: Item.FindSpec, for caller: Principal) async throws -> [Item.ID] {
        guard spec.name != nil || spec.libraryID != nil || spec.sourceID != nil || spec.type != nil || spec.cached != nil else {
            throw APIError.invalidArgument("spec", "at least one property must be set")
        }
        // All files of all items are here.
        guard spec.cached != false else { return [] }
        return try await context.store.read { db in
            try ItemRecord.visible(
                db, ItemRecord.ids(db, named: spec.name, library: spec.libraryID?.rawValue, type: spec.type, source: spec.sourceID?.rawValue), to: caller)
        }.map(Item.ID.init(rawValue:))
    }

    private func create(_ spec: Item.Model, token: String?, for user: Principal) async throws -> Item.ID {
        let token = try token.map { text throws(APIError) in try ClientToken(text) }
        guard let library = spec.libraryID?.rawValue else { throw APIError.invalidArgument("create_spec.library_id", "an item needs a library") }
        guard let name = spec.name else { throw APIError.invalidArgument("create_spec.name", "an item needs a name") }
        try ItemName.check(name)
        try Description.check(spec.description ?? "")
        let now = context.now()
        let text = specificationText(library, name, spec.description, spec.type)
        let id = try await context.store.write { db in
            let operation = "item.create"
            if let token, let before = try TokenRecord.replay(db, token, owner: user.user, operation: operation, spec: text) { return before }
            _ = try LibraryRecord.require(db, library, of: .local)
            let record = ItemRecord(
                id: randomUUID(), library: library, name: name, description: spec.description ?? "", type: spec.type ?? "", created: now)
            try record.requireUniqueName(db)
            try record.insert(db)
            if let token { try TokenRecord.insert(db, token, owner: user.user, operation: operation, spec: text, object: record.id) }
            return record.id
        }
        return Item.ID(rawValue: id)
    }

    /// The fields that are set change, if the version that is set is the current one.
    private func update(_ item: Item.ID, _ spec: Item.Model) async throws {
        let now = context.now()
        try await context.store.write { db in
            var record = try ItemRecord.requireLocal(db, item.rawValue)
            if let version = spec.version, version != String(record.version) {
                throw APIError.staleVersion(given: version, current: record.version)
            }
            if let name = spec.name {
                try ItemName.check(name)
                record.name = name
                try record.requireUniqueName(db)
            }
            if let description = spec.description {
                try Description.check(description)
                record.description = description
            }
            if let type = spec.type { record.type = type }
            guard spec.name != nil || spec.description != nil || spec.type != nil else { return }
            record.version += 1
            record.metadataVersion += 1
            record.modified = max(now, record.modified)
            try record.update(db)
        }
    }

    private func delete(_ item: Item.ID) async throws {
        let now = context.now()
        let sessions = try await context.store.write { db in
            let record = try ItemRecord.requireLocal(db, item.rawValue)
            guard try !SessionRecord.isActive(db, item: record.id, now: now) else {
                throw APIError.state("delete", "ACTIVE", "an update session is active on the item \(record.name)")
            }
            let sessions = try SessionRecord.ids(db, item: record.id)
            try record.delete(db)
            return sessions
        }
        await context.stopTransfers(of: sessions)
        await context.collectGarbage()
    }
}
