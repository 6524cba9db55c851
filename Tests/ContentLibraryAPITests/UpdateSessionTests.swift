import ContentLibraryAPI
import Testing

struct UpdateSessionTests {
    static let rest = ItemTests.rest + "/update-session", api = ItemTests.api + "/update-session"
    static let id = Exchange.input(##""update_session_id":"us-1""##)

    @Test func create() async throws {
        let token = "bec47e52-8c58-4b5a-a194-e74f33ab8994"
        // Captured from the SDK.
        let captured = ##"""
            {"STRUCTURE":{"operation-input":{"client_token":{"OPTIONAL":"bec47e52-8c58-4b5a-a194-e74f33ab8994"},"create_spec":{"STRUCTURE":{"com.vmware.content.library.item.update_session_model":{"id":{"OPTIONAL":null},"library_item_id":{"OPTIONAL":"item-1"},"library_item_content_version":{"OPTIONAL":null},"error_message":{"OPTIONAL":null},"client_progress":{"OPTIONAL":null},"state":{"OPTIONAL":null},"expiration_time":{"OPTIONAL":null},"preview_info":{"OPTIONAL":null},"warning_behavior":{"OPTIONAL":null}}}}}}}
            """##
        try await check(
            UpdateSession.create, token, .init(libraryItemID: "item-1"), returns: "us-1",
            Exchange(
                rpc: (captured, ##""us-1""##),
                rest: ("POST \(Self.rest)", ##"{"client_token":"\##(token)","create_spec":{"library_item_id":"item-1"}}"##, ##"{"value":"us-1"}"##),
                api: ("POST \(Self.api)?client_token=\(token)", ##"{"library_item_id":"item-1"}"##, 201, ##""us-1""##)))
    }

    /// Ids of real servers hold a colon.
    @Test func get() async throws {
        // Captured from the SDK.
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.update_session_model":{"library_item_id":{"OPTIONAL":"item-1"},"library_item_content_version":{"OPTIONAL":"1"},"client_progress":{"OPTIONAL":0},"state":{"OPTIONAL":"ACTIVE"},"expiration_time":{"OPTIONAL":"2026-01-02T03:04:05.678Z"}}}}
            """##
        let plain =
            ##"{"library_item_id":"item-1","library_item_content_version":"1","client_progress":0,"state":"ACTIVE","expiration_time":"\##(momentText)"}"##
        try await check(
            UpdateSession.get, "us:1",
            returns: .init(libraryItemID: "item-1", libraryItemContentVersion: "1", clientProgress: 0, state: .active, expirationTime: moment),
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us:1""##), tagged), rest: ("GET \(Self.rest)/id:us%3A1", "", ##"{"value":\##(plain)}"##),
                api: ("GET \(Self.api)/us%3A1", "", 200, plain)))
    }

