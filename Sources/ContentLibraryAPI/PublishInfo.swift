/// How a local library is published for subscribers.
public struct PublishInfo: Structure {
    public var authenticationMethod: AuthenticationMethod?
    public var published: Bool?
    /// Where subscribers find it; the server's to say.
    public var publishURL: String?
    public var userName: String?
    /// Never in a reply.
    public var password: Secret?
    /// Never in a reply.
    public var currentPassword: Secret?
    /// Whether the library's description is also kept as files on its storage.
    public var persistJSONEnabled: Bool?

    public init(
        authenticationMethod: AuthenticationMethod? = nil, published: Bool? = nil, publishURL: String? = nil, userName: String? = nil,
        password: Secret? = nil, currentPassword: Secret? = nil, persistJSONEnabled: Bool? = nil
    ) {
        (self.authenticationMethod, self.published, self.publishURL, self.userName) = (authenticationMethod, published, publishURL, userName)
        (self.password, self.currentPassword, self.persistJSONEnabled) = (password, currentPassword, persistJSONEnabled)
    }

    public static let shape = Shape(
        "com.vmware.content.library.publish_info", Self.init,
        ("authentication_method", \.authenticationMethod), ("published", \.published), ("publish_url", \.publishURL), ("user_name", \.userName),
        ("password", \.password), ("current_password", \.currentPassword), ("persist_json_enabled", \.persistJSONEnabled))
}

/// How subscribers prove who they are.
public struct AuthenticationMethod: OpenEnum {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let basic = AuthenticationMethod(rawValue: "BASIC"), none = AuthenticationMethod(rawValue: "NONE")
}
