import ContentLibraryAPI
import GRDB

/// Where the files of items lie.
struct StorageOperations: Sendable {
    let context: ServiceContext

    func register(on router: inout Router<Principal>) {
        router.on(Item.Storage.list) { caller, item in
            try caller.require(.readStorage)
            return try await context.store.read { db in
                let (id, backing) = try Self.place(db, item)
                return try ItemFileRecord.all(db, item: id).map { $0.storageInfo(backing) }
            }
        }
        router.on(Item.Storage.get) { caller, item, name in
            try caller.require(.readStorage)
            return try await context.store.read { db in
                let (id, backing) = try Self.place(db, item)
                guard let file = try ItemFileRecord.find(db, item: id, name: name) else { throw APIError.fileNotFound(name, item: id) }
                return [file.storageInfo(backing)]
            }
        }
        router.on(ItemType.list) { caller in
            try caller.require(.typeIntrospection)
            return Self.types
        }
    }

    private static func place(_ db: Database, _ item: Item.ID) throws -> (item: String, Backing) {
        let record = try ItemRecord.require(db, item.rawValue)
        return (record.id, try LibraryRecord.require(db, record.library).backing)
    }

    private static let types = [
        ItemType.Info(description: "An OVF package: a descriptor and the disks that it names", name: "OVF", type: "ovf", vendor: "clsyncd", version: "1"),
        ItemType.Info(description: "An image of an optical disk", name: "ISO", type: "iso", vendor: "clsyncd", version: "1"),
    ]
}

extension ItemFileRecord {
    fileprivate func storageInfo(_ backing: Backing) -> Item.Storage.Info {
        Item.Storage.Info(
            storageBacking: backing.model, storageURIs: [backing.uri(of: content.path)], checksumInfo: content.checksum.info, name: name,
            size: content.size, cached: true, version: String(version))
    }
}
