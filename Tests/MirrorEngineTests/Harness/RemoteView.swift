import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import MirrorTesting
import Synchronization

/// A library as anybody else sees and changes it, past the mirror and its network.
struct RemoteView: Sendable {
    let client: ContentLibraryClient
    let transport: InProcessTransport
    let library: Library.ID
    let seen: SeenTexts

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Item, file, text: the bytes read back through a download session, once for each checksum that the server reports of them.
    func contents() async throws -> [String: [String: String]] {
        var items: [String: [String: String]] = [:]
        for id in try await client.call(Item.list(library)) {
            do {
                let name = try await client.call(Item.get(id)).name ?? ""
                items[name] = try await files(of: id)
            } catch let error as APIError where error.kind == .notFound {}  // Gone since it was listed.
        }
        return items
    }
    private func files(of item: Item.ID) async throws -> [String: String] {
        var files: [String: String] = [:]
        for file in try await client.call(Item.File.list(item)) {
            let checksum = file.checksumInfo?.checksum ?? ""
            let known = seen[checksum]
            let text = if let known { known } else { try await text(file.name, of: item) }
            seen[checksum] = text
            files[file.name] = text
        }
        return files
    }
    func text(_ file: String, of item: Item.ID) async throws -> String {
        let session = try await client.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        let info = try await client.call(DownloadSession.File.prepare(session, file, .https))
        guard let endpoint = info.downloadEndpoint else { throw Unexpected("no endpoint for \(file)") }
        let bytes = try await client.download(from: endpoint, limit: 1 << 24)
        try await client.call(DownloadSession.delete(session))
        return String(decoding: bytes, as: UTF8.self)
    }

    func id(_ item: String) async throws -> Item.ID {
        let ids = try await client.call(Item.find(.init(name: item, libraryID: library)))
        guard ids.count == 1 else { throw Unexpected("\(ids.count) items are named \(item)") }
        return ids[0]
    }
    func names() async throws -> [String] { try await contents().keys.sorted() }
    func type(_ item: String) async throws -> String? { try await client.call(Item.get(id(item))).type }
    func version(_ item: String) async throws -> String? { try await client.call(Item.get(id(item))).contentVersion }
    /// Update sessions of the user, in any state.
    func sessions() async throws -> [UpdateSession.ID] { try await client.call(UpdateSession.list(nil)) }

    // MARK: changes

    @discardableResult func create(_ item: String, _ files: [String: String] = [:], type: String? = nil) async throws -> Item.ID {
        let id = try await client.call(Item.create(nil, .init(libraryID: library, name: item, type: type)))
        if !files.isEmpty { try await publish(files, to: id) }
        return id
    }
    func publish(_ files: [String: String], removing removed: [String] = [], to item: Item.ID) async throws {
        let session = try await client.call(UpdateSession.create(nil, .init(libraryItemID: item)))
        for (name, text) in files { try await put(name, text, session) }
        for name in removed { try await client.call(UpdateSession.File.remove(session, name)) }
        try await client.call(UpdateSession.complete(session))
        try await client.call(UpdateSession.delete(session))
    }
    func publish(_ files: [String: String], removing removed: [String] = [], to item: String) async throws {
        try await publish(files, removing: removed, to: id(item))
    }
    func put(_ name: String, _ text: String, _ session: UpdateSession.ID) async throws {
        let info = try await client.call(UpdateSession.File.add(session, .init(name: name, source: .push)))
        guard case .push(let endpoint) = info.transfer else { throw Unexpected("no endpoint for \(name)") }
        let answer = try await transport.send(.init(method: "PUT", url: endpoint.uri, body: .bytes(Array(text.utf8))))
        guard answer.isSuccess else { throw Unexpected("PUT \(name): \(answer.status)") }
    }
    func open(_ item: String) async throws -> UpdateSession.ID { try await client.call(UpdateSession.create(nil, .init(libraryItemID: id(item)))) }
    func cancel(_ session: UpdateSession.ID) async throws {
        try await client.call(UpdateSession.cancel(session))
        try await client.call(UpdateSession.delete(session))
    }
    func rename(_ item: String, to name: String) async throws { try await client.call(Item.update(id(item), .init(name: name))) }
    func delete(_ item: String) async throws { try await client.call(Item.delete(id(item))) }
}

/// Texts by their checksums.
final class SeenTexts: Sendable {
    private let texts = Mutex<[String: String]>([:])

    subscript(checksum: String) -> String? {
        get { texts.withLock { $0[checksum] } }
        set { texts.withLock { if !checksum.isEmpty { $0[checksum] = newValue } } }
    }
}
