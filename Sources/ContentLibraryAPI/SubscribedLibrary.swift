/// Libraries whose content is copied from a published one: `com.vmware.content.subscribed_library`.
public enum SubscribedLibrary {
    /// What a look at a subscription's address found.
    public struct ProbeResult: Structure {
        /// Only with SUCCESS can a library be made of it.
        public struct Status: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let success = Status(rawValue: "SUCCESS"), invalidURL = Status(rawValue: "INVALID_URL")
            public static let timedOut = Status(rawValue: "TIMED_OUT"), hostNotFound = Status(rawValue: "HOST_NOT_FOUND")
            public static let resourceNotFound = Status(rawValue: "RESOURCE_NOT_FOUND"), unknownError = Status(rawValue: "UNKNOWN_ERROR")
            public static let invalidCredentials = Status(rawValue: "INVALID_CREDENTIALS"), certificateError = Status(rawValue: "CERTIFICATE_ERROR")
        }

        public var status: Status
        /// SHA-1 of the certificate that the publisher showed, `AA:BB:...`; none without TLS.
        public var sslThumbprint: String?
        /// PEM; 9.x.
        public var sslCertificate: String?
        /// Why the status is not SUCCESS.
        public var errorMessages: [Message]

        public init(status: Status, sslThumbprint: String? = nil, sslCertificate: String? = nil, errorMessages: [Message] = []) {
            (self.status, self.sslThumbprint, self.sslCertificate, self.errorMessages) = (status, sslThumbprint, sslCertificate, errorMessages)
        }

        public static let shape = Shape(
            "com.vmware.content.subscribed_library.probe_result", Self.init,
            ("status", \.status), ("ssl_thumbprint", \.sslThumbprint), ("ssl_certificate", \.sslCertificate), ("error_messages", \.errorMessages))
    }

    static let service = Service("com.vmware.content.subscribed_library", at: "content/subscribed-library")

    /// Creates a library; it needs a name, exactly one storage backing and a subscription. `resource_inaccessible` when the publisher does not
    /// answer. Its items come later. The same token again gives the same id.
    public static let create = service.operation(
        "create", "POST", takes: ("client_token", String?.self), ("create_spec", Library.Model.self), returns: Library.ID.self)
    /// A subscribed library's model; `invalid_element_type` for one that is not subscribed.
    public static let get = service.operation("get", "GET /{library_id}", takes: ("library_id", Library.ID.self), returns: Library.Model.self)
    /// The ids of all subscribed libraries.
    public static let list = service.operation("list", "GET", returns: [Library.ID].self)
    /// Changes the fields that are set, those of the subscription included; `concurrent_change` when `version` is set and not the current one.
    public static let update = service.operation(
        "update", "PATCH /{library_id}", takes: ("library_id", Library.ID.self), ("update_spec", Library.Model.self))
    /// Deletes a library and all of its items; the publisher's stay.
    public static let delete = service.operation("delete", "DELETE /{library_id}", takes: ("library_id", Library.ID.self))
    /// Frees the files of a library that fetches them on demand; `not_allowed_in_current_state` for one that does not.
    public static let evict = service.operation("evict", "POST /{library_id}?action=evict", takes: ("library_id", Library.ID.self))
    /// Asks the publisher what is new. The files come after the reply: look at the items, or at `last_sync_time`.
    public static let sync = service.operation("sync", "POST /{library_id}?action=sync", takes: ("library_id", Library.ID.self))
    /// Looks whether a library can be made of a subscription.
    public static let probe = service.operation(
        "probe", "POST ?action=probe", takes: ("subscription_info", SubscriptionInfo.self), returns: ProbeResult.self)
}

/// Items of subscribed libraries: `com.vmware.content.library.subscribed_item`.
public enum SubscribedItem {
    static let service = Service("com.vmware.content.library.subscribed_item", at: "content/library/subscribed-item")

    /// Frees the files of an item; `invalid_element_configuration` where its library does not fetch them on demand.
    public static let evict = service.operation("evict", "POST /{library_item_id}?action=evict", takes: ("library_item_id", Item.ID.self))
    /// Asks the publisher for one item: its metadata, and its files where `force_sync_content` says so or the library keeps them all.
    public static let sync = service.operation(
        "sync", "POST /{library_item_id}?action=sync", takes: ("library_item_id", Item.ID.self), ("force_sync_content", Bool.self),
        ("sync_optional_files", Bool?.self))
}
