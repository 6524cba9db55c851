import ContentLibraryAPI
import ContentLibraryClient
import Digests
import HTTPTransport
import MirrorCore

/// The library of a simulation as somebody else sees and changes it, past the daemon and its weather.
actor SimulatedLibrary {
    struct Unexpected: Error, CustomStringConvertible { let description: String }

    let client: ContentLibraryClient
    /// A client of the mirror's own user, for what only that one may.
    let own: ContentLibraryClient
    let transport: any Transport
    let id: Library.ID
    /// Every text of the world, by its SHA-1.
    private(set) var texts: [String: String] = [:]
    /// Those that were not written by the daemon.
    private(set) var foreign: Set<String> = []
    /// Items that somebody else has touched since that was last forgotten.
    private(set) var touched: Set<String> = []
    private var count = 0

    init(_ server: SimulatedServer) async throws {
        client = try server.client(of: SimulatedServer.rival, over: server)
        own = try server.client(of: SimulatedServer.user, over: server)
        transport = server
        id = try await client.call(
            LocalLibrary.create(nil, .init(name: "Library", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])))
    }

    func know(_ text: String) throws { texts[try DigestAlgorithm.sha1.hexDigest(of: Array(text.utf8))] = text }
    func forgetTouched() { touched = [] }

    /// Item, file, text; what is no text of the world is its checksum.
    func items() async throws -> [String: [String: String]] {
        var items: [String: [String: String]] = [:]
        for id in try await client.call(Item.list(id)) {
            let name = try await client.call(Item.get(id)).name ?? ""
            items[name] = [:]
            for file in try await client.call(Item.File.list(id)) {
                let checksum = file.checksumInfo?.checksum.lowercased() ?? "none"
                items[name]?[file.name] = texts[checksum] ?? "checksum \(checksum)"
            }
        }
        return items
    }

    /// What the mirror's user has at the server.
    func sessions() async throws -> [String] { try await own.call(UpdateSession.list(nil)).map(\.rawValue) }
    /// What the daemon's journal knows the server by.
    func serverName() async throws -> String { try await own.call(Library.get(id)).serverGUID ?? own.serverName }

    private func find(_ item: String) async throws -> Item.ID? { try await client.call(Item.find(.init(name: item, libraryID: id))).first }

    // MARK: what others do

    /// Others are refused what is not possible at the moment, such as a second session of an item.
    private func attempt(_ item: String, _ change: (Item.ID?) async throws -> Void) async throws {
        touched.insert(item)
        do { try await change(try await find(item)) } catch let error as APIError where error.kind != .internalServerError {}
    }

    func publish(_ file: String, to item: String) async throws {
        try await attempt(item) { found in
            let id: Item.ID
            if let found { id = found } else { id = try await client.call(Item.create(nil, .init(libraryID: self.id, name: item))) }
            count += 1
            let text = "foreign \(count)"
            try know(text)
            foreign.insert(text)
            let session = try await client.call(UpdateSession.create(nil, .init(libraryItemID: id)))
            let info = try await client.call(UpdateSession.File.add(session, .init(name: file, source: .push)))
            guard case .push(let endpoint) = info.transfer else { throw Unexpected(description: "no endpoint for \(file)") }
            let answer = try await transport.send(.init(method: "PUT", url: endpoint.uri, body: .bytes(Array(text.utf8))))
            guard answer.isSuccess else { throw Unexpected(description: "PUT \(file): \(answer.status)") }
            try await client.call(UpdateSession.complete(session))
            try await client.call(UpdateSession.delete(session))
        }
    }
    func remove(_ file: String, of item: String) async throws {
        try await attempt(item) { id in
            guard let id else { return }
            let session = try await client.call(UpdateSession.create(nil, .init(libraryItemID: id)))
            do {
                try await client.call(UpdateSession.File.remove(session, file))
                try await client.call(UpdateSession.complete(session))
            } catch let error as APIError where error.kind == .invalidArgument { try await client.call(UpdateSession.cancel(session)) }
            try await client.call(UpdateSession.delete(session))
        }
    }
    func delete(_ item: String) async throws {
        try await attempt(item) { id in if let id { try await client.call(Item.delete(id)) } }
    }
    func rename(_ item: String, to name: String) async throws {
        touched.insert(name)
        try await attempt(item) { id in if let id { try await client.call(Item.update(id, .init(name: name))) } }
    }
    /// A session that is left open, until its lease ends.
    func occupy(_ item: String) async throws {
        try await attempt(item) { id in if let id { _ = try await client.call(UpdateSession.create(nil, .init(libraryItemID: id))) } }
    }
    /// An administrator ends the sessions of the mirror's user.
    func cancelSessions() async throws {
        for session in try await own.call(UpdateSession.list(nil)) {
            do { try await own.call(UpdateSession.cancel(session)) } catch is APIError {}
        }
    }
}
