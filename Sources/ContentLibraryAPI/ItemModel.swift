extension Item {
    /// An item as it is created, read and updated: one shape for all three, so every field is optional.
    public struct Model: Structure {
        public var id: ID?
        /// Needed to create one, as the name is.
        public var libraryID: Library.ID?
        /// Moves whenever the files change. Only its difference means something.
        public var contentVersion: String?
        public var creationTime: Timestamp?
        public var description: String?
        /// Of metadata or content.
        public var lastModifiedTime: Timestamp?
        /// Subscribed items only.
        public var lastSyncTime: Timestamp?
        /// Moves whenever the metadata change. Only its difference means something.
        public var metadataVersion: String?
        public var name: String?
        /// Whether the files are on this server.
        public var cached: Bool?
        /// The storage that the item uses, in bytes; not always the sum of its files' lengths.
        public var size: Int64?
        /// `ovf`, `iso`, `vm-template`, or another name of a type plug-in.
        public var type: String?
        /// The metadata's lock for `update`.
        public var version: String?
        /// The published item that a subscribed one copies.
        public var sourceID: ID?
        /// Whether the item meets its library's security policy (7.0.3).
        public var securityCompliance: Bool?
        public var certificateVerificationInfo: CertificateVerificationInfo?

        public init(
            id: ID? = nil, libraryID: Library.ID? = nil, contentVersion: String? = nil, creationTime: Timestamp? = nil, description: String? = nil,
            lastModifiedTime: Timestamp? = nil, lastSyncTime: Timestamp? = nil, metadataVersion: String? = nil, name: String? = nil, cached: Bool? = nil,
            size: Int64? = nil, type: String? = nil, version: String? = nil, sourceID: ID? = nil, securityCompliance: Bool? = nil,
            certificateVerificationInfo: CertificateVerificationInfo? = nil
        ) {
            (self.id, self.libraryID, self.contentVersion, self.creationTime) = (id, libraryID, contentVersion, creationTime)
            (self.description, self.lastModifiedTime, self.lastSyncTime) = (description, lastModifiedTime, lastSyncTime)
            (self.metadataVersion, self.name, self.cached, self.size) = (metadataVersion, name, cached, size)
            (self.type, self.version, self.sourceID) = (type, version, sourceID)
            (self.securityCompliance, self.certificateVerificationInfo) = (securityCompliance, certificateVerificationInfo)
        }

        public static let shape = Shape(
            "com.vmware.content.library.item_model", Self.init,
            ("id", \.id), ("library_id", \.libraryID), ("content_version", \.contentVersion), ("creation_time", \.creationTime),
            ("description", \.description), ("last_modified_time", \.lastModifiedTime), ("last_sync_time", \.lastSyncTime),
            ("metadata_version", \.metadataVersion), ("name", \.name), ("cached", \.cached), ("size", \.size), ("type", \.type),
            ("version", \.version), ("source_id", \.sourceID), ("security_compliance", \.securityCompliance),
            ("certificate_verification_info", \.certificateVerificationInfo))
    }

    /// What the server found out about the certificate that signs an OVF item (7.0.3).
    public struct CertificateVerificationInfo: Structure {
        /// How far the verification came, and what it found.
        public struct Status: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let notAvailable = Status(rawValue: "NOT_AVAILABLE"), verified = Status(rawValue: "VERIFIED")
            public static let `internal` = Status(rawValue: "INTERNAL"), untrusted = Status(rawValue: "UNTRUSTED")
            public static let verificationFailure = Status(rawValue: "VERIFICATION_FAILURE")
            public static let verificationInProgress = Status(rawValue: "VERIFICATION_IN_PROGRESS")
        }

        public var status: Status
        /// That of the certificate which signs the item.
        public var certChain: [String]?

        public init(status: Status, certChain: [String]? = nil) { (self.status, self.certChain) = (status, certChain) }

        public static let shape = Shape(
            "com.vmware.content.library.item.certificate_verification_info", Self.init, ("status", \.status), ("cert_chain", \.certChain))
    }
}
