import ContentLibraryAPI
import Synchronization
import Testing

@Suite struct RouterGateTests {
    final class Record: Sendable {
        private let steps = Mutex<[String]>([])
        var all: [String] { steps.withLock { $0 } }
        func add(_ step: String) { steps.withLock { $0.append(step) } }
    }

    static let ids: [Call<Nothing>] = [UpdateSession.keepAlive("u:1", 5), UpdateSession.keepAlive("u:1", nil)]

    @Test(arguments: Dialect.allCases)
    func `the gate knows the parameters, after admission and before the handler`(_ dialect: Dialect) async throws {
        let record = Record()
        var router = Router<String>(
            gate: { principal, call in
                let session = call.parameter("update_session_id", as: String.self)
                let progress = call.parameter("client_progress", as: Int64.self)
                record.add("gate \(principal) \(call.caller.operation.name) \(session ?? "-") \(progress.map(String.init) ?? "-")")
                #expect(call.parameter("no such", as: String.self) == nil)
            },
            admit: { _ in
                record.add("admit")
                return "p"
            })
        router.on(UpdateSession.keepAlive) { _, _, _ in
            record.add("handler")
            return Nothing()
        }
        for call in Self.ids { _ = try call.output(of: await router.respond(to: try call.request(dialect, .none)), dialect) }
        #expect(record.all == ["admit", "gate p keep_alive u:1 5", "handler", "admit", "gate p keep_alive u:1 -", "handler"])
    }

    @Test(arguments: Dialect.allCases)
    func `what the gate throws is the answer, in its last form`(_ dialect: Dialect) async throws {
        var router = Router<Void>(
            gate: { _, _ in throw APIError(.unauthorized, "no") },
            dress: { error in APIError(error.kind, error.messages + [Message(id: "cause", defaultMessage: "why")]) }, admit: { _ in })
        router.on(Item.get) { _, _ in throw APIError(.canceled, "the handler ran") }
        let response = await router.respond(to: try Item.get("i").request(dialect, .none))
        let error = #expect(throws: APIError.self) { try Item.get("i").output(of: response, dialect) }
        #expect(error?.kind == .unauthorized && error?.messages.map(\.defaultMessage) == ["no", "why"])
    }

    @Test(arguments: Dialect.allCases)
    func `all that a client sends is known, unions and nested structures too`(_ dialect: Dialect) async throws {
        var router = Router<Void>(unknownNames: .refused, admit: { _ in })
        router.on(UpdateSession.File.add) { _, _, spec in .init(name: spec.name, transfer: .none, status: .ready) }
        router.on(Library.find) { _, _ in ["l"] }
        let spec = UpdateSession.File.AddSpec(
            name: "f", source: .pull(.init(uri: "https://h/f", sslCertificateThumbprint: "AA")), size: 1,
            checksumInfo: .init(algorithm: .sha1, checksum: "00"))
        let add = UpdateSession.File.add("s", spec)
        #expect(try add.output(of: await router.respond(to: try add.request(dialect, .none)), dialect).name == "f")
        let find = Library.find(.init(name: "n"))
        var request = try find.request(dialect, .none)
        #expect(try find.output(of: await router.respond(to: request), dialect) == ["l"])
        request.body = Array(String(decoding: request.body, as: UTF8.self).replacing("\"name\"", with: "\"nmae\"").utf8)
        let response = await router.respond(to: request)
        let refusal = #expect(throws: APIError.self) { try find.output(of: response, dialect) }
        #expect(refusal?.kind == (dialect == .api ? .invalidArgument : .unexpectedInput) && "\(refusal?.messages ?? [])".contains("nmae"))
    }
}
