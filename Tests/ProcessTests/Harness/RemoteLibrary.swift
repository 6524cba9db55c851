import ContentLibraryAPI
import ContentLibraryClient
import Glibc
import HTTPTransport

/// A library as the server shows it to a client: read through the API, and written as somebody else would.
struct RemoteLibrary: Sendable {
    let client: ContentLibraryClient
    let id: Library.ID
    let name: String

    struct RemoteItem: Sendable {
        var id: Item.ID
        var name: String
        var type: String?
        var contentVersion: String?
        var files: [String: Item.File.Info]
    }

    static func create(_ name: String, _ client: ContentLibraryClient, datastore: String = "datastore-1") async throws -> RemoteLibrary {
        let spec = Library.Model(name: name, storageBackings: [StorageBacking(type: .datastore, datastoreID: datastore)], type: .local)
        return RemoteLibrary(client: client, id: try await client.call(LocalLibrary.create(nil, spec)), name: name)
    }

    static func find(_ name: String, _ client: ContentLibraryClient) async throws -> RemoteLibrary? {
        try await client.call(Library.find(Library.FindSpec(name: name))).first.map { RemoteLibrary(client: client, id: $0, name: name) }
    }

    func asSeenBy(_ client: ContentLibraryClient) -> RemoteLibrary { RemoteLibrary(client: client, id: id, name: name) }

    // MARK: reading

    /// The items by name, with their files by name.
    func items() async throws -> [String: RemoteItem] {
        var items: [String: RemoteItem] = [:]
        for id in try await client.call(Item.list(self.id)) {
            do {
                let item = try await item(id)
                items[item.name] = item
            } catch let error as APIError where error.kind == .notFound {}  // It went between the two calls.
        }
        return items
    }

    private func item(_ id: Item.ID) async throws -> RemoteItem {
        let model = try await client.call(Item.get(id))
        let files = try await client.call(Item.File.list(id))
        return RemoteItem(
            id: id, name: model.name ?? "", type: model.type, contentVersion: model.contentVersion,
            files: Dictionary(files.map { ($0.name, $0) }) { first, _ in first })
    }

    func item(_ name: String) async throws -> RemoteItem? {
        guard let id = try await client.call(Item.find(Item.FindSpec(name: name, libraryID: self.id))).first else { return nil }
        return try await item(id)
    }

    /// The update sessions of this user that belong to items of this library, and those whose item is gone.
    func sessions() async throws -> [UpdateSession.Model] {
        var sessions: [UpdateSession.Model] = []
        for session in try await client.call(UpdateSession.list(nil)) {
            do {
                let model = try await client.call(UpdateSession.get(session))
                let item = try model.libraryItemID.map { $0 } ?? { throw APIError(.notFound, "a session without an item") }()
                if (try await libraryOf(item)).map({ $0 == id }) ?? true { sessions.append(model) }
            } catch let error as APIError where error.kind == .notFound {}  // It went between the two calls.
        }
        return sessions
    }

    private func libraryOf(_ item: Item.ID) async throws -> Library.ID? {
        do {
            return try await client.call(Item.get(item)).libraryID
        } catch let error as APIError where error.kind == .notFound {
            return nil
        }
    }

    /// A file's bytes through a download session.
    func content(_ file: String, of item: String) async throws -> [UInt8] {
        guard let found = try await self.item(item) else { throw APIError(.notFound, "no item \(item)") }
        let session = try await client.call(DownloadSession.create(nil, DownloadSession.Model(libraryItemID: found.id)))
        let prepared: DownloadSession.File.Info = try await {
            var info = try await client.call(DownloadSession.File.prepare(session, file, .https))
            try await eventually("\(item)/\(file) is prepared for its download", every: .milliseconds(10)) {
                if info.status == .prepared { return nil }
                info = try await client.call(DownloadSession.File.get(session, file))
                return "it is \(info.status)"
            }
            return info
        }()
        guard let endpoint = prepared.downloadEndpoint else { throw APIError(.error, "\(item)/\(file) is prepared without an endpoint") }
        let content = try await client.download(from: endpoint, limit: 1 << 26)
        do {
            try await client.call(DownloadSession.cancel(session))
            try await client.call(DownloadSession.delete(session))
        } catch let error as APIError where error.kind == .notFound {}  // The simulator's sessions go when they are cancelled.
        return content
    }

    // MARK: writing

    /// Creates the item if there is none of the name, adds or replaces these files in one session, and removes those.
    @discardableResult
    func put(_ item: String, _ files: [String: String] = [:], removing: [String] = [], type: String? = nil) async throws -> Item.ID {
        let target: Item.ID
        if let found = try await self.item(item) {
            target = found.id
        } else {
            target = try await client.call(Item.create(nil, Item.Model(libraryID: id, name: item, type: type)))
        }
        if files.isEmpty, removing.isEmpty { return target }
        let session = try await openSession(target)
        for name in removing { try await client.call(UpdateSession.File.remove(session, name)) }
        for (name, text) in files { try await send(name, Array(text.utf8), session) }
        try await client.call(UpdateSession.complete(session))
        // A server that dies meanwhile is the caller's to meet, not to be waited for.
        let began = ContinuousClock.now
        while let state = try await client.call(UpdateSession.get(session)).state, state != .done {
            guard state == .active, began.duration(to: .now) < .seconds(30) else {
                throw NotReached(what: "the session of \(item) is done", limit: .seconds(30), missing: "it is \(state)", evidence: "")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        try await client.call(UpdateSession.delete(session))
        return target
    }

    func openSession(_ item: Item.ID) async throws -> UpdateSession.ID {
        try await client.call(UpdateSession.create(nil, UpdateSession.Model(libraryItemID: item)))
    }

    private func send(_ name: String, _ content: [UInt8], _ session: UpdateSession.ID) async throws {
        let spec = UpdateSession.File.AddSpec(name: name, source: .push, size: Int64(content.count))
        let added = try await client.call(UpdateSession.File.add(session, spec))
        guard case .push(let endpoint) = added.transfer else { throw APIError(.error, "\(name) was added without an upload endpoint") }
        let directory = try TemporaryDirectory()
        let tree = try SourceTree(directory("upload"))
        try tree.write("content", content)
        let file = try OpenFile(SourceTree.cString(Array(tree("content").utf8)), O_RDONLY)
        _ = try await client.upload(FileBody(descriptor: file.descriptor, length: Int64(content.count)), to: endpoint)
    }

    func delete(_ item: String) async throws {
        guard let found = try await self.item(item) else { throw APIError(.notFound, "no item \(item)") }
        try await client.call(Item.delete(found.id))
    }
}
