/// The kinds of item that a server knows more of than their bytes: `com.vmware.content.type`.
public enum ItemType {
    /// What a server says of a type.
    public struct Info: Structure {
        public var description: String
        public var name: String
        /// What an item's `type` is then: `ovf`, `iso`.
        public var type: String
        public var vendor: String
        public var version: String
        /// The kinds of rule that a security policy may have for it (7.0.3).
        public var supportedRules: [String]?

        public init(description: String, name: String, type: String, vendor: String, version: String, supportedRules: [String]? = nil) {
            (self.description, self.name, self.type) = (description, name, type)
            (self.vendor, self.version, self.supportedRules) = (vendor, version, supportedRules)
        }

        public static let shape = Shape(
            "com.vmware.content.type.info", Self.init,
            ("description", \.description), ("name", \.name), ("type", \.type), ("vendor", \.vendor), ("version", \.version),
            ("supported_rules", \.supportedRules))
    }

    static let service = Service("com.vmware.content.type", at: "content/type")

    /// All types. An item may have another one: it is kept as it comes.
    public static let list = service.operation("list", "GET", returns: [Info].self)
}
