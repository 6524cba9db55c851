/// An operation with its arguments: what a client sends, retries and logs.
public struct Call<Output: WireValue>: Sendable {
    /// Which operation it is.
    public let facts: Facts
    private let arguments: @Sendable (_ tagged: Bool) -> [Argument]

    init(_ facts: Facts, _ arguments: @escaping @Sendable (_ tagged: Bool) -> [Argument]) { (self.facts, self.arguments) = (facts, arguments) }

    /// The request in a dialect, its path counted from the server's root. Throws `WireError` for an argument that cannot be sent, an empty
    /// text, `.` or `..` where it would be a segment of a path, and for an operation that the dialect does not have.
    public func request(_ dialect: Dialect, _ credentials: Credentials, _ options: CallOptions = CallOptions()) throws -> HTTPRequest {
        let layout = RequestLayout(facts: facts, arguments: arguments(dialect == .jsonRPC), credentials: credentials, options: options)
        return switch dialect {
        case .jsonRPC: layout.jsonRPC()
        case .rest: try layout.rest()
        case .api: try layout.api()
        }
    }

    /// The result that a response carries; its headers stay with the caller. Throws `APIError` for what the server refused, `JSONRPCError`
    /// for a refused envelope and `AnswerError` for anything that is not an answer of this API.
    public func output(of response: HTTPResponse, _ dialect: Dialect) throws -> Output {
        switch dialect {
        case .jsonRPC:
            let output = try response.jsonRPCOutput()
            return try decode(output, of: response, tagged: true)
        case .rest, .api:
            guard 200..<300 ~= response.status else { throw try APIError(refusal: response) }
            if facts.isVoid { return try Output(from: Reader(.null, tagged: false)) }
            let json = try response.parsed()
            guard dialect == .rest else { return try decode(json, of: response, tagged: false) }
            guard let value = json["value"] else { throw AnswerError(response, "no \"value\" in it") }
            return try decode(value, of: response, tagged: false)
        }
    }

    private func decode(_ json: JSON, of response: HTTPResponse, tagged: Bool) throws -> Output {
        do { return try Output(from: Reader(json, tagged: tagged, forgiving: !tagged)) } catch let error as WireError {
            throw AnswerError(response, "the result of \(facts.id) is not as declared: \(error)")
        }
    }
}
