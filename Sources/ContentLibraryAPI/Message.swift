/// A text for people with what a program needs to know it by: `com.vmware.vapi.std.localizable_message`.
public struct Message: Structure {
    /// Names the text in the server's catalogue.
    public var id: String
    /// English, with the arguments filled in.
    public var defaultMessage: String
    /// What the text was made with.
    public var args: [String]
    /// In the caller's language.
    public var localized: String?

    public init(id: String, defaultMessage: String, args: [String] = [], localized: String? = nil) {
        (self.id, self.defaultMessage, self.args, self.localized) = (id, defaultMessage, args, localized)
    }

    public static let shape = Shape(
        "com.vmware.vapi.std.localizable_message", Self.init,
        ("id", \.id), ("default_message", \.defaultMessage), ("args", \.args), ("localized", \.localized))
}
