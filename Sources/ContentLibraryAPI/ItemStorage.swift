extension Item {
    /// Where the files of an item lie: `com.vmware.content.library.item.storage`. A file is there once for each storage that has it.
    public enum Storage {
        /// A file on one storage.
        public struct Info: Structure {
            public var storageBacking: StorageBacking
            /// The same bytes under different addresses, for clients that reach the storage themselves: `ds:///vmfs/volumes/...`, `file:///...`.
            public var storageURIs: [String]
            public var checksumInfo: File.ChecksumInfo?
            public var name: String
            /// The storage that the file uses, in bytes; 0 while it is not cached.
            public var size: Int64
            /// Whether the bytes are there.
            public var cached: Bool
            /// Rises when the file is replaced. Only its difference means something.
            public var version: String
            /// 9.x; needs the session's header.
            public var fileDownloadEndpoint: String?

            public init(
                storageBacking: StorageBacking, storageURIs: [String], checksumInfo: File.ChecksumInfo? = nil, name: String, size: Int64, cached: Bool,
                version: String, fileDownloadEndpoint: String? = nil
            ) {
                (self.storageBacking, self.storageURIs, self.checksumInfo) = (storageBacking, storageURIs, checksumInfo)
                (self.name, self.size, self.cached) = (name, size, cached)
                (self.version, self.fileDownloadEndpoint) = (version, fileDownloadEndpoint)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.storage.info", Self.init,
                ("storage_backing", \.storageBacking), ("storage_uris", \.storageURIs), ("checksum_info", \.checksumInfo), ("name", \.name),
                ("size", \.size), ("cached", \.cached), ("version", \.version), ("file_download_endpoint", \.fileDownloadEndpoint))
        }

        static let service = Service("com.vmware.content.library.item.storage", at: "content/library/item/{library_item_id}/storage")

        /// Every place of one file; `not_found` for an unknown item or name.
        public static let get = service.operation(
            "get", "GET", takes: ("library_item_id", Item.ID.self), ("file_name", String.self), returns: [Info].self)
        /// Every place of every file of an item.
        public static let list = service.operation("list", "GET", takes: ("library_item_id", Item.ID.self), returns: [Info].self)
    }
}
