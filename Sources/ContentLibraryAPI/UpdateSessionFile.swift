extension UpdateSession {
    /// The files of an update session: `com.vmware.content.library.item.updatesession.file`.
    public enum File {
        /// A file to be added, or to replace the one of that name.
        public struct AddSpec: Structure {
            public var name: String
            public var source: Source
            /// Bytes to expect; verified on receipt.
            public var size: Int64?
            /// Digest to expect; verified on receipt.
            public var checksumInfo: Item.File.ChecksumInfo?

            public init(name: String, source: Source, size: Int64? = nil, checksumInfo: Item.File.ChecksumInfo? = nil) {
                (self.name, self.source, self.size, self.checksumInfo) = (name, source, size, checksumInfo)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.updatesession.file.add_spec", Self.init,
                ("name", \.name), ("source", \.source), ("size", \.size), ("checksum_info", \.checksumInfo))
        }

        /// How far a file's transfer is; a session completes when all are READY.
        public struct Status: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let waitingForTransfer = Status(rawValue: "WAITING_FOR_TRANSFER"), transferring = Status(rawValue: "TRANSFERRING")
            public static let ready = Status(rawValue: "READY"), validating = Status(rawValue: "VALIDATING"), error = Status(rawValue: "ERROR")
        }

        /// A file of a session, with how far its transfer is.
        public struct Info: Structure {
            public var name: String
            /// Where the bytes come from, and the URL that goes with it.
            public var transfer: Transfer
            /// Bytes received; unset until READY.
            public var size: Int64?
            /// Digest of the bytes received; unset until READY.
            public var checksumInfo: Item.File.ChecksumInfo?
            /// How much the server has received so far.
            public var bytesTransferred: Int64
            public var status: Status
            /// Why the status is ERROR.
            public var errorMessage: Message?
            /// False for a file that is only looked at, as an OVF's manifest is (6.8).
            public var keepInStorage: Bool?

            public init(
                name: String, transfer: Transfer, size: Int64? = nil, checksumInfo: Item.File.ChecksumInfo? = nil, bytesTransferred: Int64 = 0,
                status: Status, errorMessage: Message? = nil, keepInStorage: Bool? = nil
            ) {
                (self.name, self.transfer, self.size, self.checksumInfo) = (name, transfer, size, checksumInfo)
                (self.bytesTransferred, self.status, self.errorMessage, self.keepInStorage) = (bytesTransferred, status, errorMessage, keepInStorage)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.updatesession.file.info", Self.init,
                ("name", \.name), ("transfer", \.transfer), ("size", \.size), ("checksum_info", \.checksumInfo),
                ("bytes_transferred", \.bytesTransferred), ("status", \.status), ("error_message", \.errorMessage),
                ("keep_in_storage", \.keepInStorage))
        }

        /// What stands between a session and its completion.
        public struct ValidationResult: Structure {
            public var hasErrors: Bool
            /// Files that are needed and were never added.
            public var missingFiles: [String]
            public var invalidFiles: [ValidationError]

            public init(hasErrors: Bool, missingFiles: [String] = [], invalidFiles: [ValidationError] = []) {
                (self.hasErrors, self.missingFiles, self.invalidFiles) = (hasErrors, missingFiles, invalidFiles)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.updatesession.file.validation_result", Self.init,
                ("has_errors", \.hasErrors), ("missing_files", \.missingFiles), ("invalid_files", \.invalidFiles))
        }

        /// A file that cannot stay as it is, and why.
        public struct ValidationError: Structure {
            public var name: String
            public var errorMessage: Message

            public init(name: String, errorMessage: Message) { (self.name, self.errorMessage) = (name, errorMessage) }

            public static let shape = Shape(
                "com.vmware.content.library.item.updatesession.file.validation_error", Self.init,
                ("name", \.name), ("error_message", \.errorMessage))
        }

        /// What a look at a source's address found.
        public struct ProbeResult: Structure {
            /// Only with SUCCESS can a file be pulled from there.
            public typealias Status = SubscribedLibrary.ProbeResult.Status

            public var status: Status
            /// SHA-1 of the certificate that the address showed, `AA:BB:...`, trusted or not; none without TLS.
            public var sslThumbprint: String?
            /// The same certificate as PEM; 9.x.
            public var sslCertificate: String?
            /// Why the status is not SUCCESS.
            public var errorMessages: [Message]

            public init(status: Status, sslThumbprint: String? = nil, sslCertificate: String? = nil, errorMessages: [Message] = []) {
                (self.status, self.sslThumbprint, self.sslCertificate, self.errorMessages) = (status, sslThumbprint, sslCertificate, errorMessages)
            }

            public static let shape = Shape(
                "com.vmware.content.library.item.updatesession.file.probe_result", Self.init,
                ("status", \.status), ("ssl_thumbprint", \.sslThumbprint), ("ssl_certificate", \.sslCertificate), ("error_messages", \.errorMessages))
        }

        static let service = Service(
            "com.vmware.content.library.item.updatesession.file", at: "content/library/item/update-session/{update_session_id}/file")

        /// Adds a file to the session, or replaces the entry of that name.
        public static let add = service.operation(
            "add", "POST", takes: ("update_session_id", UpdateSession.ID.self), ("file_spec", AddSpec.self), returns: Info.self)
        /// One file; `not_found` for the session, `invalid_argument` for the name.
        public static let get = service.operation(
            "get", "GET /{file_name}", takes: ("update_session_id", UpdateSession.ID.self), ("file_name", String.self), returns: Info.self)
        /// The files that the item will have.
        public static let list = service.operation(
            "list", "GET", takes: ("update_session_id", UpdateSession.ID.self), returns: [Info].self)
        /// Takes a file out: one that was added, or one that the item had. `invalid_argument` for an unknown name.
        public static let remove = service.operation(
            "remove", "DELETE /{file_name}", takes: ("update_session_id", UpdateSession.ID.self), ("file_name", String.self))
        /// What `complete` would refuse.
        public static let validate = service.operation(
            "validate", "POST ?action=validate", takes: ("update_session_id", UpdateSession.ID.self), returns: ValidationResult.self)
        /// Looks whether a file can be pulled from an address, and whose certificate stands there. `/api` has no route to it.
        public static let probe = service.operation("probe", nil, takes: ("source_endpoint", TransferEndpoint.self), returns: ProbeResult.self)
    }
}
