/// Libraries of any kind: `com.vmware.content.library`.
public enum Library {
    /// Of a library of any kind.
    public typealias ID = Identifier<Library>

    /// What `find` looks for; every property that is set must match. A name matches whatever its case.
    public struct FindSpec: Structure {
        public var name: String?
        public var type: Kind?
        /// 9.x.
        public var storageBacking: StorageBacking?

        public init(name: String? = nil, type: Kind? = nil, storageBacking: StorageBacking? = nil) {
            (self.name, self.type, self.storageBacking) = (name, type, storageBacking)
        }

        public static let shape = Shape(
            "com.vmware.content.library.find_spec", Self.init, ("name", \.name), ("type", \.type), ("storage_backing", \.storageBacking))
    }

    static let service = Service("com.vmware.content.library", at: "content/library")

    /// The ids of all libraries that the caller may see.
    public static let list = service.operation("list", "GET", returns: [ID].self)
    /// A library's model; `not_found`.
    public static let get = service.operation("get", "GET /{library_id}", takes: ("library_id", ID.self), returns: Model.self)
    /// Changes name or description of a library of any kind: the fields that are set. `invalid_argument` when `version` is set and not the
    /// current one.
    public static let update = service.operation(
        "update", "PATCH /{library_id}", takes: ("library_id", ID.self), ("update_spec", Model.self))
    /// The ids of the libraries that match; `invalid_argument` when the spec sets nothing. Names need not be unique.
    public static let find = service.operation("find", "POST ?action=find", takes: ("spec", FindSpec.self), returns: [ID].self)
}
