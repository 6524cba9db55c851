extension DownloadSession {
    /// The files of a download session: `com.vmware.content.library.item.downloadsession.file`.
    public enum File {
        /// How far a file is: only PREPARED ones can be read.
        public struct Status: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let unprepared = Status(rawValue: "UNPREPARED"), prepareRequested = Status(rawValue: "PREPARE_REQUESTED")
            public static let preparing = Status(rawValue: "PREPARING"), prepared = Status(rawValue: "PREPARED"), error = Status(rawValue: "ERROR")
        }

        /// The kind of URL wanted: HTTPS from the server, or DIRECT from the storage.
        public struct EndpointType: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let https = EndpointType(rawValue: "HTTPS"), direct = EndpointType(rawValue: "DIRECT")
        }

        /// A file of a session, with how far it is ready to be read.
        public struct Info: Structure {
            public var name: String
            /// In bytes.
            public var size: Int64?
            /// How much the server has made ready, or has sent.
            public var bytesTransferred: Int64
            public var status: Status
            /// Only when PREPARED.
            public var downloadEndpoint: TransferEndpoint?
            /// Only once the transfer is complete.
            public var checksumInfo: Item.File.ChecksumInfo?
            /// Why the status is ERROR.
            public var errorMessage: Message?

            public init(
                name: String, size: Int64? = nil, bytesTransferred: Int64 = 0, status: Status, downloadEndpoint: TransferEndpoint? = nil,
                checksumInfo: Item.File.ChecksumInfo? = nil, errorMessage: Message? = nil
            ) {
                (self.name, self.size, self.bytesTransferred, self.status) = (name, size, bytesTransferred, status)
                (self.downloadEndpoint, self.checksumInfo, self.errorMessage) = (downloadEndpoint, checksumInfo, errorMessage)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.downloadsession.file.info", Self.init,
                ("name", \.name), ("size", \.size), ("bytes_transferred", \.bytesTransferred), ("status", \.status),
                ("download_endpoint", \.downloadEndpoint), ("checksum_info", \.checksumInfo), ("error_message", \.errorMessage))
        }

        static let service = Service(
            "com.vmware.content.library.item.downloadsession.file", at: "content/library/item/download-session/{download_session_id}/file")

        /// All files of the session.
        public static let list = service.operation(
            "list", "GET", takes: ("download_session_id", DownloadSession.ID.self), returns: [Info].self)
        /// One file; `not_found` for the session, `invalid_argument` for the name.
        public static let get = service.operation(
            "get", "GET", takes: ("download_session_id", DownloadSession.ID.self), ("file_name", String.self), returns: Info.self)
        /// Asks for a file's endpoint, which may take its time: ask again until PREPARED.
        public static let prepare = service.operation(
            "prepare", "POST ?action=prepare", takes: ("download_session_id", DownloadSession.ID.self), ("file_name", String.self),
            ("endpoint_type", EndpointType?.self), returns: Info.self)
    }
}
