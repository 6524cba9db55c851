/// Who calls: what each dialect carries in its own place. Its description shows no secret.
public enum Credentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    case none
    /// Only `Session.create` needs them; a server takes them for any call.
    case login(user: String, password: String)
    /// The id that `Session.create` answered with.
    case session(String)

    public var description: String {
        switch self {
        case .none: "no credentials"
        case .login(let user, _): "login of \(user)"
        case .session: "a session"
        }
    }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Credentials {
    static let userPassScheme = "com.vmware.vapi.std.security.user_pass"
    static let sessionScheme = "com.vmware.vapi.std.security.session_id"
    /// The header, and for `/rest` also the cookie, that holds the session's id.
    static let sessionHeader = "vmware-api-session-id"

    /// The header that `/rest` and `/api` carry.
    func header() throws(WireError) -> (name: String, value: String)? {
        switch self {
        case .none: return nil
        case .login(let user, let password):
            // RFC 7617: the first colon ends the user's name.
            guard !user.utf8.contains(UInt8(ascii: ":")) else { throw WireError("a user name with ':' cannot be sent", at: ["user"]) }
            return ("Authorization", "Basic " + base64Encode(Array("\(user):\(password)".utf8)))
        case .session(let id):
            guard id.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) else { throw WireError("a session id that no header can hold", at: ["session"]) }
            return (Self.sessionHeader, id)
        }
    }

    /// The value of an `Authorization` header; nil for another scheme than Basic and for what is malformed.
    init?(authorization: String) {
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "basic", let bytes = base64Decode(words[1]),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let user = String(validating: bytes[..<colon], as: UTF8.self),
            let password = String(validating: bytes[(colon + 1)...], as: UTF8.self)
        else { return nil }
        self = .login(user: user, password: password)
    }

    /// A JSON-RPC `securityCtx`; nil for a scheme that is not supported, as the SAML tokens, and for what is malformed.
    init?(securityContext context: JSON) {
        switch context["schemeId"]?.text {
        case Self.userPassScheme:
            guard let user = context["userName"]?.text, let password = context["password"]?.text else { return nil }
            self = .login(user: user, password: password)
        case Self.sessionScheme:
            guard let id = context["sessionId"]?.text else { return nil }
            self = .session(id)
        default: return nil
        }
    }

    func writeSecurityContext(to out: inout JSONWriter) {
        switch self {
        case .none: break
        case .login(let user, let password):
            out.key("securityCtx")
            out.object { out in
                out.member("schemeId", Self.userPassScheme)
                out.member("userName", user)
                out.member("password", password)
            }
        case .session(let id):
            out.key("securityCtx")
            out.object { out in
                out.member("schemeId", Self.sessionScheme)
                out.member("sessionId", id)
            }
        }
    }
}
