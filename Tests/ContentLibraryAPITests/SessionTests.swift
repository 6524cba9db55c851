import ContentLibraryAPI
import Testing

struct SessionTests {
    static let path = "/rest/com/vmware/cis/session"

    @Test func create() async throws {
        try await check(
            Session.create, returns: Secret("sess-1"),
            Exchange(
                rpc: (Exchange.input(), ##"{"SECRET":"sess-1"}"##),
                rest: ("POST \(Self.path)", "", ##"{"value":"sess-1"}"##),
                api: ("POST /api/session", "", 201, ##""sess-1""##)))
    }

    @Test func get() async throws {
        let info = ##"{"user":"u@vsphere.local","created_time":"\##(momentText)","last_accessed_time":"\##(momentText)"}"##
        try await check(
            Session.get, returns: .init(user: "u@vsphere.local", createdTime: moment, lastAccessedTime: moment),
            Exchange(
                rpc: (Exchange.input(), ##"{"STRUCTURE":{"com.vmware.cis.session.info":\##(info)}}"##),
                rest: ("GET \(Self.path)", "", ##"{"value":\##(info)}"##),
                api: ("GET /api/session", "", 200, info)))
    }

    @Test func delete() async throws {
        try await check(
            Session.delete, returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(), "null"), rest: ("DELETE \(Self.path)", "", ""), api: ("DELETE /api/session", "", 204, "")))
    }

    /// The SDK and curl users send `~action=get` as well; a bare string is a secret too.
    @Test func otherForms() async throws {
        var router = Router()
        router.on(Session.get) { _ in .init(user: "u", createdTime: moment, lastAccessedTime: moment) }
        #expect(await router.respond(to: HTTPRequest("POST", target: Self.path + "?~action=get")).status == 200)
        let bare = HTTPResponse(200, body: Array(##"{"jsonrpc":"2.0","id":"0","result":{"output":"s"}}"##.utf8))
        #expect(try Session.create().output(of: bare, .jsonRPC) == Secret("s"))
    }
}
