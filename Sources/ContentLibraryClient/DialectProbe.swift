import ContentLibraryAPI
import Synchronization

extension ContentLibraryClient {
    /// The dialect that was configured, or found before, or is found now. Without credentials: the questions carry none.
    func knownDialect() async throws -> Dialect {
        if let dialect = memory.withLock({ $0.dialect }) { return dialect }
        var answers: [NotVSphereError.Reply] = []
        for dialect in DialectProbe.order {
            let response = try await roundTrip(try DialectProbe.request(dialect))
            switch DialectProbe.judge(response, dialect) {
            case .spoken:
                memory.withLock { memory in
                    memory.dialect = dialect
                    memory.probedAt = now()
                }
                return dialect
            case .unavailable(let error): throw PostponedError(error, response) ?? error
            case .unknown: answers.append(NotVSphereError.Reply(response))
            }
        }
        throw NotVSphereError(server: serverName, replies: answers)
    }
}

/// Tells from the answer to an unauthenticated question whether a server speaks a dialect.
enum DialectProbe {
    enum Verdict: Equatable {
        case spoken, unknown
        /// The server, or what stands before it, cannot say now.
        case unavailable(APIError)
    }

    /// The newest first. vCenter 6.5 has the last two, and VMware's simulator nothing usable but `/rest`.
    static let order = [Dialect.api, .rest, .jsonRPC]

    /// Who is logged in? A server with the dialect answers: nobody.
    static func request(_ dialect: Dialect) throws -> HTTPRequest {
        guard dialect == .rest else { return try Session.get().request(dialect, .none) }
        // To a plain GET the simulator answers 200 also without a login.
        return HTTPRequest("POST", "/rest/com/vmware/cis/session", query: [("~action", "get")], headers: [("Accept", "application/json")])
    }

    static func judge(_ response: HTTPResponse, _ dialect: Dialect) -> Verdict {
        let json = response.body.isEmpty ? nil : try? JSON(parsing: response.body)
        switch response.status {
        case 429, 502, 503, 504: return .unavailable(refusal(response, dialect))
        case 401:
            switch dialect {
            // A body in the dialect's own form. Proxies answer 401 as well, in HTML.
            case .api: return json?["error_type"] != nil || json?["messages"] != nil ? .spoken : .unknown
            // The simulator's 401 has no body at all.
            case .rest: return json?["type"] != nil || response.body.isEmpty ? .spoken : .unknown
            case .jsonRPC: return .unknown
            }
        case 200..<300 where dialect == .jsonRPC: return json?["jsonrpc"]?.text == "2.0" ? .spoken : .unknown
        default: return .unknown
        }
    }

    private static func refusal(_ response: HTTPResponse, _ dialect: Dialect) -> APIError {
        do {
            _ = try Session.get().output(of: response, dialect)
        } catch let error as APIError {
            return error
        } catch {}
        return APIError(APIError.Kind(status: response.status), "HTTP \(response.status)")
    }
}

/// The server at that address answers, but not as a vSphere endpoint.
public struct NotVSphereError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Reply: Sendable, Hashable, CustomStringConvertible {
        public var status: Int
        public var contentType: String?

        init(_ response: HTTPResponse) { (status, contentType) = (response.status, response.header("content-type")) }

        public var description: String { "HTTP \(status) \(contentType ?? "without a content type")" }
    }
    public var server: String
    /// To the questions for `/api`, `/rest` and JSON-RPC, in that order.
    public var replies: [Reply]

    public var description: String {
        let first = replies.first.map { ": \($0)" } ?? ""
        let others = Set(replies).count > 1 ? " (then \(replies.dropFirst().map(\.description).joined(separator: ", ")))" : ""
        return "\(server) is not a vSphere endpoint\(first)\(others); check the server's URL and port, or set the API dialect"
    }
}
