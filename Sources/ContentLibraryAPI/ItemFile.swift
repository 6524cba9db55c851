extension Item {
    /// The files of an item as readers see them: `com.vmware.content.library.item.file`.
    public enum File {
        /// A digest of a file's bytes in hexadecimal digits, of either case. Some servers send an empty one: it says nothing.
        public struct ChecksumInfo: Structure {
            /// SHA-256 and SHA-512 since 6.8.
            public struct Algorithm: OpenEnum {
                public var rawValue: String
                public init(rawValue: String) { self.rawValue = rawValue }
                public static let sha1 = Algorithm(rawValue: "SHA1"), md5 = Algorithm(rawValue: "MD5")
                public static let sha256 = Algorithm(rawValue: "SHA256"), sha512 = Algorithm(rawValue: "SHA512")
            }

            /// Unset means SHA-1.
            public var algorithm: Algorithm?
            /// Hexadecimal.
            public var checksum: String

            public init(algorithm: Algorithm?, checksum: String) { (self.algorithm, self.checksum) = (algorithm, checksum) }

            public static let shape = Shape(
                "com.vmware.content.library.item.file.checksum_info", Self.init, ("algorithm", \.algorithm), ("checksum", \.checksum))
        }

        /// A published file.
        public struct Info: Structure {
            /// Many servers give none.
            public var checksumInfo: ChecksumInfo?
            public var name: String
            /// The storage that the file uses, in bytes; its length for an ISO.
            public var size: Int64
            /// Whether the bytes are on this server; false for what a subscribed library has not fetched.
            public var cached: Bool
            /// Rises when the file is replaced. Only its difference means something.
            public var version: String
            /// 9.x; needs the session's header.
            public var fileDownloadEndpoint: String?

            public init(
                checksumInfo: ChecksumInfo? = nil, name: String, size: Int64, cached: Bool, version: String, fileDownloadEndpoint: String? = nil
            ) {
                (self.checksumInfo, self.name, self.size) = (checksumInfo, name, size)
                (self.cached, self.version, self.fileDownloadEndpoint) = (cached, version, fileDownloadEndpoint)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.file.info", Self.init,
                ("checksum_info", \.checksumInfo), ("name", \.name), ("size", \.size), ("cached", \.cached), ("version", \.version),
                ("file_download_endpoint", \.fileDownloadEndpoint))
        }

        static let service = Service("com.vmware.content.library.item.file", at: "content/library/item/{library_item_id}/file")

        /// One file; `not_found` for an unknown item or name.
        public static let get = service.operation(
            "get", "GET", takes: ("library_item_id", Item.ID.self), ("name", String.self), returns: Info.self)
        /// All files of an item.
        public static let list = service.operation("list", "GET", takes: ("library_item_id", Item.ID.self), returns: [Info].self)
    }
}
