import ContentLibraryAPI
import GRDB

/// Copies of items: the files that the source has at one moment, in a new item of the same or of another library.
struct ItemCopyOperations: Sendable {
    let context: ServiceContext

    /// What is asked for, judged as far as it can be without looking at the libraries.
    private struct Request: Sendable {
        let source: String
        let library: String
        let name: String
        let description: String?
        let type: String?
        let token: ClientToken?
        let owner: String

        init(_ source: Item.ID, _ spec: Item.Model, token: String?, _ user: Principal) throws(APIError) {
            self.token = if let token { try ClientToken(token) } else { nil }
            guard let library = spec.libraryID?.rawValue else {
                throw .invalidArgument("destination_create_spec.library_id", "an item needs a library")
            }
            guard let name = spec.name else { throw .invalidArgument("destination_create_spec.name", "an item needs a name") }
            try ItemName.check(name)
            try Description.check(spec.description ?? "")
            (self.source, self.library, self.name, owner) = (source.rawValue, library, name, user.user)
            (description, type) = (spec.description, spec.type)
        }

        private var text: String { specificationText(source, library, name, description, type) }
        private static let operation = "item.copy"

        func replayed(_ db: Database) throws -> String? {
            guard let token else { return nil }
            return try TokenRecord.replay(db, token, owner: owner, operation: Self.operation, spec: text)
        }

        func remember(_ db: Database, _ item: String) throws {
            guard let token else { return }
            try TokenRecord.insert(db, token, owner: owner, operation: Self.operation, spec: text, object: item)
        }
    }

    /// What the source had when the copy began.
    private struct Source: Sendable {
        let item: ItemRecord
        let library: LibraryRecord
        let destination: LibraryRecord
        let files: [ItemFileRecord]
    }

    private enum Found: Sendable {
        case made(String)
        case source(Source)
    }

    /// How often a copy begins anew because the source's files were replaced, and their old ones freed, under it.
    private static let attempts = 5

    func register(on router: inout Router<Principal>) {
        router.on(Item.copy) { caller, token, source, spec in
            try caller.require(.addLibraryItem)
            try caller.require(.read)
            return Item.ID(rawValue: try await copy(try Request(source, spec, token: token, caller)))
        }
    }

    private func copy(_ request: Request) async throws -> String {
        for _ in 0..<Self.attempts {
            switch try await context.store.read({ db in try Self.find(request, db) }) {
            case .made(let item): return item
            case .source(let source): if let item = try await copy(source, request) { return item }
            }
        }
        throw APIError.resourceBusy("the files of the library item \(request.source) are being replaced all the time")
    }

    /// In this order: replay, source, destination, type, name.
    private static func find(_ request: Request, _ db: Database) throws -> Found {
        if let before = try request.replayed(db) { return .made(before) }
        let item = try ItemRecord.require(db, request.source)
        let destination = try LibraryRecord.require(db, request.library, of: .local)
        if let type = request.type, type != item.type {
            throw APIError.invalidArgument("destination_create_spec.type", "a copy has the type of its source, \"\(item.type)\"")
        }
        try newItem(of: item, request, id: "", at: item.created).requireUniqueName(db)
        let library = try LibraryRecord.require(db, item.library)
        return .source(Source(item: item, library: library, destination: destination, files: try ItemFileRecord.all(db, item: item.id)))
    }

    private static func newItem(of source: ItemRecord, _ request: Request, id: String, at now: Timestamp) -> ItemRecord {
        ItemRecord(
            id: id, library: request.library, name: request.name, description: request.description ?? source.description, type: source.type, created: now)
    }

    /// Files first, then the rows, in one transaction: a copy that a crash cuts short is files that no row names, which a start removes.
    /// Nil when the source moved on.
    private func copy(_ source: Source, _ request: Request) async throws -> String? {
        let item = Self.newItem(of: source.item, request, id: randomUUID(), at: context.now())
        let made: [(name: String, content: ContentRecord)]
        do { made = try await makeFiles(source, item) } catch {
            try await discard(item, source.destination)
            let contents = source.files.map(\.content.id)
            let isMoved = try await context.store.read { db in try contents.contains { try ContentRecord.find(db, $0) == nil } }
            guard !isMoved else { return nil }
            throw Self.explained(error, source)
        }
        // If this throws, it is not known whether the copy is durable: the files stay, and the next start decides by the database.
        let outcome = try await context.store.write { db -> Result<String, APIError> in
            do {
                if let before = try request.replayed(db) { return .success(before) }
                _ = try LibraryRecord.require(db, request.library)
                try item.requireUniqueName(db)
            } catch let error as APIError { return .failure(error) }
            try Self.insert(item, made, db)
            try request.remember(db, item.id)
            return .success(item.id)
        }
        if (try? outcome.get()) != item.id { try await discard(item, source.destination) }
        return try outcome.get()
    }

    private static func insert(_ item: ItemRecord, _ files: [(name: String, content: ContentRecord)], _ db: Database) throws {
        var item = item
        if !files.isEmpty { item.contentVersion += 1 }
        try item.insert(db)
        for (name, content) in files {
            try content.insert(db)
            try ItemFileRecord.insert(db, item: item.id, name: name, content: content.id)
        }
    }

    private func makeFiles(_ source: Source, _ item: ItemRecord) async throws -> [(name: String, content: ContentRecord)] {
        guard !source.files.isEmpty else { return [] }
        let (storage, reached) = (context.storage, context.reached)
        return try await context.disk.run {
            let (from, to) = (try storage.directory(of: source.library.backing), try storage.directory(of: source.destination.backing))
            let directory = "\(to)/\(ContentPath.item(item.id, library: item.library))"
            try FileSystem.makeDirectories(directory)
            let made = try source.files.map { file in
                let id = randomUUID()
                let path = ContentPath.file(file.name, content: id, item: item.id, library: item.library)
                let (size, checksum) = (file.content.size, file.content.checksum)
                try FileCopy.make("\(to)/\(path)", of: "\(from)/\(file.content.path)", size: size, checksum: checksum)
                reached(.fileCopied)
                return (file.name, ContentRecord(id: id, library: item.library, path: path, size: size, checksum: checksum))
            }
            try FileSystem.syncDirectory(directory)
            reached(.copySynced)
            return made
        }
    }

    /// Frees the files of a copy that did not come to be.
    private func discard(_ item: ItemRecord, _ library: LibraryRecord) async throws {
        let storage = context.storage
        try await context.disk.run {
            try FileSystem.remove("\(storage.directory(of: library.backing))/\(ContentPath.item(item.id, library: item.library))")
        }
    }

    private static func explained(_ error: any Error, _ source: Source) -> APIError {
        switch error {
        case let error as SystemCallError where error.isDiskFull: .storageFull
        case let error as SystemCallError: .storageUnavailable(source.destination.backing.text, error.reason)
        case is FileCopy.Damaged:
            .storageUnavailable(source.library.backing.text, "a file of the library item \(source.item.id) is missing or was changed there")
        case let error as APIError: error
        default: .internalFailure
        }
    }
}
