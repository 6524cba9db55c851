import ContentLibraryAPI

/// Wire manners: how answers look, not what they mean.
public enum ServerProfile: String, Sendable, CaseIterable {
    /// This server's own: for old and new clients.
    case strict
    /// As real vCenters were seen to answer: unknown names are refused, replies chunked, connections closed after errors, session ids of two UUIDs,
    /// versions that do not begin at 1, and errors with a challenge or a stack of messages.
    case vcenter

    var unknownNames: Router<Principal>.UnknownNames {
        switch self {
        case .strict: .ignored
        case .vcenter: .refused
        }
    }

    /// Of an update session.
    func newSessionID() -> String {
        switch self {
        case .strict: randomUUID()
        case .vcenter: randomUUID() + ":" + randomUUID()
        }
    }

    /// Of a library.
    var firstVersion: Int64 {
        switch self {
        case .strict: 1
        case .vcenter: 2
        }
    }

    /// The form in which an error goes out. `realm` is the server's own, 40 hexadecimal digits.
    func dressed(_ error: APIError, realm: String) -> APIError {
        guard self == .vcenter else { return error }
        var error = error
        switch error.kind {
        case .unauthenticated: error.challenge = "Basic realm=\"VAPI endpoint\",SIGN realm=\(realm),service=\"VAPI endpoint\""
        case .internalServerError:
            // What failed comes first, its cause after it.
            let text = "Provider method implementation threw unexpected exception: \(error.messages.first?.defaultMessage ?? "")"
            error.messages.insert(
                Message(id: "vapi.bindings.method.impl.unexpected", defaultMessage: text, args: error.messages.prefix(1).map(\.defaultMessage)), at: 0)
        default: break
        }
        return error
    }
}
