/// Items of libraries: `com.vmware.content.library.item`.
public enum Item {
    /// Of a library item.
    public typealias ID = Identifier<Item>

    /// What `find` looks for; every property that is set must match. A name matches whatever its case.
    public struct FindSpec: Structure {
        public var name: String?
        public var libraryID: Library.ID?
        /// The published item that a subscribed one copies.
        public var sourceID: ID?
        /// `ovf`, `iso` and others.
        public var type: String?
        /// Whether the files are on this server.
        public var cached: Bool?

        public init(name: String? = nil, libraryID: Library.ID? = nil, sourceID: ID? = nil, type: String? = nil, cached: Bool? = nil) {
            (self.name, self.libraryID, self.sourceID, self.type, self.cached) = (name, libraryID, sourceID, type, cached)
        }

        public static let shape = Shape(
            "com.vmware.content.library.item.find_spec", Self.init,
            ("name", \.name), ("library_id", \.libraryID), ("source_id", \.sourceID), ("type", \.type), ("cached", \.cached))
    }

    static let service = Service("com.vmware.content.library.item", at: "content/library/item")

    /// Creates an item without files; `already_exists` when the library has one of that name. The same token again gives the same id.
    public static let create = service.operation(
        "create", "POST", takes: ("client_token", String?.self), ("create_spec", Model.self), returns: ID.self)
    /// An item's model; `not_found`.
    public static let get = service.operation("get", "GET /{library_item_id}", takes: ("library_item_id", ID.self), returns: Model.self)
    /// The ids of all items of a library.
    public static let list = service.operation("list", "GET", takes: ("library_id", Library.ID.self), returns: [ID].self)
    /// The ids of the items that match; `invalid_argument` when the spec sets nothing.
    public static let find = service.operation("find", "POST ?action=find", takes: ("spec", FindSpec.self), returns: [ID].self)
    /// Changes the metadata: the fields that are set. `invalid_argument` when `version` is set and not the current one.
    public static let update = service.operation(
        "update", "PATCH /{library_item_id}", takes: ("library_item_id", ID.self), ("update_spec", Model.self))
    /// Makes an item of the spec's library and name with the files that the source has now. The same token again gives the same id.
    public static let copy = service.operation(
        "copy", "POST /{source_library_item_id}?action=copy", takes: ("client_token", String?.self), ("source_library_item_id", ID.self),
        ("destination_create_spec", Model.self), returns: ID.self)
    /// Deletes an item and its files.
    public static let delete = service.operation("delete", "DELETE /{library_item_id}", takes: ("library_item_id", ID.self))
}
