// How the three dialects carry an error: {"ERROR":{id:{...}}}, {"type":id,"value":{...}} and {"error_type":NAME,...}.

extension APIError {
    /// From JSON-RPC. An error counts even if its details do not follow the rules.
    init?(tagged json: JSON) {
        guard let error = json["ERROR"]?.only else { return nil }
        self.init(Kind(id: error.name), fields: error.value)
    }

    /// From an answer of `/rest` or `/api` that is no success. The body decides in whichever of the two forms it is; the status does only
    /// where there is no body to read. Throws `AnswerError` for a status that refuses nothing.
    init(refusal response: HTTPResponse) throws(AnswerError) {
        guard response.status >= 400 else { throw AnswerError(response, "neither a success nor a refusal") }
        let json = try? JSON(parsing: response.body)
        if let id = json?["type"]?.text {
            self.init(Kind(id: id), fields: json?["value"] ?? .null)
        } else if let type = json?["error_type"]?.text {
            self.init(Kind(errorType: type), fields: json ?? .null)
        } else {
            let what = response.body.isEmpty ? "no body" : response.beginning
            self.init(Kind(status: response.status), AnswerError(response, what).description, id: "")
            guessedFromStatus = response.status
        }
    }

    private init(_ kind: Kind, fields: JSON) {
        var messages: [Message] = []
        if case .array(let items) = fields["messages"] { messages = items.map(Message.init(tolerant:)) }
        self.init(kind, messages, data: fields["data"].flatMap(Self.unwrapped), challenge: fields["challenge"].flatMap(Self.unwrapped)?.text)
    }

    /// The value of an optional, tagged or plain.
    private static func unwrapped(_ json: JSON) -> JSON? {
        let inner = if let tag = json.only, tag.name == "OPTIONAL" { tag.value } else { json }
        return inner.isNull ? nil : inner
    }

    /// The whole answer of a server. `id` is that of the JSON-RPC request, and only of interest there.
    public func response(_ dialect: Dialect, id: JSON = .null) -> HTTPResponse {
        var out = JSONWriter()
        guard dialect == .jsonRPC else {
            write(dialect, to: &out)
            return .json(kind.status(dialect), out.bytes)
        }
        out.object { out in
            out.member("jsonrpc", "2.0")
            out.key("id")
            out.value(id)
            out.key("result")
            out.object { out in
                out.key("error")
                write(dialect, to: &out)
            }
        }
        var response = HTTPResponse.json(200, out.bytes)
        if kind.id.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) { response.headers.append(("vapi-error", kind.id)) }
        return response
    }

    private func write(_ dialect: Dialect, to out: inout JSONWriter) {
        out.object { out in
            switch dialect {
            case .jsonRPC:
                out.key("ERROR")
                out.object { out in
                    out.key(kind.id)
                    out.object { out in writeTaggedFields(to: &out) }
                }
            case .rest:
                out.member("type", kind.id)
                out.key("value")
                out.object { out in writePlainFields(to: &out) }
            case .api:
                out.member("error_type", kind.errorType)
                writePlainFields(to: &out)
            }
        }
    }

    private func writeTaggedFields(to out: inout JSONWriter) {
        out.key("messages")
        out.raw(Argument("messages", messages, tagged: true).json)
        out.key("data")
        out.object { out in
            out.key("OPTIONAL")
            out.value(data ?? .null)
        }
        out.key("error_type")
        out.raw(Argument("error_type", Optional(kind.errorType), tagged: true).json)
        if kind == .unauthenticated {
            out.key("challenge")
            out.raw(Argument("challenge", challenge, tagged: true).json)
        }
    }

    private func writePlainFields(to out: inout JSONWriter) {
        out.key("messages")
        out.raw(Argument("messages", messages, tagged: false).json)
        if let data {
            out.key("data")
            out.value(data)
        }
        if let challenge { out.member("challenge", challenge) }
    }
}
