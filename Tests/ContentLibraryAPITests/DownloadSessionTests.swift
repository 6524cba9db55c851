import ContentLibraryAPI
import Testing

struct DownloadSessionTests {
    static let rest = ItemTests.rest + "/download-session", api = ItemTests.api + "/download-session"
    static let id = Exchange.input(##""download_session_id":"ds-1""##)

    @Test func create() async throws {
        let tagged = ##"""
            "client_token":{"OPTIONAL":"t"},"create_spec":{"STRUCTURE":{"com.vmware.content.library.item.download_session_model":{"library_item_id":{"OPTIONAL":"item-1"}}}}
            """##
        try await check(
            DownloadSession.create, "t", .init(libraryItemID: "item-1"), returns: "ds-1",
            Exchange(
                rpc: (Exchange.input(tagged), ##""ds-1""##),
                rest: ("POST \(Self.rest)", ##"{"client_token":"t","create_spec":{"library_item_id":"item-1"}}"##, ##"{"value":"ds-1"}"##),
                api: ("POST \(Self.api)?client_token=t", ##"{"library_item_id":"item-1"}"##, 201, ##""ds-1""##)))
    }

    @Test func get() async throws {
        let plain = ##"""
            {"id":"ds-1","library_item_id":"item-1","library_item_content_version":"2","error_message":{"id":"m","default_message":"text","args":["x"]},
            "client_progress":42,"state":"ERROR","expiration_time":"2026-01-02T03:04:05.678Z"}
            """##
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.download_session_model":{"id":{"OPTIONAL":"ds-1"},"library_item_id":{"OPTIONAL":"item-1"},
            "library_item_content_version":{"OPTIONAL":"2"},"error_message":{"OPTIONAL":{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":
            {"id":"m","default_message":"text","args":["x"]}}}},"client_progress":{"OPTIONAL":42},"state":{"OPTIONAL":"ERROR"},
            "expiration_time":{"OPTIONAL":"2026-01-02T03:04:05.678Z"}}}}
            """##
        try await check(
            DownloadSession.get, "ds-1",
            returns: .init(
                id: "ds-1", libraryItemID: "item-1", libraryItemContentVersion: "2", errorMessage: .init(id: "m", defaultMessage: "text", args: ["x"]),
                clientProgress: 42, state: .error, expirationTime: moment),
            Exchange(rpc: (Self.id, tagged), rest: ("GET \(Self.rest)/id:ds-1", "", ##"{"value":\##(plain)}"##), api: ("GET \(Self.api)/ds-1", "", 200, plain)))
    }

    @Test func list() async throws {
        try await check(
            DownloadSession.list, "item-1", returns: ["ds-1"],
            Exchange(
                rpc: (Exchange.input(##""library_item_id":{"OPTIONAL":"item-1"}"##), ##"["ds-1"]"##),
                rest: ("GET \(Self.rest)?library_item_id=item-1", "", ##"{"value":["ds-1"]}"##),
                api: ("GET \(Self.api)?library_item_id=item-1", "", 200, ##"["ds-1"]"##)))
    }

    @Test func keepAlive() async throws {
        let body = ##"{"progress":10}"##
        try await check(
            DownloadSession.keepAlive, "ds-1", 10, returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""download_session_id":"ds-1","progress":{"OPTIONAL":10}"##), "null"),
                rest: ("POST \(Self.rest)/id:ds-1?~action=keep-alive", body, ""), api: ("POST \(Self.api)/ds-1?action=keep-alive", body, 204, "")))
    }

    @Test func endings() async throws {
        try await check(
            DownloadSession.cancel, "ds-1", returns: Nothing(),
            Exchange(
                rpc: (Self.id, "null"), rest: ("POST \(Self.rest)/id:ds-1?~action=cancel", "", ""), api: ("POST \(Self.api)/ds-1?action=cancel", "", 204, "")))
        let body = ##"{"client_error_message":"boom"}"##
        try await check(
            DownloadSession.fail, "ds-1", "boom", returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""download_session_id":"ds-1","client_error_message":"boom""##), "null"),
                rest: ("POST \(Self.rest)/id:ds-1?~action=fail", body, ""), api: ("POST \(Self.api)/ds-1?action=fail", body, 204, "")))
        try await check(
            DownloadSession.delete, "ds-1", returns: Nothing(),
            Exchange(rpc: (Self.id, "null"), rest: ("DELETE \(Self.rest)/id:ds-1", "", ""), api: ("DELETE \(Self.api)/ds-1", "", 204, "")))
    }
}

struct DownloadSessionFileTests {
    static let rest = ItemTests.rest + "/downloadsession/file", api = DownloadSessionTests.api + "/ds-1/file"

    static let ready = DownloadSession.File.Info(
        name: "a.iso", size: 5, bytesTransferred: 5, status: .prepared, downloadEndpoint: .init(uri: "https://h/x"),
        checksumInfo: .init(algorithm: .sha256, checksum: "00"), errorMessage: .init(id: "e", defaultMessage: "odd"))
    static let tagged = ##"""
        {"STRUCTURE":{"com.vmware.content.library.item.downloadsession.file.info":{"name":"a.iso","size":{"OPTIONAL":5},"bytes_transferred":5,"status":"PREPARED",
        "download_endpoint":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.transfer_endpoint":{"uri":"https://h/x"}}}},
        "checksum_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.file.checksum_info":{"algorithm":{"OPTIONAL":"SHA256"},"checksum":"00"}}}},
        "error_message":{"OPTIONAL":{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"e","default_message":"odd","args":[]}}}}}}}
        """##
    static let plain = ##"""
        {"name":"a.iso","size":5,"bytes_transferred":5,"status":"PREPARED","download_endpoint":{"uri":"https://h/x"},
        "checksum_info":{"algorithm":"SHA256","checksum":"00"},"error_message":{"id":"e","default_message":"odd","args":[]}}
        """##

    @Test func list() async throws {
        try await check(
            DownloadSession.File.list, "ds-1", returns: [Self.ready],
            Exchange(
                rpc: (DownloadSessionTests.id, "[\(Self.tagged)]"), rest: ("GET \(Self.rest)?download_session_id=ds-1", "", ##"{"value":[\##(Self.plain)]}"##),
                api: ("GET \(Self.api)", "", 200, "[\(Self.plain)]")))
    }

    @Test func get() async throws {
        try await check(
            DownloadSession.File.get, "ds-1", "a b.iso", returns: Self.ready,
            Exchange(
                rpc: (Exchange.input(##""download_session_id":"ds-1","file_name":"a b.iso""##), Self.tagged),
                rest: ("POST \(Self.rest)/id:ds-1?~action=get", ##"{"file_name":"a b.iso"}"##, ##"{"value":\##(Self.plain)}"##),
                api: ("GET \(Self.api)?file_name=a%20b.iso", "", 200, Self.plain)))
    }

    @Test func prepare() async throws {
        // Captured from the SDK.
        let input = ##"{"STRUCTURE":{"operation-input":{"download_session_id":"ds-1","file_name":"a.iso","endpoint_type":{"OPTIONAL":"HTTPS"}}}}"##
        let output = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.downloadsession.file.info":{"name":"a.iso","bytes_transferred":0,"status":"PREPARED","download_endpoint":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.transfer_endpoint":{"uri":"https://h/x"}}}}}}}
            """##
        let body = ##"{"file_name":"a.iso","endpoint_type":"HTTPS"}"##
        let plain = ##"{"name":"a.iso","bytes_transferred":0,"status":"PREPARED","download_endpoint":{"uri":"https://h/x"}}"##
        try await check(
            DownloadSession.File.prepare, "ds-1", "a.iso", .https,
            returns: .init(name: "a.iso", status: .prepared, downloadEndpoint: .init(uri: "https://h/x")),
            Exchange(
                rpc: (input, output), rest: ("POST \(Self.rest)/id:ds-1?~action=prepare", body, ##"{"value":\##(plain)}"##),
                api: ("POST \(Self.api)?action=prepare", body, 200, plain)))
    }
}
