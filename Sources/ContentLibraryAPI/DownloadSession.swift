/// A lease under which the files of one item can be read: `com.vmware.content.library.item.download_session`.
public enum DownloadSession {
    /// Of a download session.
    public typealias ID = Identifier<DownloadSession>

    /// There is no DONE: a session is deleted, or expires.
    public struct State: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let active = State(rawValue: "ACTIVE"), canceled = State(rawValue: "CANCELED"), error = State(rawValue: "ERROR")
    }

    /// A session as it is created and read; every field is optional on the wire.
    public struct Model: Structure {
        public var id: ID?
        /// Needed to create one.
        public var libraryItemID: Item.ID?
        /// The content version of the item that is read.
        public var libraryItemContentVersion: String?
        /// Why the state is ERROR.
        public var errorMessage: Message?
        /// 0 to 100, as the client last said.
        public var clientProgress: Int64?
        public var state: State?
        /// The session does not end before, by the server's clock; `keep_alive` moves it.
        public var expirationTime: Timestamp?

        public init(
            id: ID? = nil, libraryItemID: Item.ID? = nil, libraryItemContentVersion: String? = nil, errorMessage: Message? = nil,
            clientProgress: Int64? = nil, state: State? = nil, expirationTime: Timestamp? = nil
        ) {
            (self.id, self.libraryItemID, self.libraryItemContentVersion) = (id, libraryItemID, libraryItemContentVersion)
            (self.errorMessage, self.clientProgress, self.state, self.expirationTime) = (errorMessage, clientProgress, state, expirationTime)
        }

        public static let shape = Shape(
            "com.vmware.content.library.item.download_session_model", Self.init,
            ("id", \.id), ("library_item_id", \.libraryItemID), ("library_item_content_version", \.libraryItemContentVersion),
            ("error_message", \.errorMessage), ("client_progress", \.clientProgress), ("state", \.state), ("expiration_time", \.expirationTime))
    }

    static let service = Service("com.vmware.content.library.item.download_session", at: "content/library/item/download-session")

    /// Starts a session on an item. The same token again gives the same id.
    public static let create = service.operation(
        "create", "POST", takes: ("client_token", String?.self), ("create_spec", Model.self), returns: ID.self)
    /// A session's model; `not_found`.
    public static let get = service.operation("get", "GET /{download_session_id}", takes: ("download_session_id", ID.self), returns: Model.self)
    /// The caller's own sessions, of one item or of all.
    public static let list = service.operation("list", "GET", takes: ("library_item_id", Item.ID?.self), returns: [ID].self)
    /// Moves the expiration time and sets the progress, named otherwise than the update session's. Only while active, as the two below.
    public static let keepAlive = service.operation(
        "keep_alive", "POST /{download_session_id}?action=keep-alive", takes: ("download_session_id", ID.self), ("progress", Int64?.self))
    /// Ends the session and its URLs.
    public static let cancel = service.operation("cancel", "POST /{download_session_id}?action=cancel", takes: ("download_session_id", ID.self))
    /// Ends the session and its URLs, with the client's reason.
    public static let fail = service.operation(
        "fail", "POST /{download_session_id}?action=fail", takes: ("download_session_id", ID.self), ("client_error_message", String.self))
    /// Forgets a session, whatever its state.
    public static let delete = service.operation("delete", "DELETE /{download_session_id}", takes: ("download_session_id", ID.self))
}
