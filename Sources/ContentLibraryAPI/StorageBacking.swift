/// Where a library keeps its bytes. `DATASTORE` goes with `datastoreID` alone, `OTHER` with `storageURI` alone; the other one must be unset.
public struct StorageBacking: Structure {
    /// Which of the two places it is.
    public struct Kind: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let datastore = Kind(rawValue: "DATASTORE"), other = Kind(rawValue: "OTHER")
    }

    public var type: Kind?
    public var datastoreID: String?
    /// A URL as the server sees it, such as `file:///srv/content`.
    public var storageURI: String?

    public init(type: Kind?, datastoreID: String? = nil, storageURI: String? = nil) {
        (self.type, self.datastoreID, self.storageURI) = (type, datastoreID, storageURI)
    }

    public static let shape = Shape(
        "com.vmware.content.library.storage_backing", Self.init,
        ("type", \.type), ("datastore_id", \.datastoreID), ("storage_uri", \.storageURI))
}
