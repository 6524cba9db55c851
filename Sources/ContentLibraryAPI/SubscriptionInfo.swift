/// Where a subscribed library takes its content from.
public struct SubscriptionInfo: Structure {
    /// The library and the subscription at the publisher, where both are known.
    public struct SourceInfo: Structure {
        public var sourceLibrary: Library.ID?
        public var subscription: String?

        public init(sourceLibrary: Library.ID? = nil, subscription: String? = nil) {
            (self.sourceLibrary, self.subscription) = (sourceLibrary, subscription)
        }

        public static let shape = Shape(
            "com.vmware.content.library.source_info", Self.init, ("source_library", \.sourceLibrary), ("subscription", \.subscription))
    }

    public var authenticationMethod: AuthenticationMethod?
    /// Whether the content follows the publisher's by itself.
    public var automaticSyncEnabled: Bool?
    /// Whether files come only when they are asked for.
    public var onDemand: Bool?
    /// Never in a reply.
    public var password: Secret?
    /// SHA-1 of the publisher's DER certificate, pairs of hexadecimal digits joined by `:`.
    public var sslThumbprint: String?
    public var subscriptionURL: String?
    public var userName: String?
    public var sourceInfo: SourceInfo?
    /// PEM; 9.x.
    public var sslCertificate: String?

    public init(
        authenticationMethod: AuthenticationMethod? = nil, automaticSyncEnabled: Bool? = nil, onDemand: Bool? = nil, password: Secret? = nil,
        sslThumbprint: String? = nil, subscriptionURL: String? = nil, userName: String? = nil, sourceInfo: SourceInfo? = nil, sslCertificate: String? = nil
    ) {
        (self.authenticationMethod, self.automaticSyncEnabled, self.onDemand) = (authenticationMethod, automaticSyncEnabled, onDemand)
        (self.password, self.sslThumbprint, self.subscriptionURL) = (password, sslThumbprint, subscriptionURL)
        (self.userName, self.sourceInfo, self.sslCertificate) = (userName, sourceInfo, sslCertificate)
    }

    public static let shape = Shape(
        "com.vmware.content.library.subscription_info", Self.init,
        ("authentication_method", \.authenticationMethod), ("automatic_sync_enabled", \.automaticSyncEnabled), ("on_demand", \.onDemand),
        ("password", \.password), ("ssl_thumbprint", \.sslThumbprint), ("subscription_url", \.subscriptionURL), ("user_name", \.userName),
        ("source_info", \.sourceInfo), ("ssl_certificate", \.sslCertificate))
}
