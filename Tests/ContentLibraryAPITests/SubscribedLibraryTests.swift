import ContentLibraryAPI
import Testing

struct SubscribedLibraryTests {
    static let rest = "/rest/com/vmware/content/subscribed-library", api = "/api/content/subscribed-library"
    static let id = Exchange.input(##""library_id":"lib-1""##)

    @Test func create() async throws {
        let tagged = ##"{"STRUCTURE":{"com.vmware.content.library_model":{"name":{"OPTIONAL":"n"}}}}"##
        try await check(
            SubscribedLibrary.create, "t", .init(name: "n"), returns: "lib-1",
            Exchange(
                rpc: (Exchange.input(##""client_token":{"OPTIONAL":"t"},"create_spec":\##(tagged)"##), ##""lib-1""##),
                rest: ("POST \(Self.rest)", ##"{"client_token":"t","create_spec":{"name":"n"}}"##, ##"{"value":"lib-1"}"##),
                api: ("POST \(Self.api)?client_token=t", ##"{"name":"n"}"##, 201, ##""lib-1""##)))
    }

    @Test func getAndList() async throws {
        try await check(
            SubscribedLibrary.get, "lib-1", returns: LibraryTests.full,
            Exchange(
                rpc: (Self.id, LibraryTests.fullTagged), rest: ("GET \(Self.rest)/id:lib-1", "", ##"{"value":\##(LibraryTests.fullPlain)}"##),
                api: ("GET \(Self.api)/lib-1", "", 200, LibraryTests.fullPlain)))
        try await check(
            SubscribedLibrary.list, returns: ["lib-1"],
            Exchange(
                rpc: (Exchange.input(), ##"["lib-1"]"##), rest: ("GET \(Self.rest)", "", ##"{"value":["lib-1"]}"##),
                api: ("GET \(Self.api)", "", 200, ##"["lib-1"]"##)))
    }

    @Test func update() async throws {
        let tagged = ##""library_id":"lib-1","update_spec":{"STRUCTURE":{"com.vmware.content.library_model":{"name":{"OPTIONAL":"n"}}}}"##
        try await check(
            SubscribedLibrary.update, "lib-1", .init(name: "n"), returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(tagged), "null"), rest: ("PATCH \(Self.rest)/id:lib-1", ##"{"update_spec":{"name":"n"}}"##, ""),
                api: ("PATCH \(Self.api)/lib-1", ##"{"name":"n"}"##, 204, "")))
    }

    @Test func deleteEvictAndSync() async throws {
        try await check(
            SubscribedLibrary.delete, "lib-1", returns: Nothing(),
            Exchange(rpc: (Self.id, "null"), rest: ("DELETE \(Self.rest)/id:lib-1", "", ""), api: ("DELETE \(Self.api)/lib-1", "", 204, "")))
        for (operation, action) in [(SubscribedLibrary.evict, "evict"), (SubscribedLibrary.sync, "sync")] {
            try await check(
                operation, "lib-1", returns: Nothing(),
                Exchange(
                    rpc: (Self.id, "null"), rest: ("POST \(Self.rest)/id:lib-1?~action=\(action)", "", ""),
                    api: ("POST \(Self.api)/lib-1?action=\(action)", "", 204, "")))
        }
    }

    @Test func probe() async throws {
        let message = Message(id: "m", defaultMessage: "text", args: [])
        let result = SubscribedLibrary.ProbeResult(status: .certificateError, sslThumbprint: "AA:BB", sslCertificate: "PEM", errorMessages: [message])
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.subscribed_library.probe_result":{"status":"CERTIFICATE_ERROR","ssl_thumbprint":{"OPTIONAL":"AA:BB"},
            "ssl_certificate":{"OPTIONAL":"PEM"},"error_messages":[{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":
            {"id":"m","default_message":"text","args":[]}}}]}}}
            """##
        let plain = ##"""
            {"status":"CERTIFICATE_ERROR","ssl_thumbprint":"AA:BB","ssl_certificate":"PEM","error_messages":[{"id":"m","default_message":"text","args":[]}]}
            """##
        let info = ##"{"STRUCTURE":{"com.vmware.content.library.subscription_info":{"subscription_url":{"OPTIONAL":"https://h/lib.json"}}}}"##
        let body = ##"{"subscription_info":{"subscription_url":"https://h/lib.json"}}"##
        try await check(
            SubscribedLibrary.probe, .init(subscriptionURL: "https://h/lib.json"), returns: result,
            Exchange(
                rpc: (Exchange.input(##""subscription_info":\##(info)"##), tagged), rest: ("POST \(Self.rest)?~action=probe", body, ##"{"value":\##(plain)}"##),
                api: ("POST \(Self.api)?action=probe", body, 200, plain)))
    }
}

struct SubscribedItemTests {
    static let rest = "/rest/com/vmware/content/library/subscribed-item", api = "/api/content/library/subscribed-item"

    @Test func evict() async throws {
        try await check(
            SubscribedItem.evict, "item-1", returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1""##), "null"), rest: ("POST \(Self.rest)/id:item-1?~action=evict", "", ""),
                api: ("POST \(Self.api)/item-1?action=evict", "", 204, "")))
    }

    @Test func sync() async throws {
        let members = ##""library_item_id":"item-1","force_sync_content":true,"sync_optional_files":{"OPTIONAL":false}"##
        let body = ##"{"force_sync_content":true,"sync_optional_files":false}"##
        try await check(
            SubscribedItem.sync, "item-1", true, false, returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(members), "null"), rest: ("POST \(Self.rest)/id:item-1?~action=sync", body, ""),
                api: ("POST \(Self.api)/item-1?action=sync", body, 204, "")))
    }
}
