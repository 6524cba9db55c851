import ContentLibraryAPI
import Digests
import HTTPTransport

/// Where a subscribed library takes its content from, judged.
struct Subscription: Sendable, Hashable {
    let url: String
    /// With HTTP Basic authentication; publishers know one user, `vcsp`.
    let login: Login?
    /// SHA-1 or SHA-256 of the publisher's certificate; then nothing else of it is checked.
    let thumbprint: String?
    let isAutomatic: Bool

    struct Login: Sendable, Hashable {
        let user: String
        let password: String
    }

    static let defaultUser = "vcsp"

    init(url: String, login: Login?, thumbprint: String?, isAutomatic: Bool) {
        (self.url, self.login, self.thumbprint, self.isAutomatic) = (url, login, thumbprint, isAutomatic)
    }

    /// Of a new library. All four that the API wants must be set.
    init(_ info: SubscriptionInfo, needsAll: Bool = true) throws(APIError) {
        if needsAll, info.automaticSyncEnabled == nil { throw .invalidArgument("subscription_info.automatic_sync_enabled", "it must be set") }
        if needsAll, info.onDemand == nil { throw .invalidArgument("subscription_info.on_demand", "it must be set") }
        guard let url = info.subscriptionURL else { throw .invalidArgument("subscription_info.subscription_url", "it must be set") }
        guard let method = info.authenticationMethod else {
            throw .invalidArgument("subscription_info.authentication_method", "it must be set")
        }
        try self.init(changing: nil, url: url, method: method, info)
    }

    /// Of a library that exists: what is not set stays.
    init(changing current: Subscription, _ info: SubscriptionInfo) throws(APIError) {
        let method = info.authenticationMethod ?? (current.login == nil ? AuthenticationMethod.none : .basic)
        try self.init(changing: current, url: info.subscriptionURL ?? current.url, method: method, info)
    }

    private init(changing current: Subscription?, url: String, method: AuthenticationMethod, _ info: SubscriptionInfo) throws(APIError) {
        if info.onDemand == true {
            throw .unsupported("Fetching files on demand is not supported; set on_demand to false, and all files are kept")
        }
        if info.sourceInfo != nil { throw .unsupported("Subscriptions that the publisher knows of are not supported; leave source_info out") }
        let origin: Origin
        do { origin = try Origin(ofURL: url) } catch {
            throw .invalidArgument("subscription_info.subscription_url", "expected the http or https address of a lib.json")
        }
        self.url = url
        isAutomatic = info.automaticSyncEnabled ?? current?.isAutomatic ?? false
        // Another place must be trusted anew.
        let isSamePlace = current.map { (try? Origin(ofURL: $0.url)) == origin } ?? false
        login = try Self.login(method, info, isSamePlace ? current?.login : nil)
        thumbprint = try Self.thumbprint(info) ?? (isSamePlace ? current?.thumbprint : nil)
        if thumbprint != nil, origin.scheme != "https" {
            throw .invalidArgument("subscription_info.ssl_thumbprint", "it goes with an https address only")
        }
    }

    private static func login(_ method: AuthenticationMethod, _ info: SubscriptionInfo, _ current: Login?) throws(APIError) -> Login? {
        switch method {
        case .basic:
            guard let password = info.password?.reveal ?? current?.password else {
                throw .invalidArgument("subscription_info.password", "BASIC needs it")
            }
            let user = info.userName ?? current?.user ?? defaultUser
            guard !user.isEmpty, !user.contains(":"), (user + password).unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
                throw .invalidArgument("subscription_info.user_name", "no colon and no control character can be sent")
            }
            return Login(user: user, password: password)
        case .none:
            guard info.password == nil, info.userName == nil || info.userName == defaultUser else {
                throw .invalidArgument("subscription_info.authentication_method", "NONE takes neither a user nor a password")
            }
            return nil
        default: throw .invalidArgument("subscription_info.authentication_method", "expected BASIC or NONE, not \(method.rawValue)")
        }
    }

    private static func thumbprint(_ info: SubscriptionInfo) throws(APIError) -> String? {
        do {
            if let pem = info.sslCertificate, !pem.isEmpty { return try Thumbprint(ofPEM: pem).description }
            if let text = info.sslThumbprint, !text.isEmpty { return try Thumbprint(text).description }
            return nil
        } catch { throw .invalidArgument("subscription_info.ssl_thumbprint", "\(error)") }
    }

    /// As clients see it: without what proves anything.
    var model: SubscriptionInfo {
        SubscriptionInfo(
            authenticationMethod: login == nil ? AuthenticationMethod.none : .basic, automaticSyncEnabled: isAutomatic, onDemand: false,
            subscriptionURL: url, userName: login?.user)
    }
}
