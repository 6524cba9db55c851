import HTTPTransport

extension ContentLibraryClient {
    static func origin(of server: String, allowPlaintext: Bool) throws(ServerAddressError) -> Origin {
        let origin: Origin
        do { origin = try Origin(ofURL: server) } catch { throw ServerAddressError(server: server, problem: error.description) }
        let rest = server.split(separator: "://", maxSplits: 1).last.map { $0.drop { $0 != "/" && $0 != "?" && $0 != "#" } } ?? ""
        guard rest.isEmpty || rest == "/" else {
            throw ServerAddressError(server: server, problem: "only scheme, host and port are wanted, without \"\(rest)\"")
        }
        guard origin.scheme == "https" || origin.isLoopback || allowPlaintext else {
            throw ServerAddressError(server: server, problem: "http would send the password in the clear; use https, or allow plaintext")
        }
        return origin
    }
}

/// Why a server's URL cannot be used.
public struct ServerAddressError: Error, Sendable, Hashable, CustomStringConvertible {
    public var server: String
    public var problem: String

    public init(server: String, problem: String) { (self.server, self.problem) = (server, problem) }

    public var description: String { "server URL \"\(server)\": \(problem)" }
}
