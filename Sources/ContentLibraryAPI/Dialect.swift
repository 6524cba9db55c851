/// The three front ends that carry the same operations.
public enum Dialect: Sendable, Hashable, CaseIterable {
    /// vAPI JSON-RPC, `POST /api`: tagged values. What the official SDKs speak.
    case jsonRPC
    /// `/rest/com/vmware/...`, since 6.5: plain values, wrapped as `{"value":...}`.
    case rest
    /// `/api/...`, since 7.0 U2: plain values.
    case api

    /// The dialect that a path belongs to, if any.
    public init?(path: String) {
        if path == "/api" {
            self = .jsonRPC
        } else if path.hasPrefix("/rest/") {
            self = .rest
        } else if path.hasPrefix("/api/") {
            self = .api
        } else {
            return nil
        }
    }
}
