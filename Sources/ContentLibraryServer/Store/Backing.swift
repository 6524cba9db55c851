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
    var model: StorageBacking {
        switch self {
        case .datastore(let id): StorageBacking(type: .datastore, datastoreID: id)
        case .other(let uri): StorageBacking(type: .other, storageURI: uri)
        }
    }
}
