import ContentLibraryAPI
import Synchronization
import Testing

struct RouterTests {
    static let K = ItemTests.api, R = ItemTests.rest
    static let file = UpdateSession.File.Info(name: "f", transfer: .none, status: .ready)

    /// Answers every operation with its own name, through what it was asked for: the name comes back as an error's text.
    static func echo() -> Router<Caller> {
        var router = Router()
        @Sendable func name<Output>(_ caller: Caller) throws -> Output { throw APIError(.canceled, caller.operation.id) }
        router.on(Session.create) { caller in try name(caller) }
        router.on(Session.get) { caller in try name(caller) }
        router.on(Session.delete) { caller in try name(caller) }
        router.on(Library.list) { caller in try name(caller) }
        router.on(Library.get) { caller, _ in try name(caller) }
        router.on(Library.find) { caller, _ in try name(caller) }
        router.on(Library.update) { caller, _, _ in try name(caller) }
        router.on(LocalLibrary.create) { caller, _, _ in try name(caller) }
        router.on(LocalLibrary.get) { caller, _ in try name(caller) }
        router.on(LocalLibrary.list) { caller in try name(caller) }
        router.on(LocalLibrary.update) { caller, _, _ in try name(caller) }
        router.on(LocalLibrary.delete) { caller, _ in try name(caller) }
        router.on(SubscribedLibrary.create) { caller, _, _ in try name(caller) }
        router.on(SubscribedLibrary.get) { caller, _ in try name(caller) }
        router.on(SubscribedLibrary.list) { caller in try name(caller) }
        router.on(SubscribedLibrary.update) { caller, _, _ in try name(caller) }
        router.on(SubscribedLibrary.delete) { caller, _ in try name(caller) }
        router.on(SubscribedLibrary.evict) { caller, _ in try name(caller) }
        router.on(SubscribedLibrary.sync) { caller, _ in try name(caller) }
        router.on(SubscribedLibrary.probe) { caller, _ in try name(caller) }
        router.on(SubscribedItem.evict) { caller, _ in try name(caller) }
        router.on(SubscribedItem.sync) { caller, _, _, _ in try name(caller) }
        router.on(Item.create) { caller, _, _ in try name(caller) }
        router.on(Item.get) { caller, _ in try name(caller) }
        router.on(Item.list) { caller, _ in try name(caller) }
        router.on(Item.find) { caller, _ in try name(caller) }
        router.on(Item.update) { caller, _, _ in try name(caller) }
        router.on(Item.copy) { caller, _, _, _ in try name(caller) }
        router.on(Item.delete) { caller, _ in try name(caller) }
        router.on(Item.File.get) { caller, _, _ in try name(caller) }
        router.on(Item.File.list) { caller, _ in try name(caller) }
        router.on(Item.Storage.get) { caller, _, _ in try name(caller) }
        router.on(Item.Storage.list) { caller, _ in try name(caller) }
        router.on(ItemType.list) { caller in try name(caller) }
        router.on(UpdateSession.create) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.get) { caller, _ in try name(caller) }
        router.on(UpdateSession.list) { caller, _ in try name(caller) }
        router.on(UpdateSession.keepAlive) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.complete) { caller, _ in try name(caller) }
        router.on(UpdateSession.cancel) { caller, _ in try name(caller) }
        router.on(UpdateSession.fail) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.update) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.delete) { caller, _ in try name(caller) }
        router.on(UpdateSession.File.add) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.File.get) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.File.list) { caller, _ in try name(caller) }
        router.on(UpdateSession.File.remove) { caller, _, _ in try name(caller) }
        router.on(UpdateSession.File.validate) { caller, _ in try name(caller) }
        router.on(UpdateSession.File.probe) { caller, _ in try name(caller) }
        router.on(DownloadSession.create) { caller, _, _ in try name(caller) }
        router.on(DownloadSession.get) { caller, _ in try name(caller) }
        router.on(DownloadSession.list) { caller, _ in try name(caller) }
        router.on(DownloadSession.keepAlive) { caller, _, _ in try name(caller) }
        router.on(DownloadSession.cancel) { caller, _ in try name(caller) }
        router.on(DownloadSession.fail) { caller, _, _ in try name(caller) }
        router.on(DownloadSession.delete) { caller, _ in try name(caller) }
        router.on(DownloadSession.File.list) { caller, _ in try name(caller) }
        router.on(DownloadSession.File.get) { caller, _, _ in try name(caller) }
        router.on(DownloadSession.File.prepare) { caller, _, _, _ in try name(caller) }
        return router
    }

    /// `service.operation` without `com.vmware.`, or the kind of the refusal.
    static func route(_ line: String, body: String = "") async -> String {
        let words = line.split(separator: " ")
        let response = await echo().respond(to: HTTPRequest(String(words[0]), target: String(words[1]), body: Array(body.utf8)))
        let json = try? JSON(response.text)
        guard case .array(let messages)? = json?["messages"] ?? json?["value"]?["messages"] else { return "?" }
        let kind = json?["error_type"]?.text ?? json?["type"]?.text ?? ""
        return kind.lowercased().hasSuffix("canceled") ? String((messages.first?["default_message"]?.text ?? "").dropFirst("com.vmware.".count)) : kind
    }

    @Test func hasEveryOperation() { #expect(Self.echo().operations == Set(API.all.map(\.id))) }

    @Test(arguments: [
        ("GET \(K)?library_id=l", "content.library.item.list"), ("GET /api/content/library", "content.library.list"),
        // `item` is a service here, and not a library's id.
        ("GET /api/content/library/item", "INVALID_ARGUMENT"), ("GET /api/content/library/lib-1", "content.library.get"),
        ("GET \(K)/item-1", "content.library.item.get"), ("GET \(K)/update-session", "content.library.item.update_session.list"),
        ("GET \(K)/download-session", "content.library.item.download_session.list"),
        ("GET \(K)/update-session/us:1", "content.library.item.update_session.get"), ("GET \(K)/item-1/file", "content.library.item.file.list"),
        ("GET \(K)/item-1/file?name=x", "content.library.item.file.get"), ("GET \(K)/item-1/file?other=x", "content.library.item.file.list"),
        ("GET \(K)/download-session/ds/file", "content.library.item.downloadsession.file.list"),
        ("GET \(K)/download-session/ds/file?file_name=x", "content.library.item.downloadsession.file.get"),
        ("GET \(K)/update-session/us/file", "content.library.item.updatesession.file.list"),
        ("GET \(K)/update-session/us/file/a%2Fb", "content.library.item.updatesession.file.get"),
        ("DELETE \(K)/update-session/us/file/x", "content.library.item.updatesession.file.remove"),
        ("DELETE \(K)/update-session/us", "content.library.item.update_session.delete"), ("DELETE \(K)/item-1", "content.library.item.delete"),
        ("POST \(K)/update-session/us/file?action=validate", "content.library.item.updatesession.file.validate"),
        ("POST \(K)/download-session/ds/file?action=prepare", "INVALID_ARGUMENT"),
        ("POST \(K)/update-session/us?action=keep-alive", "content.library.item.update_session.keep_alive"),
        ("POST \(K)/update-session/us?action=complete", "content.library.item.update_session.complete"),
        // What has no route here is not found by its name either.
        ("POST \(K)/update-session/us/file?action=probe", "OPERATION_NOT_FOUND"), ("POST \(K)/update-session/file?action=probe", "OPERATION_NOT_FOUND"),
        // Never what an empty segment or a stray slash makes of another path.
        ("GET \(K)/", "OPERATION_NOT_FOUND"), ("DELETE \(K)/update-session/us/file/", "OPERATION_NOT_FOUND"), ("DELETE \(K)//", "OPERATION_NOT_FOUND"),
        ("GET \(K)/update-session/", "OPERATION_NOT_FOUND"), ("GET /api//content/library", "OPERATION_NOT_FOUND"),
        ("GET \(K)/%ff", "OPERATION_NOT_FOUND"), ("GET \(K)/%", "OPERATION_NOT_FOUND"), ("POST \(K)/update-session/us?action=explode", "OPERATION_NOT_FOUND"),
        ("PUT \(K)/item-1", "OPERATION_NOT_FOUND"), ("GET /api", "OPERATION_NOT_FOUND"), ("GET /api/", "OPERATION_NOT_FOUND"), ("GET /", "OPERATION_NOT_FOUND"),
        ("GET /other", "OPERATION_NOT_FOUND"), ("GET \(K)?library_id=%ff", "INVALID_REQUEST"),
    ])
    func routesAPI(line: String, operation: String) async { #expect(await Self.route(line) == operation) }

    @Test(arguments: [
        ("GET \(R)/id:i", "content.library.item.get"), ("POST \(R)/id:i?~action=get", "content.library.item.get"), ("GET \(R)/i", "content.library.item.get"),
        ("GET \(R)/update-session", "content.library.item.update_session.list"), ("GET \(R)/update-session/id:a:b", "content.library.item.update_session.get"),
        ("GET \(R)/update-session/id:a%3Ab", "content.library.item.update_session.get"),
        ("POST \(R)/update-session/id:a?~action=keep-alive", "content.library.item.update_session.keep_alive"),
        ("POST \(R)/update-session?~action=list", "content.library.item.update_session.list"), ("DELETE \(R)/id:i", "content.library.item.delete"),
        ("POST \(R)/id:i?~action=delete", "content.library.item.delete"),
        ("POST /rest/com/vmware/cis/session", "cis.session.create"), ("POST /rest/com/vmware/cis/session?~action=get", "cis.session.get"),
        ("POST /rest/com/vmware/cis/session?~action=create", "cis.session.create"),
        ("GET \(R)/file?library_item_id=i", "content.library.item.file.list"),
        ("POST \(R)/id:i?action=delete", "com.vmware.vapi.std.errors.operation_not_found"),
        ("GET \(R)/id%3Ai", "content.library.item.get"), ("GET \(R)/id%3A", "com.vmware.vapi.std.errors.operation_not_found"),
        ("GET \(R)/id:", "com.vmware.vapi.std.errors.operation_not_found"), ("GET \(R)/", "com.vmware.vapi.std.errors.operation_not_found"),
        ("GET \(R)/id:%ff", "com.vmware.vapi.std.errors.operation_not_found"), ("GET /rest/nothing", "com.vmware.vapi.std.errors.operation_not_found"),
        ("GET /rest/", "com.vmware.vapi.std.errors.operation_not_found"),
        ("GET /rest/com/vmware/content/library/item/update_session", "content.library.item.get"),
        ("GET \(R)?x=%", "com.vmware.vapi.std.errors.invalid_request"),
        // A parameter that is missing is the operation's business.
        ("GET \(R)/file", "com.vmware.vapi.std.errors.invalid_argument"),
    ])
    func routesREST(line: String, operation: String) async { #expect(await Self.route(line) == operation) }

    /// Every operation also answers to its own name as the action, as some clients have it.
    @Test func ownNameAsAction() async {
        let spec = ##"{"name":"a","source_type":"PUSH"}"##
        #expect(await Self.route("POST \(Self.K)/update-session/us/file?action=add", body: spec) == "content.library.item.updatesession.file.add")
        #expect(await Self.route("GET \(Self.K)?action=list&library_id=l") == "content.library.item.list")
    }

    static let malformed: [(target: String, body: String, problem: String)] = [
        ("\(K)/update-session/us/file", ##"{"name":"a","source_type":"PUSH","size":"5"}"##, "invalid_argument: file_spec.size: expected a whole number"),
        ("\(K)/update-session/us/file", ##"{"name":"a","source_type":"PUSH","size":5.0}"##, "invalid_argument: file_spec.size: expected a whole number"),
        (
            "\(K)/update-session/us/file", ##"{"name":"a","source_type":"PUSH","size":9223372036854775808}"##,
            "invalid_argument: file_spec.size: expected a whole number"
        ),
        ("\(K)/update-session/us/file", ##"{"source_type":"PUSH"}"##, "invalid_argument: file_spec.name: missing"),
        ("\(K)/update-session/us/file", ##"{"name":null,"source_type":"PUSH"}"##, "invalid_argument: file_spec.name: expected a string"),
        (
            "\(K)/update-session/us/file", ##"{"name":"a","source_type":"PUSH","checksum_info":{}}"##,
            "invalid_argument: file_spec.checksum_info.checksum: missing"
        ),
        ("\(K)/update-session/us/file", "[]", "invalid_argument: file_spec: expected an object"),
        ("\(K)/update-session/us/file", "", "invalid_argument: file_spec: missing"),
        ("\(K)/update-session/us/file", "{", "invalid_request: The body is not JSON: expected a string at byte 1."),
        (
            "/api/content/local-library", ##"{"storage_backings":[{"type":"OTHER"},{"type":5}]}"##,
            "invalid_argument: create_spec.storage_backings[1].type: expected a string"
        ),
        ("/api/content/local-library", ##"{"storage_backings":{}}"##, "invalid_argument: create_spec.storage_backings: expected a list"),
        ("/api/content/local-library", ##"{"creation_time":"today"}"##, "invalid_argument: create_spec.creation_time: expected a date and time"),
        (
            "/api/content/local-library", ##"{"unset_security_policy_id":"true"}"##,
            "invalid_argument: create_spec.unset_security_policy_id: expected true or false"
        ),
        ("\(K)/update-session/us?action=keep-alive", "[1]", "invalid_request: The body is not a JSON object."),
        ("\(K)/update-session/us?action=keep-alive&client_progress=x", "", "invalid_argument: client_progress: expected a whole number"),
        ("\(K)/update-session/us?action=fail", "", "invalid_argument: client_error_message: missing"),
        ("\(R)/update-session/id:us?~action=keep-alive", ##"{"client_progress":"5"}"##, "invalid_argument: client_progress: expected a whole number"),
        (
            "\(R)/updatesession/file/id:us?~action=add", ##"{"file_spec":{"name":"a","source_type":"PUSH","size":"x"}}"##,
            "invalid_argument: file_spec.size: expected a whole number"
        ),
        ("\(R)/updatesession/file/id:us?~action=add", ##"{"name":"a","source_type":"PUSH"}"##, "invalid_argument: file_spec: missing"),
        ("\(R)/updatesession/file/id:us?~action=add", "[]", "invalid_request: The body is not a JSON object."),
        ("\(R)/updatesession/file/id:us?~action=add", "\"\u{1}\"", "invalid_request: The body is not JSON: control character in a string at byte 1."),
    ]

    @Test(arguments: malformed)
    func refusesMalformedInput(target: String, body: String, problem: String) async {
        let response = await Self.echo().respond(to: HTTPRequest("POST", target: target, body: Array(body.utf8)))
        let error = #expect(throws: APIError.self) { try Library.list().output(of: response, target.hasPrefix("/rest") ? .rest : .api) }
        #expect(response.status == 400)
        #expect(error?.description == problem)
    }

    /// A number is text in a query, and nowhere else; what is unknown is ignored; a path wins over a body.
    @Test func readsParametersWhereverTheyAre() async throws {
        let seen = Mutex<[String]>([])
        var router = Router()
        router.on(UpdateSession.keepAlive) { _, id, progress in
            seen.withLock { $0.append("\(id) \(progress ?? -1)") }
            return Nothing()
        }
        let requests = [
            HTTPRequest("POST", target: "\(Self.K)/update-session/a?action=keep-alive&client_progress=7&more=1"),
            HTTPRequest(
                "POST", target: "\(Self.K)/update-session/b?action=keep-alive", body: Array(##"{"client_progress":8,"update_session_id":"x","more":{}}"##.utf8)),
            HTTPRequest("POST", target: "\(Self.R)/update-session/id:c:d?~action=keep-alive&client_progress=9"),
            HTTPRequest("POST", target: "\(Self.R)/update-session/id:e?~action=keep-alive", body: Array(##"{"client_progress":null}"##.utf8)),
        ]
        for request in requests { #expect([200, 204].contains(await router.respond(to: request).status)) }
        #expect(seen.withLock { $0 } == ["a 7", "b 8", "c:d 9", "e -1"])
    }

    @Test func takesTheClientTokenFromQueryOrHeader() async {
        let seen = Mutex<[String?]>([])
        var router = Router()
        router.on(Item.create) { _, token, _ in
            seen.withLock { $0.append(token) }
            return "i"
        }
        for (target, headers) in [
            ("\(Self.K)?client_token=q", []), (Self.K, [("Client-Token", "h")]), ("\(Self.K)?client_token=q", [("client-token", "h")]), (Self.K, []),
        ] {
            #expect(await router.respond(to: HTTPRequest("POST", target: target, headers: headers, body: Array("{}".utf8))).status == 201)
        }
        #expect(seen.withLock { $0 } == ["q", "h", "q", nil])
    }

    struct Nobody: Error {}
    struct DiskBroken: Error { var path = "/secret" }

    /// Routing, then admission, then the parameters: an unknown path is told to anybody, malformed input only to who is admitted.
    @Test func orderOfChecks() async {
        let reported = Mutex<[String]>([])
        var router = Router<String> { error, caller in
            reported.withLock { $0.append("\(error) in \(caller.operation.name)") }
        } admit: { caller in
            switch caller.credentials {
            case .session(let id): return id
            case .none: throw APIError(.unauthenticated, "who?")
            case .login: throw Nobody()
            }
        }
        router.on(UpdateSession.keepAlive) { principal, _, _ in
            #expect(principal == "s")
            return Nothing()
        }
        let target = "\(Self.K)/update-session/us?action=keep-alive"
        let complete = router
        func status(_ target: String, _ headers: [(name: String, value: String)] = []) async -> Int {
            let request = HTTPRequest("POST", target: target, headers: headers, body: Array(##"{"client_progress":"x"}"##.utf8))
            return await complete.respond(to: request).status
        }
        #expect(await status("/api/nowhere") == 404)
        #expect(await status(target) == 401)
        #expect(await status(target, [("vmware-api-session-id", "s")]) == 400)
        #expect(await status(target, [("Authorization", "Basic dTpw")]) == 500)
        #expect(reported.withLock { $0 } == ["Nobody() in keep_alive"])
    }

    /// What a handler did not mean for the caller stays on the server.
    @Test func hidesInternalErrors() async throws {
        let reported = Mutex(0)
        var router = Router<Void> { error, _ in
            #expect(error is DiskBroken)
            reported.withLock { $0 += 1 }
        } admit: { _ in
        }
        router.on(Library.list) { _ in throw DiskBroken() }
        for dialect in Dialect.allCases {
            let response = await router.respond(to: try Library.list().request(dialect, .none))
            #expect(response.status == (dialect == .jsonRPC ? 200 : 500) && !response.text.contains("secret"))
            let error = #expect(throws: APIError.self) { try Library.list().output(of: response, dialect) }
            #expect(error?.kind == .internalServerError)
        }
        #expect(reported.withLock { $0 } == 3)
        router.on(Library.list) { _ in throw CancellationError() }
        #expect(await router.respond(to: try Library.list().request(.api, .none)).status == 503)
        #expect(reported.withLock { $0 } == 3)
    }

    @Test func loginThroughRESTSetsACookie() async throws {
        var router = Router()
        router.on(Session.create) { _ in Secret("sess-1") }
        router.on(Library.list) { _ in [] }
        let login = try Session.create().request(.rest, .login(user: "u", password: "p"))
        #expect(await router.respond(to: login).header("set-cookie") == "vmware-api-session-id=sess-1; Path=/rest; HttpOnly")
        var header = login
        header.headers.append(("vmware-use-header-authn", "true"))
        #expect(await router.respond(to: header).header("set-cookie") == nil)
        #expect(await router.respond(to: try Session.create().request(.api, .none)).header("set-cookie") == nil)
        #expect(await router.respond(to: try Library.list().request(.rest, .none)).header("set-cookie") == nil)
    }

    @Test func tellsWhoCalls() async throws {
        let seen = Mutex<[Caller]>([])
        var router = Router<Void> { caller in seen.withLock { $0.append(caller) } }
        router.on(Library.list) { _ in [] }
        for dialect in Dialect.allCases {
            var request = try Library.list().request(dialect, .session("s"), CallOptions(opID: "op"))
            request.headers.append(("Host", "h:1"))
            _ = await router.respond(to: request)
        }
        let callers = seen.withLock { $0 }
        #expect(callers.map(\.dialect) == Dialect.allCases)
        #expect(callers.allSatisfy { $0.header("host") == "h:1" && $0.operation.id == "com.vmware.content.library.list" && $0.credentials == .session("s") })
        #expect(callers[0].opID == "op")
        #expect("\(callers[1])" == "com.vmware.content.library.list by a session")
    }

    /// Damaged requests are answered, whatever they hold.
    @Test func survivesDamage() async throws {
        var random = SplitMix64(0x726f_7574)
        let router = Self.echo()
        let spec = UpdateSession.File.AddSpec(
            name: "a b", source: .pull(.init(uri: "https://h/x")), size: 5, checksumInfo: .init(algorithm: .md5, checksum: "0"))
        let seeds = try Dialect.allCases.flatMap { dialect in
            try [
                UpdateSession.File.add("us:1", spec).request(dialect, .login(user: "u", password: "p")),
                UpdateSession.keepAlive("us", 5).request(dialect, .session("s")),
                Item.File.get("i", "é").request(dialect, .none), LocalLibrary.create("t", LibraryTests.full).request(dialect, .none),
            ]
        }
        var answered = Set<Int>()
        for _ in 0..<3000 {
            let seed = try #require(seeds.randomElement(using: &random))
            var (target, body) = (Array(seed.target.utf8), seed.body)
            if Bool.random(using: &random) { DocumentMaker.damage(&target, using: &random) } else { DocumentMaker.damage(&body, using: &random) }
            let request = HTTPRequest(seed.method, target: String(decoding: target, as: UTF8.self), headers: seed.headers, body: body)
            let response = await router.respond(to: request)
            answered.insert(response.status)
            if (try? JSON(response.text)) == nil { Issue.record("\(request.target): \(response.text)") }
        }
        #expect(answered == [200, 400, 404])
    }
}
