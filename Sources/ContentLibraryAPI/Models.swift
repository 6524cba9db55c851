
public enum Session {
    public struct Info: Structure {
        public var user: String
        public var createdTime: Timestamp
        public var lastAccessedTime: Timestamp
        public init(user: String, createdTime: Timestamp, lastAccessedTime: Timestamp) {
            (self.user, self.createdTime, self.lastAccessedTime) = (user, createdTime, lastAccessedTime)
        }
        public static let shape = Shape("com.vmware.cis.session.info", Self.init,
            ("user", \.user), ("created_time", \.createdTime), ("last_accessed_time", \.lastAccessedTime))
    }
}

public enum Library { public typealias ID = Identifier<Library> }

public struct TransferEndpoint: Structure, Equatable {
    public var uri: String
    public var sslCertificateThumbprint: String?
    public init(uri: String, sslCertificateThumbprint: String? = nil) {
        (self.uri, self.sslCertificateThumbprint) = (uri, sslCertificateThumbprint)
    }
    public static let shape = Shape("com.vmware.content.library.item.transfer_endpoint", Self.init,
        ("uri", \.uri), ("ssl_certificate_thumbprint", \.sslCertificateThumbprint))
}

public struct StorageBacking: Structure, Equatable {
    public struct Kind: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let datastore = Kind(rawValue: "DATASTORE"), other = Kind(rawValue: "OTHER")
    }
    public var type: Kind?
    public var datastoreID: String?
    public var storageURI: String?
    public init(type: Kind?, datastoreID: String? = nil, storageURI: String? = nil) {
        (self.type, self.datastoreID, self.storageURI) = (type, datastoreID, storageURI)
    }
    public static let shape = Shape("com.vmware.content.library.storage_backing", Self.init,
        ("type", \.type), ("datastore_id", \.datastoreID), ("storage_uri", \.storageURI))
}

public enum Item {
    public typealias ID = Identifier<Item>

    public struct FindSpec: Structure {
        public var name: String?
        public var libraryID: Library.ID?
        public var sourceID: ID?
        public var type: String?
        public var cached: Bool?
        public init(name: String? = nil, libraryID: Library.ID? = nil, sourceID: ID? = nil, type: String? = nil, cached: Bool? = nil) {
            (self.name, self.libraryID, self.sourceID, self.type, self.cached) = (name, libraryID, sourceID, type, cached)
        }
        public static let shape = Shape("com.vmware.content.library.item.find_spec", Self.init,
            ("name", \.name), ("library_id", \.libraryID), ("source_id", \.sourceID), ("type", \.type), ("cached", \.cached))
    }

    public enum File {
        public struct ChecksumInfo: Structure, Equatable {
            public struct Algorithm: OpenEnum {
                public var rawValue: String
                public init(rawValue: String) { self.rawValue = rawValue }
                public static let sha1 = Algorithm(rawValue: "SHA1"), md5 = Algorithm(rawValue: "MD5")
                public static let sha256 = Algorithm(rawValue: "SHA256"), sha512 = Algorithm(rawValue: "SHA512")
            }
            public var algorithm: Algorithm?
            public var checksum: String
            public init(algorithm: Algorithm?, checksum: String) { (self.algorithm, self.checksum) = (algorithm, checksum) }
            public static let shape = Shape("com.vmware.content.library.item.file.checksum_info", Self.init,
                ("algorithm", \.algorithm), ("checksum", \.checksum))
        }
        public struct Info: Structure, Equatable {
            public var checksumInfo: ChecksumInfo?
            public var name: String
            public var size: Int64
            public var cached: Bool
            public var version: String
            public init(checksumInfo: ChecksumInfo?, name: String, size: Int64, cached: Bool, version: String) {
                (self.checksumInfo, self.name, self.size, self.cached, self.version) = (checksumInfo, name, size, cached, version)
            }
            public static let shape = Shape("com.vmware.content.library.item.file.info", Self.init,
                ("checksum_info", \.checksumInfo), ("name", \.name), ("size", \.size), ("cached", \.cached), ("version", \.version))
        }
    }
    public enum Storage {
        public struct Info: Structure {
            public var storageBacking: StorageBacking
            public var storageURIs: [String]
            public var checksumInfo: File.ChecksumInfo?
            public var name: String
            public var size: Int64
            public var cached: Bool
            public var version: String
            public init(storageBacking: StorageBacking, storageURIs: [String], checksumInfo: File.ChecksumInfo?, name: String, size: Int64, cached: Bool, version: String) {
                (self.storageBacking, self.storageURIs, self.checksumInfo) = (storageBacking, storageURIs, checksumInfo)
                (self.name, self.size, self.cached, self.version) = (name, size, cached, version)
            }
            public static let shape = Shape("com.vmware.content.library.item.storage.info", Self.init,
                ("storage_backing", \.storageBacking), ("storage_uris", \.storageURIs), ("checksum_info", \.checksumInfo),
                ("name", \.name), ("size", \.size), ("cached", \.cached), ("version", \.version))
        }
    }
}

public enum UpdateSession {
    public typealias ID = Identifier<UpdateSession>