    @Test func getWithEveryField() async throws {
        let message = Message(id: "m", defaultMessage: "text", args: ["x"], localized: "Text")
        let model = UpdateSession.Model(
            id: "us-1", libraryItemID: "item-1", libraryItemContentVersion: "2", errorMessage: message, clientProgress: 42, state: .error,
            expirationTime: moment,
            previewInfo: .init(
                state: .available, certificateInfo: .init(issuer: "i", subject: "s", selfSigned: true, x509: "x"),
                warnings: [.init(type: .expiredCertificate, message: .init(id: "w", defaultMessage: "old"), ignored: false)], certChain: ["c"]),
            warningBehavior: [.init(type: .selfSignedCertificate, ignored: true)])
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.update_session_model":{"id":{"OPTIONAL":"us-1"},"library_item_id":{"OPTIONAL":"item-1"},
            "library_item_content_version":{"OPTIONAL":"2"},"error_message":{"OPTIONAL":{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":
            {"id":"m","default_message":"text","args":["x"],"localized":{"OPTIONAL":"Text"}}}}},"client_progress":{"OPTIONAL":42},"state":{"OPTIONAL":"ERROR"},
            "expiration_time":{"OPTIONAL":"2026-01-02T03:04:05.678Z"},"preview_info":{"OPTIONAL":{"STRUCTURE":
            {"com.vmware.content.library.item.updatesession.preview_info":{"state":"AVAILABLE","certificate_info":{"OPTIONAL":{"STRUCTURE":
            {"com.vmware.content.library.item.updatesession.certificate_info":{"issuer":"i","subject":"s","self_signed":true,"x509":"x"}}}},
            "warnings":{"OPTIONAL":[{"STRUCTURE":{"com.vmware.content.library.item.updatesession.preview_warning_info":{"type":"EXPIRED_CERTIFICATE",
            "message":{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"w","default_message":"old","args":[]}}},"ignored":false}}}]},
            "cert_chain":{"OPTIONAL":["c"]}}}}},"warning_behavior":{"OPTIONAL":[{"STRUCTURE":
            {"com.vmware.content.library.item.updatesession.warning_behavior":{"type":"SELF_SIGNED_CERTIFICATE","ignored":true}}}]}}}}
            """##
        let plain = ##"""
            {"id":"us-1","library_item_id":"item-1","library_item_content_version":"2",
            "error_message":{"id":"m","default_message":"text","args":["x"],"localized":"Text"},"client_progress":42,"state":"ERROR",
            "expiration_time":"2026-01-02T03:04:05.678Z","preview_info":{"state":"AVAILABLE",
            "certificate_info":{"issuer":"i","subject":"s","self_signed":true,"x509":"x"},
            "warnings":[{"type":"EXPIRED_CERTIFICATE","message":{"id":"w","default_message":"old","args":[]},"ignored":false}],"cert_chain":["c"]},
            "warning_behavior":[{"type":"SELF_SIGNED_CERTIFICATE","ignored":true}]}
            """##
        try await check(
            UpdateSession.get, "us-1", returns: model,
            Exchange(rpc: (Self.id, tagged), rest: ("GET \(Self.rest)/id:us-1", "", ##"{"value":\##(plain)}"##), api: ("GET \(Self.api)/us-1", "", 200, plain)))
    }

    @Test func list() async throws {
        try await check(
            UpdateSession.list, nil, returns: ["us-1"],
            Exchange(
                rpc: (Exchange.input(##""library_item_id":{"OPTIONAL":null}"##), ##"["us-1"]"##),
                rest: ("GET \(Self.rest)", "", ##"{"value":["us-1"]}"##), api: ("GET \(Self.api)", "", 200, ##"["us-1"]"##)))
        try await check(
            UpdateSession.list, "item-1", returns: [],
            Exchange(
                rpc: (Exchange.input(##""library_item_id":{"OPTIONAL":"item-1"}"##), "[]"),
                rest: ("GET \(Self.rest)?library_item_id=item-1", "", ##"{"value":[]}"##), api: ("GET \(Self.api)?library_item_id=item-1", "", 200, "[]")))
    }

    @Test func keepAlive() async throws {
        try await check(
            UpdateSession.keepAlive, "us-1", 42, returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1","client_progress":{"OPTIONAL":42}"##), "null"),
                rest: ("POST \(Self.rest)/id:us-1?~action=keep-alive", ##"{"client_progress":42}"##, ""),
                api: ("POST \(Self.api)/us-1?action=keep-alive", ##"{"client_progress":42}"##, 204, "")))
        try await check(
            UpdateSession.keepAlive, "us-1", nil, returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1","client_progress":{"OPTIONAL":null}"##), "null"),
                rest: ("POST \(Self.rest)/id:us-1?~action=keep-alive", "", ""), api: ("POST \(Self.api)/us-1?action=keep-alive", "", 204, "")))
    }

    @Test func update() async throws {
        let tagged = ##"""
            "update_session_id":"us-1","update_spec":{"STRUCTURE":{"com.vmware.content.library.item.update_session_model":{"warning_behavior":{"OPTIONAL":
            [{"STRUCTURE":{"com.vmware.content.library.item.updatesession.warning_behavior":{"type":"SELF_SIGNED_CERTIFICATE","ignored":true}}}]}}}}
            """##
        let plain = ##"{"warning_behavior":[{"type":"SELF_SIGNED_CERTIFICATE","ignored":true}]}"##
        try await check(
            UpdateSession.update, "us-1", .init(warningBehavior: [.init(type: .selfSignedCertificate, ignored: true)]), returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(tagged), "null"), rest: ("PATCH \(Self.rest)/id:us-1", ##"{"update_spec":\##(plain)}"##, ""),
                api: ("PATCH \(Self.api)/us-1", plain, 204, "")))
    }

    @Test func endings() async throws {
        for (operation, action) in [(UpdateSession.complete, "complete"), (UpdateSession.cancel, "cancel")] {
            try await check(
                operation, "us-1", returns: Nothing(),
                Exchange(
                    rpc: (Self.id, "null"), rest: ("POST \(Self.rest)/id:us-1?~action=\(action)", "", ""),
                    api: ("POST \(Self.api)/us-1?action=\(action)", "", 204, "")))
        }
        try await check(
            UpdateSession.delete, "us-1", returns: Nothing(),
            Exchange(rpc: (Self.id, "null"), rest: ("DELETE \(Self.rest)/id:us-1", "", ""), api: ("DELETE \(Self.api)/us-1", "", 204, "")))
    }

    @Test func fail() async throws {
        let body = ##"{"client_error_message":"boom"}"##
        try await check(
            UpdateSession.fail, "us-1", "boom", returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""update_session_id":"us-1","client_error_message":"boom""##), "null"),
                rest: ("POST \(Self.rest)/id:us-1?~action=fail", body, ""), api: ("POST \(Self.api)/us-1?action=fail", body, 204, "")))
    }
}
