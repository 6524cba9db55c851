import ContentLibraryAPI

/// Where a library keeps its bytes, as the database knows it.
enum Backing: Sendable, Hashable {
    case datastore(id: String)
    case other(uri: String)

    init(type: String, text: String) {
        self = type == StorageBacking.Kind.datastore.rawValue ? .datastore(id: text) : .other(uri: text)
    }

    var type: String {
        switch self {
        case .datastore: StorageBacking.Kind.datastore.rawValue
        case .other: StorageBacking.Kind.other.rawValue
        }
    }
    var text: String {
        switch self {
        case .datastore(let id): id
        case .other(let uri): uri
        }
    }
    /// The address of a file at `path` below the backing's directory, as clients that reach the storage themselves have it.
    func uri(of path: String) -> String {
        let encoded = path.split(separator: "/").map { percentEncode(String($0)) }.joined(separator: "/")
        return switch self {
        case .datastore(let id): "ds:///vmfs/volumes/\(id)/\(encoded)"
        case .other(let uri): "\(uri.hasSuffix("/") ? String(uri.dropLast()) : uri)/\(encoded)"
        }
    }
    var model: StorageBacking {
        switch self {
        case .datastore(let id): StorageBacking(type: .datastore, datastoreID: id)
        case .other(let uri): StorageBacking(type: .other, storageURI: uri)
        }
    }
}
