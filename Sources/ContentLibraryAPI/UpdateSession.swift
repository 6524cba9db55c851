/// A lease under which the files of one item change, all at once when it completes: `com.vmware.content.library.item.update_session`.
public enum UpdateSession {
    /// Of an update session.
    public typealias ID = Identifier<UpdateSession>

    /// ACTIVE until it is completed, failed or canceled, for good.
    public struct State: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let active = State(rawValue: "ACTIVE"), done = State(rawValue: "DONE")
        public static let error = State(rawValue: "ERROR"), canceled = State(rawValue: "CANCELED")
    }

    /// A session as it is created and read; every field is optional on the wire.
    public struct Model: Structure {
        public var id: ID?
        /// Needed to create one.
        public var libraryItemID: Item.ID?
        /// The content version of the item that the session started from.
        public var libraryItemContentVersion: String?
        /// Why the state is ERROR.
        public var errorMessage: Message?
        /// 0 to 100, as the client last said.
        public var clientProgress: Int64?
        public var state: State?
        /// The session does not end before, by the server's clock; `keep_alive` moves it.
        public var expirationTime: Timestamp?
        /// 6.8, for OVF items.
        public var previewInfo: PreviewInfo?
        /// 6.8: which warnings of the preview are no obstacle.
        public var warningBehavior: [WarningBehavior]?

        public init(
            id: ID? = nil, libraryItemID: Item.ID? = nil, libraryItemContentVersion: String? = nil, errorMessage: Message? = nil,
            clientProgress: Int64? = nil, state: State? = nil, expirationTime: Timestamp? = nil, previewInfo: PreviewInfo? = nil,
            warningBehavior: [WarningBehavior]? = nil
        ) {
            (self.id, self.libraryItemID, self.libraryItemContentVersion) = (id, libraryItemID, libraryItemContentVersion)
            (self.errorMessage, self.clientProgress, self.state) = (errorMessage, clientProgress, state)
            (self.expirationTime, self.previewInfo, self.warningBehavior) = (expirationTime, previewInfo, warningBehavior)
        }

        public static let shape = Shape(
            "com.vmware.content.library.item.update_session_model", Self.init,
            ("id", \.id), ("library_item_id", \.libraryItemID), ("library_item_content_version", \.libraryItemContentVersion),
            ("error_message", \.errorMessage), ("client_progress", \.clientProgress), ("state", \.state), ("expiration_time", \.expirationTime),
            ("preview_info", \.previewInfo), ("warning_behavior", \.warningBehavior))
    }

    static let service = Service("com.vmware.content.library.item.update_session", at: "content/library/item/update-session")

    /// Starts a session on an item; `resource_busy` while it has another active one. The same token again gives the same id.
    public static let create = service.operation(
        "create", "POST", takes: ("client_token", String?.self), ("create_spec", Model.self), returns: ID.self)
    /// A session's model; `not_found`.
    public static let get = service.operation("get", "GET /{update_session_id}", takes: ("update_session_id", ID.self), returns: Model.self)
    /// The caller's own sessions, of one item or of all.
    public static let list = service.operation("list", "GET", takes: ("library_item_id", Item.ID?.self), returns: [ID].self)
    /// Moves the expiration time and sets the progress. Only while active, as the three below.
    public static let keepAlive = service.operation(
        "keep_alive", "POST /{update_session_id}?action=keep-alive", takes: ("update_session_id", ID.self), ("client_progress", Int64?.self))
    /// Publishes what was sent. It may return before all of it is done: look at the state until it is no longer active.
    public static let complete = service.operation(
        "complete", "POST /{update_session_id}?action=complete", takes: ("update_session_id", ID.self))
    /// Drops what was sent.
    public static let cancel = service.operation("cancel", "POST /{update_session_id}?action=cancel", takes: ("update_session_id", ID.self))
    /// Drops what was sent, and puts the session into the state ERROR with the client's reason.
    public static let fail = service.operation(
        "fail", "POST /{update_session_id}?action=fail", takes: ("update_session_id", ID.self), ("client_error_message", String.self))
    /// Sets which warnings are to be ignored, the one thing of a session that can be changed so. Only while active.
    public static let update = service.operation(
        "update", "PATCH /{update_session_id}", takes: ("update_session_id", ID.self), ("update_spec", Model.self))
    /// Forgets a session that is no longer active.
    public static let delete = service.operation("delete", "DELETE /{update_session_id}", takes: ("update_session_id", ID.self))
}
