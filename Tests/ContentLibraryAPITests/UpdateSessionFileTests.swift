import ContentLibraryAPI
import Testing

struct UpdateSessionFileTests {
    static let rest = ItemTests.rest + "/updatesession/file", api = UpdateSessionTests.api + "/us-1/file"

    static let push = UpdateSession.File.Info(
        name: "a.iso", transfer: .push(to: .init(uri: "https://h/x")), size: 5, status: .waitingForTransfer, keepInStorage: true)
    // Captured from the SDK.
    static let pushTagged = ##"""
        {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.info":{"name":"a.iso","source_type":"PUSH","size":{"OPTIONAL":5},"checksum_info":{"OPTIONAL":null},"source_endpoint":{"OPTIONAL":null},"upload_endpoint":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.transfer_endpoint":{"uri":"https://h/x","ssl_certificate_thumbprint":{"OPTIONAL":null}}}}},"bytes_transferred":0,"status":"WAITING_FOR_TRANSFER","error_message":{"OPTIONAL":null},"keep_in_storage":{"OPTIONAL":true}}}}
        """##
    static let pushPlain = ##"""
        {"name":"a.iso","source_type":"PUSH","size":5,"upload_endpoint":{"uri":"https://h/x"},"bytes_transferred":0,"status":"WAITING_FOR_TRANSFER","keep_in_storage":true}
        """##

    static let pull = UpdateSession.File.Info(
        name: "b.iso", transfer: .pull(from: .init(uri: "https://h/b", sslCertificateThumbprint: "AA:BB", sslCertificate: "PEM")), size: .max,
        checksumInfo: .init(algorithm: nil, checksum: "00"), bytesTransferred: 7, status: .error, errorMessage: .init(id: "e", defaultMessage: "bad"))
    static let pullTagged = ##"""
        {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.info":{"name":"b.iso","source_type":"PULL","size":{"OPTIONAL":9223372036854775807},
        "checksum_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.file.checksum_info":{"algorithm":{"OPTIONAL":null},"checksum":"00"}}}},
        "source_endpoint":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.transfer_endpoint":{"uri":"https://h/b",
        "ssl_certificate_thumbprint":{"OPTIONAL":"AA:BB"},"ssl_certificate":{"OPTIONAL":"PEM"}}}}},"bytes_transferred":7,"status":"ERROR",
        "error_message":{"OPTIONAL":{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"e","default_message":"bad","args":[]}}}}}}}
        """##
    static let pullPlain = ##"""
        {"name":"b.iso","source_type":"PULL","size":9223372036854775807,"checksum_info":{"checksum":"00"},
        "source_endpoint":{"uri":"https://h/b","ssl_certificate_thumbprint":"AA:BB","ssl_certificate":"PEM"},"bytes_transferred":7,"status":"ERROR",
        "error_message":{"id":"e","default_message":"bad","args":[]}}
        """##

    @Test func addPush() async throws {
        // Captured from the SDK.
        let spec = ##"""
            "file_spec":{"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.add_spec":{"name":"a.iso","source_type":"PUSH","source_endpoint":{"OPTIONAL":null},"size":{"OPTIONAL":5},"checksum_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.file.checksum_info":{"algorithm":{"OPTIONAL":"SHA1"},"checksum":"00"}}}}}}}
            """##
        let plain = ##"{"name":"a.iso","source_type":"PUSH","size":5,"checksum_info":{"algorithm":"SHA1","checksum":"00"}}"##
        try await check(
            UpdateSession.File.add, "us-1", .init(name: "a.iso", source: .push, size: 5, checksumInfo: .init(algorithm: .sha1, checksum: "00")),
            returns: Self.push,
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1",\##(spec)"##), Self.pushTagged),
                rest: ("POST \(Self.rest)/id:us-1?~action=add", ##"{"file_spec":\##(plain)}"##, ##"{"value":\##(Self.pushPlain)}"##),
                api: ("POST \(Self.api)", plain, 201, Self.pushPlain)))
    }

    @Test func addPull() async throws {
        // Captured from the SDK.
        let spec = ##"""
            "file_spec":{"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.add_spec":{"name":"b.iso","source_type":"PULL","source_endpoint":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.transfer_endpoint":{"uri":"https://h/b","ssl_certificate_thumbprint":{"OPTIONAL":"AA:BB"}}}}},"size":{"OPTIONAL":null},"checksum_info":{"OPTIONAL":null}}}}
            """##
        let plain = ##"{"name":"b.iso","source_type":"PULL","source_endpoint":{"uri":"https://h/b","ssl_certificate_thumbprint":"AA:BB"}}"##
        try await check(
            UpdateSession.File.add, "us-1", .init(name: "b.iso", source: .pull(.init(uri: "https://h/b", sslCertificateThumbprint: "AA:BB"))),
            returns: Self.pull,
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1",\##(spec)"##), Self.pullTagged),
                rest: ("POST \(Self.rest)/id:us-1?~action=add", ##"{"file_spec":\##(plain)}"##, ##"{"value":\##(Self.pullPlain)}"##),
                api: ("POST \(Self.api)", plain, 201, Self.pullPlain)))
    }

    static let odd = "a b#%/é:+?&=;\\\"\u{7}\n.iso"
    static let oddEncoded = "a%20b%23%25%2F%C3%A9%3A%2B%3F%26%3D%3B%5C%22%07%0A.iso"
    static let oddJSON = ##""a b#%/é:+?&=;\\\"\u0007\n.iso""##

    @Test func get() async throws {
        try await check(
            UpdateSession.File.get, "us-1", Self.odd, returns: Self.push,
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1","file_name":\##(Self.oddJSON)"##), Self.pushTagged),
                rest: ("POST \(Self.rest)/id:us-1?~action=get", ##"{"file_name":\##(Self.oddJSON)}"##, ##"{"value":\##(Self.pushPlain)}"##),
                api: ("GET \(Self.api)/\(Self.oddEncoded)", "", 200, Self.pushPlain)))
    }

    @Test func remove() async throws {
        try await check(
            UpdateSession.File.remove, "us-1", Self.odd, returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1","file_name":\##(Self.oddJSON)"##), "null"),
                rest: ("POST \(Self.rest)/id:us-1?~action=remove", ##"{"file_name":\##(Self.oddJSON)}"##, ""),
                api: ("DELETE \(Self.api)/\(Self.oddEncoded)", "", 204, "")))
    }

    @Test func list() async throws {
        let kept = UpdateSession.File.Info(name: "c", transfer: .none, size: 0, status: .ready)
        let unknown = UpdateSession.File.Info(name: "d", transfer: .unknown("COPY"), status: .init(rawValue: "PAUSED"))
        let tagged = ##"""
            [\##(Self.pushTagged),\##(Self.pullTagged),
            {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.info":{"name":"c","source_type":"NONE","size":{"OPTIONAL":0},
            "bytes_transferred":0,"status":"READY"}}},
            {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.info":{"name":"d","source_type":"COPY","bytes_transferred":0,"status":"PAUSED"}}}]
            """##
        let plain = ##"""
            [\##(Self.pushPlain),\##(Self.pullPlain),{"name":"c","source_type":"NONE","size":0,"bytes_transferred":0,"status":"READY"},
            {"name":"d","source_type":"COPY","bytes_transferred":0,"status":"PAUSED"}]
            """##
        try await check(
            UpdateSession.File.list, "us-1", returns: [Self.push, Self.pull, kept, unknown],
            Exchange(
                rpc: (UpdateSessionTests.id, tagged), rest: ("GET \(Self.rest)?update_session_id=us-1", "", ##"{"value":\##(plain)}"##),
                api: ("GET \(Self.api)", "", 200, plain)))
    }

    @Test func validate() async throws {
        let plain = ##"{"has_errors":true,"missing_files":["m"],"invalid_files":[{"name":"i","error_message":{"id":"e","default_message":"bad","args":[]}}]}"##
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.validation_result":{"has_errors":true,"missing_files":["m"],"invalid_files":[
            {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.validation_error":{"name":"i","error_message":
            {"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"e","default_message":"bad","args":[]}}}}}}]}}}
            """##
        try await check(
            UpdateSession.File.validate, "us-1",
            returns: .init(hasErrors: true, missingFiles: ["m"], invalidFiles: [.init(name: "i", errorMessage: .init(id: "e", defaultMessage: "bad"))]),
            Exchange(
                rpc: (UpdateSessionTests.id, tagged), rest: ("POST \(Self.rest)/id:us-1?~action=validate", "", ##"{"value":\##(plain)}"##),
                api: ("POST \(Self.api)?action=validate", "", 200, plain)))
        // Captured from the SDK.
        let clean = ##"{"has_errors":false,"missing_files":[],"invalid_files":[]}"##
        try await check(
            UpdateSession.File.validate, "us-1", returns: .init(hasErrors: false),
            Exchange(
                rpc: (UpdateSessionTests.id, ##"{"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.validation_result":\##(clean)}}"##),
                rest: ("POST \(Self.rest)/id:us-1?~action=validate", "", ##"{"value":\##(clean)}"##),
                api: ("POST \(Self.api)?action=validate", "", 200, clean)))
    }

    /// As govmomi sends it to `/rest`; the vendor's description of `/api` has nothing of it.
    @Test func probe() async throws {
        let result = UpdateSession.File.ProbeResult(
            status: .certificateError, sslThumbprint: "AA:BB", sslCertificate: "PEM", errorMessages: [.init(id: "m", defaultMessage: "text")])
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.updatesession.file.probe_result":{"status":"CERTIFICATE_ERROR",
            "ssl_thumbprint":{"OPTIONAL":"AA:BB"},"ssl_certificate":{"OPTIONAL":"PEM"},"error_messages":[{"STRUCTURE":
            {"com.vmware.vapi.std.localizable_message":{"id":"m","default_message":"text","args":[]}}}]}}}
            """##
        let plain = ##"""
            {"status":"CERTIFICATE_ERROR","ssl_thumbprint":"AA:BB","ssl_certificate":"PEM","error_messages":[{"id":"m","default_message":"text","args":[]}]}
            """##
        let endpoint = ##"{"STRUCTURE":{"com.vmware.content.library.item.transfer_endpoint":{"uri":"https://h/f"}}}"##
        try await check(
            UpdateSession.File.probe, .init(uri: "https://h/f"), returns: result,
            Exchange(
                rpc: (Exchange.input(##""source_endpoint":\##(endpoint)"##), tagged),
                rest: ("POST \(Self.rest)?~action=probe", ##"{"source_endpoint":{"uri":"https://h/f"}}"##, ##"{"value":\##(plain)}"##), api: nil))
    }

    /// What a source may not be, and how it is said.
    @Test(arguments: [
        (##"{"name":"a","source_type":"PULL"}"##, "file_spec.source_endpoint: missing: PULL needs it"),
        (##"{"name":"a","source_type":"PUSH","source_endpoint":{"uri":"u"}}"##, "file_spec.source_endpoint: only PULL takes it"),
        (##"{"name":"a","source_type":"COPY"}"##, "file_spec.source_type: expected PUSH, PULL or NONE, not COPY"),
        (##"{"name":"a"}"##, "file_spec.source_type: missing"),
    ])
    func refusedSource(body: String, problem: String) async {
        var router = Router()
        router.on(UpdateSession.File.add) { _, _, _ in Self.push }
        let response = await router.respond(to: HTTPRequest("POST", target: Self.api, body: Array(body.utf8)))
        #expect(response.status == 400)
        #expect(throws: APIError(.invalidArgument, problem, id: "com.vmware.vapi.endpoint.malformed")) {
            try UpdateSession.File.add("us-1", .init(name: "a", source: .push)).output(of: response, .api)
        }
    }
}
