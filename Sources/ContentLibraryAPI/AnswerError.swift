/// An answer that is not one of this API: a proxy's page, a web server's, a cut one, or a result of another shape than declared.
public struct AnswerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status.
    public var status: Int
    /// As the answer gave it, or nil.
    public var contentType: String?
    /// What is wrong with it, with the first bytes of a body that is not JSON.
    public var problem: String

    init(_ response: HTTPResponse, _ problem: String) {
        (status, contentType, self.problem) = (response.status, response.header("content-type"), problem)
    }

    /// `HTTP 200, text/html; not JSON: expected ... at byte 0; it begins "<html>..."`
    public var description: String { "HTTP \(status), \(contentType ?? "no content type"); \(problem)".oneLine() }
}

extension HTTPResponse {
    /// The body as JSON, whatever its content type says.
    func parsed() throws(AnswerError) -> JSON {
        guard !body.isEmpty else { throw AnswerError(self, "no body") }
        do { return try JSON(parsing: body) } catch { throw AnswerError(self, "not JSON: \(error); \(beginning)") }
    }

    /// How a body begins that is not the API's. Never asked of one that is, which may hold a secret.
    var beginning: String { "it begins \"\(String(decoding: body.prefix(120), as: UTF8.self).oneLine())\"" }

    /// The tagged output of a JSON-RPC answer. Errors are HTTP 200 in this dialect; another status without an envelope is a proxy's.
    func jsonRPCOutput() throws -> JSON {
        guard let json = try? JSON(parsing: body), json["result"] != nil || json["error"] != nil else {
            guard 200..<300 ~= status else { throw try APIError(refusal: self) }
            _ = try parsed()
            throw AnswerError(self, "neither result nor error in it")
        }
        if let error = json["error"], !error.isNull {
            guard case .int(let code) = error["code"] else { throw AnswerError(self, "an error without a code") }
            throw JSONRPCError(code, error["message"]?.text ?? "")
        }
        if let error = json["result"]?["error"], !error.isNull {
            guard let error = APIError(tagged: error) else { throw AnswerError(self, "an error that is not tagged ERROR") }
            throw error
        }
        guard let output = json["result"]?["output"] else { throw AnswerError(self, "a result without output") }
        return output
    }
}
