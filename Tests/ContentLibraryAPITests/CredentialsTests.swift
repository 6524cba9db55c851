import ContentLibraryAPI
import Synchronization
import Testing

struct CredentialsTests {
    /// What the router hears of the credentials of a request.
    static func heard(_ request: HTTPRequest) async throws -> Credentials? {
        let seen = Mutex<Credentials?>(nil)
        var router = Router<Void> { caller in seen.withLock { $0 = caller.credentials } }
        router.on(Library.list) { _ in [] }
        let response = await router.respond(to: request)
        if let dialect = Dialect(path: request.path) {
            do { _ = try Library.list().output(of: response, dialect) } catch let error as APIError { #expect(error.kind == .unauthenticated) }
        }
        return seen.withLock { $0 }
    }

    static let given: [Credentials] = [
        .none, .session("sess-1"), .session("uuid:uuid"), .login(user: "u@vsphere.local", password: "p:w é"), .login(user: "", password: ""),
        .login(user: "ü", password: "😀"),
    ]

    @Test(arguments: given, Dialect.allCases)
    func crossTheWire(credentials: Credentials, dialect: Dialect) async throws {
        #expect(try await Self.heard(try Library.list().request(dialect, credentials)) == credentials)
    }

    @Test func basicForm() throws {
        let request = try Library.list().request(.rest, .login(user: "Aladdin", password: "open sesame"))
        #expect(request.header("authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    static let rest = "/rest/com/vmware/content/library", api = "/api/content/library"

    @Test(arguments: [
        (rest, "Cookie", "a=b; vmware-api-session-id=s:1; c=d", Credentials.session("s:1")), (rest, "cookie", "vmware-api-session-id=s", .session("s")),
        (rest, "Cookie", "xvmware-api-session-id=s", .none), (api, "Cookie", "vmware-api-session-id=s", .none),
        (api, "VMware-API-Session-ID", "s", .session("s")), (api, "Authorization", "basic dTpw", .login(user: "u", password: "p")),
        (api, "Authorization", "Basic dTpwOnE", .login(user: "u", password: "p:q")),
    ])
    func otherPlaces(path: String, header: String, value: String, credentials: Credentials) async throws {
        #expect(try await Self.heard(HTTPRequest("GET", path, headers: [(header, value)])) == credentials)
    }

    /// What is not supported is refused before anything else is looked at.
    @Test(arguments: ["Bearer abc", "SIGN token=\"x\"", "Basic", "Basic ", "Basic !!", "Basic dXA=", "Basic /zpw", ""])
    func refusedSchemes(authorization: String) async throws {
        for path in [Self.rest, Self.api] {
            #expect(try await Self.heard(HTTPRequest("GET", path, headers: [("Authorization", authorization)])) == nil)
        }
    }

    @Test(arguments: [
        (##"{"schemeId":"com.vmware.vapi.std.security.saml_bearer_token","samlToken":"x"}"##, Credentials?.none),
        (##"{"schemeId":"com.vmware.vapi.std.security.saml_hok_token"}"##, nil), ("{}", nil), ("[]", nil), ("\"x\"", nil),
        (##"{"schemeId":"com.vmware.vapi.std.security.user_pass","userName":"u"}"##, nil),
        (##"{"schemeId":"com.vmware.vapi.std.security.session_id"}"##, nil), ("null", Credentials.none),
    ])
    func securityContexts(context: String, credentials: Credentials?) async throws {
        let body = ##"""
            {"jsonrpc":"2.0","method":"invoke","id":"0","params":{"serviceId":"com.vmware.content.library","operationId":"list",
            "input":{"STRUCTURE":{"operation-input":{}}},"ctx":{"appCtx":{},"securityCtx":\##(context)}}}
            """##
        #expect(try await Self.heard(HTTPRequest("POST", "/api", body: Array(body.utf8))) == credentials)
        let withHeader = HTTPRequest("POST", "/api", headers: [("vmware-api-session-id", "h")], body: Array(body.utf8))
        #expect(try await Self.heard(withHeader) == .session("h"))
    }

    @Test func refusesWhatNoHeaderHolds() {
        for dialect in [Dialect.rest, .api] {
            #expect(throws: WireError("a user name with ':' cannot be sent", at: ["user"])) {
                try Library.list().request(dialect, .login(user: "a:b", password: "p"))
            }
            #expect(throws: WireError.self) { try Library.list().request(dialect, .session("a\r\nX: y")) }
        }
    }

    @Test func showNoSecret() {
        let shown: [Any] = [Credentials.login(user: "u", password: "hush"), Credentials.session("hush"), Secret("hush"), Optional(Secret("hush")) as Any]
        for value in shown {
            var dumped = ""
            dump(value, to: &dumped)
            #expect(!"\(value) \(String(reflecting: value)) \(dumped)".contains("hush"))
        }
        let endpoint = TransferEndpoint(uri: "https://h:443/cls/data/hush/a.iso")
        #expect("\(endpoint)" == "https://h:443/..." && "\(TransferEndpoint(uri: "hush"))" == "...")
        #expect(!"\(UpdateSession.File.Info(name: "a", transfer: .push(to: endpoint), status: .ready))".contains("hush"))
        #expect(!"\(PublishInfo(password: Secret("hush")))".contains("hush"))
    }
}