    public struct State: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let active = State(rawValue: "ACTIVE"), done = State(rawValue: "DONE")
        public static let error = State(rawValue: "ERROR"), canceled = State(rawValue: "CANCELED")
    }
    public struct Model: Structure {
        public var id: ID?
        public var libraryItemID: Item.ID?
        public var libraryItemContentVersion: String?
        public var errorMessage: Message?
        public var clientProgress: Int64?
        public var state: State?
        public var expirationTime: Timestamp?
        public init(id: ID? = nil, libraryItemID: Item.ID? = nil, libraryItemContentVersion: String? = nil, errorMessage: Message? = nil,
            clientProgress: Int64? = nil, state: State? = nil, expirationTime: Timestamp? = nil) {
            (self.id, self.libraryItemID, self.libraryItemContentVersion, self.errorMessage) = (id, libraryItemID, libraryItemContentVersion, errorMessage)
            (self.clientProgress, self.state, self.expirationTime) = (clientProgress, state, expirationTime)
        }
        public static let shape = Shape("com.vmware.content.library.item.update_session_model", Self.init,
            ("id", \.id), ("library_item_id", \.libraryItemID), ("library_item_content_version", \.libraryItemContentVersion), ("error_message", \.errorMessage),
            ("client_progress", \.clientProgress), ("state", \.state), ("expiration_time", \.expirationTime))
    }

    public enum File {
        /// How the bytes of a new file come.
        public enum Source: Union, Equatable {
            case push, pull(TransferEndpoint), none

            public func write(into out: inout Writer) {
                let (type, endpoint): (String, TransferEndpoint?) = switch self {
                case .push: ("PUSH", nil)
                case .pull(let endpoint): ("PULL", endpoint)
                case .none: ("NONE", nil)
                }
                type.write(as: "source_type", to: &out)
                endpoint.write(as: "source_endpoint", to: &out)
            }
            public init(among fields: Reader) throws {
                let endpoint = try TransferEndpoint?.read("source_endpoint", of: fields)
                switch (try String.read("source_type", of: fields), endpoint) {
                case ("PUSH", nil): self = .push
                case ("PULL", let endpoint?): self = .pull(endpoint)
                case ("NONE", nil): self = .none
                case (let type, _): throw WireError("\(type) \(endpoint == nil ? "needs" : "forbids") source_endpoint, or is unknown", at: ["source_type"])
                }
            }
        }
        public struct AddSpec: Structure, Equatable {
            public var name: String
            public var source: Source
            public var size: Int64?
            public var checksumInfo: Item.File.ChecksumInfo?
            public init(name: String, source: Source, size: Int64? = nil, checksumInfo: Item.File.ChecksumInfo? = nil) {
                (self.name, self.source, self.size, self.checksumInfo) = (name, source, size, checksumInfo)
            }
            public static let shape = Shape("com.vmware.content.library.item.updatesession.file.add_spec", Self.init,
                ("name", \.name), ("source", \.source), ("size", \.size), ("checksum_info", \.checksumInfo))
        }
        /// Where the bytes of a session's file come from, with the endpoint that goes with it.
        public enum Transfer: Union, Equatable {
            case push(to: TransferEndpoint), pull(from: TransferEndpoint), none, unknown(String)

            public func write(into out: inout Writer) {
                let (type, source, upload): (String, TransferEndpoint?, TransferEndpoint?) = switch self {
                case .push(let endpoint): ("PUSH", nil, endpoint)
                case .pull(let endpoint): ("PULL", endpoint, nil)
                case .none: ("NONE", nil, nil)
                case .unknown(let type): (type, nil, nil)
                }
                type.write(as: "source_type", to: &out)
                source.write(as: "source_endpoint", to: &out)
                upload.write(as: "upload_endpoint", to: &out)
            }
            public init(among fields: Reader) throws {
                let type = try String.read("source_type", of: fields)
                switch type {
                case "PUSH": self = .push(to: try TransferEndpoint.read("upload_endpoint", ofOptional: fields))
                case "PULL": self = .pull(from: try TransferEndpoint.read("source_endpoint", ofOptional: fields))
                case "NONE": self = .none
                default: self = .unknown(type)
                }
            }
        }
        public struct Status: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let waitingForTransfer = Status(rawValue: "WAITING_FOR_TRANSFER"), ready = Status(rawValue: "READY")
        }
        public struct Info: Structure, Equatable {
            public var name: String
            public var transfer: Transfer
            public var size: Int64?
            public var checksumInfo: Item.File.ChecksumInfo?
            public var bytesTransferred: Int64
            public var status: Status
            public var errorMessage: Message?
            public var keepInStorage: Bool?
            public init(name: String, transfer: Transfer, size: Int64? = nil, checksumInfo: Item.File.ChecksumInfo? = nil, bytesTransferred: Int64 = 0,
                status: Status, errorMessage: Message? = nil, keepInStorage: Bool? = nil) {
                (self.name, self.transfer, self.size, self.checksumInfo) = (name, transfer, size, checksumInfo)
                (self.bytesTransferred, self.status, self.errorMessage, self.keepInStorage) = (bytesTransferred, status, errorMessage, keepInStorage)
            }
            public static let shape = Shape("com.vmware.content.library.item.updatesession.file.info", Self.init,
                ("name", \.name), ("transfer", \.transfer), ("size", \.size), ("checksum_info", \.checksumInfo),
                ("bytes_transferred", \.bytesTransferred), ("status", \.status), ("error_message", \.errorMessage), ("keep_in_storage", \.keepInStorage))
        }
    }
}
extension WireValue {
    /// A field that is optional on the wire, but that this alternative must have.
    static func read(_ name: String, ofOptional object: Reader) throws -> Self {
        guard let value = try Self?.read(name, of: object) else { throw WireError("missing", at: [name]) }
        return value
    }
}
