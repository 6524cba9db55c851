/// The login: `com.vmware.cis.session`. Its id, a bearer secret, proves who calls; all three dialects share it.
public enum Session {
    /// Who is logged in, since when, and when the session was last used.
    public struct Info: Structure {
        public var user: String
        public var createdTime: Timestamp
        /// Any call moves it; an idle session ends.
        public var lastAccessedTime: Timestamp

        public init(user: String, createdTime: Timestamp, lastAccessedTime: Timestamp) {
            (self.user, self.createdTime, self.lastAccessedTime) = (user, createdTime, lastAccessedTime)
        }

        public static let shape = Shape(
            "com.vmware.cis.session.info", Self.init,
            ("user", \.user), ("created_time", \.createdTime), ("last_accessed_time", \.lastAccessedTime))
    }

    static let service = Service("com.vmware.cis.session", at: "session")

    /// Logs in with the credentials of the request, which carries no parameter for them.
    public static let create = service.operation("create", "POST", returns: Secret.self)
    /// The caller's own session.
    public static let get = service.operation("get", "GET", returns: Info.self)
    /// Logs out.
    public static let delete = service.operation("delete", "DELETE")
}
