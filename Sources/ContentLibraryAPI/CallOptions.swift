/// What may differ from request to request.
public struct CallOptions: Sendable, Hashable {
    /// Where `/api` has the `client_token`. Servers up to 8.0.2 take the query, later ones the header `Client-Token`; each may refuse the
    /// other with 400 (`APIError.unsupportedProperty`).
    public enum ClientTokenPlace: Sendable, Hashable { case query, header }

    /// `/api` only.
    public var clientToken: ClientTokenPlace
    /// Goes into the server's log beside the call (JSON-RPC only).
    public var opID: String?

    public init(clientToken: ClientTokenPlace = .query, opID: String? = nil) { (self.clientToken, self.opID) = (clientToken, opID) }
}
