import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore

/// An item without its list of files: what one small call tells.
struct RemoteHeader: Sendable, Hashable {
    var id: Item.ID
    var name: String
    var type: String?
    var token: ChangeToken
    var created: Timestamp?

    init(_ model: Item.Model, id: Item.ID) {
        self.id = id
        name = model.name ?? ""
        type = model.type.flatMap { $0.isEmpty ? nil : $0 }
        token = ChangeToken(contentVersion: model.contentVersion, lastModified: model.lastModifiedTime)
        created = model.creationTime
    }
}

/// Reads one library. It holds nothing: what is remembered, the mirror remembers.
struct RemoteReader: Sendable {
    /// How many small calls are under way at once.
    static let parallelCalls = 8

    let client: ContentLibraryClient
    let library: Library.ID

    /// Nil where the server knows no such item.
    func header(_ id: Item.ID) async throws -> RemoteHeader? {
        do {
            return RemoteHeader(try await client.call(Item.get(id)), id: id)
        } catch let error as APIError {
            guard try await Absence(client: client).isProven(error, item: id, of: library) else { throw error }
            return nil
        }
    }

    func files(_ id: Item.ID) async throws -> [String: RemoteFile]? {
        do {
            let list = try await client.call(Item.File.list(id))
            let files = Dictionary(list.map { ($0.name, RemoteFile($0)) }) { _, last in last }
            // VMware's simulator lists a file that was replaced twice; the last entry is the new one.
            guard files.count == Set(list.map { Array($0.name.utf8) }).count else { throw AmbiguousNames(item: id) }
            return files
        } catch let error as APIError {
            guard try await Absence(client: client).isProven(error, item: id, of: library) else { throw error }
            return nil
        }
    }

    func item(_ header: RemoteHeader) async throws -> RemoteItem? {
        guard let files = try await files(header.id) else { return nil }
        return RemoteItem(id: header.id, name: header.name, type: header.type, token: header.token, files: files)
    }

    /// All items of that name, in any case: the server compares names without regard to it.
    func find(_ name: String) async throws -> [RemoteHeader] {
        try await headers(of: client.call(Item.find(Item.FindSpec(name: name, libraryID: library))))
    }

    func allIDs() async throws -> [Item.ID] { try await client.call(Item.list(library)) }

    /// The headers of those that still exist, in no particular order.
    func headers(of ids: [Item.ID]) async throws -> [RemoteHeader] {
        try await withThrowingTaskGroup(of: RemoteHeader?.self) { group in
            var rest = ids.makeIterator()
            var found: [RemoteHeader] = []
            for _ in 0..<Self.parallelCalls {
                guard let id = rest.next() else { break }
                group.addTask { try await header(id) }
            }
            while let header = try await group.next() {
                if let header { found.append(header) }
                if let id = rest.next() { group.addTask { try await self.header(id) } }
            }
            return found
        }
    }
}

/// An item holds two files whose names are one text to Unicode, in different bytes. What concerns one could hit the other: the item is left alone.
struct AmbiguousNames: Error, CustomStringConvertible {
    let item: Item.ID
    var description: String {
        "the item \(item.rawValue) holds files whose names differ only in Unicode normalisation; rename or remove one of them in the library"
    }
}
