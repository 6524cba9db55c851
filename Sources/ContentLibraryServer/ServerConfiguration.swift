/// How an embedded server is set up.
public struct ServerConfiguration: Sendable {
    /// How clients reach the server: what transfer URLs begin with.
    public enum Scheme: Sendable, Hashable {
        case http
        /// The thumbprint is the SHA-1 of the certificate's DER form, `AA:BB:...`; transfer endpoints carry it.
        case https(thumbprint: String?)

        var name: String {
            switch self {
            case .http: "http"
            case .https: "https"
            }
        }
        var thumbprint: String? {
            switch self {
            case .http: nil
            case .https(let thumbprint): thumbprint
            }
        }
    }

    /// Holds the database and the datastore `datastore-1`; made if missing.
    public var dataDirectory: String
    public var users: [User]
    /// How long a content session lives without a keep-alive.
    public var sessionTimeout: Duration
    /// How long a login lives without a call.
    public var loginTimeout: Duration
    /// Further datastores: directories by id.
    public var datastores: [String: String]
    /// Directories that `file:` URIs of new libraries must lie in.
    public var storageRoots: [String]
    /// What transfer URLs begin with, without a trailing slash; nil follows each request's Host.
    public var publicURL: String?
    public var scheme: Scheme
    /// Threads for disk and digests; 0 does that work, and the database's, on the calling task: for simulations.
    public var diskThreads: Int
    /// How it behaves on the wire.
    public var profile = ServerProfile.strict
    /// Hosts that files are pulled from.
    public var pullHosts = PullHosts.all
    /// What goes wrong on purpose, from the start.
    public var faults = FaultPlan()

    public init(
        dataDirectory: String, users: [User], sessionTimeout: Duration = .seconds(300), loginTimeout: Duration = .seconds(1800),
        datastores: [String: String] = [:], storageRoots: [String] = [], publicURL: String? = nil, scheme: Scheme = .https(thumbprint: nil),
        diskThreads: Int = 8
    ) {
        (self.dataDirectory, self.users, self.sessionTimeout, self.loginTimeout) = (dataDirectory, users, sessionTimeout, loginTimeout)
        (self.datastores, self.storageRoots, self.publicURL, self.scheme) = (datastores, storageRoots, publicURL, scheme)
        self.diskThreads = diskThreads
    }
}
