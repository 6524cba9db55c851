import ContentLibraryAPI
import Synchronization
import Testing

/// What goes over the wire for one call, literally, in each dialect.
struct Exchange {
    /// JSON-RPC: `params.input` and `result.output`.
    var rpc: (input: String, output: String)
    /// Method and target, body, and the answer's body.
    var rest: (target: String, body: String, answer: String)
    /// Method and target, body, the answer's status and body; nil where `/api` has no such operation.
    var api: (target: String, body: String, status: Int, answer: String)?

    /// The members of `operation-input`.
    static func input(_ members: String = "") -> String { ##"{"STRUCTURE":{"operation-input":{\##(members)}}}"## }

    struct Side {
        var dialect: Dialect
        var target: String, body: String
        var status: Int, answer: String
    }

    func sides(_ facts: Facts) -> [Side] {
        let envelope = ##"{"jsonrpc":"2.0","method":"invoke","id":"7","params":{"serviceId":"\##(facts.service)","operationId":"\##(facts.name)","##
        let sides = [
            Side(
                dialect: .jsonRPC, target: "POST /api", body: envelope + ##""input":\##(rpc.input),"ctx":{"appCtx":{}}}}"##, status: 200,
                answer: ##"{"jsonrpc":"2.0","id":"7","result":{"output":\##(rpc.output)}}"##),
            Side(dialect: .rest, target: rest.target, body: rest.body, status: 200, answer: rest.answer),
        ]
        guard let api else { return sides }
        return sides + [Side(dialect: .api, target: api.target, body: api.body, status: api.status, answer: api.answer)]
    }
}

private func difference<Value: WireValue>(_ got: Value, _ wanted: Value) -> String { got == wanted ? "" : "got \(got), not \(wanted); " }

/// Client to literal, literal to the handler's input, the handler's output to literal, and literal to the client's output.
func check<Output, each Input>(
    _ operation: Operation<Output, repeat each Input>, _ input: repeat each Input, returns output: Output, _ exchange: Exchange,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let seen = Mutex<String?>(nil)
    var router = Router()
    router.on(operation) { (_: Caller, got: repeat each Input) async throws -> Output in
        var different = ""
        repeat different += difference(each got, each input)
        seen.withLock { [different] in $0 = different }
        return output
    }
    let call = operation(repeat each input)
    if exchange.api == nil { #expect(throws: WireError.self, sourceLocation: sourceLocation) { try call.request(.api, .session("sess-1")) } }

    for side in exchange.sides(operation.facts) {
        let name: Comment = "\(operation.facts.id) \(side.dialect)"
        let request = try call.request(side.dialect, .session("sess-1"))
        #expect("\(request.method) \(request.target)" == side.target, name, sourceLocation: sourceLocation)
        if side.dialect == .jsonRPC {
            let (sent, wanted) = (try JSON(request.text)["params"]?["input"], try JSON(side.body)["params"]?["input"])
            #expect(sent.map(canonical) == wanted.map(canonical), name, sourceLocation: sourceLocation)
            #expect(request.header("VAPI-Service") == operation.facts.service && request.header("vapi-operation") == operation.facts.name)
        } else {
            #expect(try canonical(request.text) == canonical(side.body), name, sourceLocation: sourceLocation)
            #expect(request.header("vmware-api-session-id") == "sess-1", name, sourceLocation: sourceLocation)
        }

        let words = side.target.split(separator: " ")
        seen.withLock { $0 = nil }
        let literal = HTTPRequest(String(words[0]), target: String(words[1]), body: Array(side.body.utf8))
        let response = await router.respond(to: literal)
        #expect(seen.withLock { $0 } == "", name, sourceLocation: sourceLocation)
        #expect(response.status == side.status, name, sourceLocation: sourceLocation)
        #expect(try canonical(response.text) == canonical(side.answer), name, sourceLocation: sourceLocation)

        let answer = HTTPResponse(side.status, body: Array(side.answer.utf8))
        #expect(try call.output(of: answer, side.dialect) == output, name, sourceLocation: sourceLocation)
    }
}
