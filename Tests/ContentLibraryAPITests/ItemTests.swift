import ContentLibraryAPI
import Testing

struct ItemTests {
    static let rest = "/rest/com/vmware/content/library/item", api = "/api/content/library/item"

    static let full = Item.Model(
        id: "item-1", libraryID: "lib-1", contentVersion: "2", creationTime: moment, description: "d", lastModifiedTime: Timestamp(milliseconds: 1),
        lastSyncTime: Timestamp(milliseconds: 2), metadataVersion: "1", name: "a", cached: true, size: .max, type: "iso", version: "3", sourceID: "item-0",
        securityCompliance: false, certificateVerificationInfo: .init(status: .notAvailable, certChain: ["c"]))

    static let fullTagged = ##"""
        {"STRUCTURE":{"com.vmware.content.library.item_model":{"id":{"OPTIONAL":"item-1"},"library_id":{"OPTIONAL":"lib-1"},"content_version":{"OPTIONAL":"2"},
        "creation_time":{"OPTIONAL":"2026-01-02T03:04:05.678Z"},"description":{"OPTIONAL":"d"},"last_modified_time":{"OPTIONAL":"1970-01-01T00:00:00.001Z"},
        "last_sync_time":{"OPTIONAL":"1970-01-01T00:00:00.002Z"},"metadata_version":{"OPTIONAL":"1"},"name":{"OPTIONAL":"a"},"cached":{"OPTIONAL":true},
        "size":{"OPTIONAL":9223372036854775807},"type":{"OPTIONAL":"iso"},"version":{"OPTIONAL":"3"},"source_id":{"OPTIONAL":"item-0"},
        "security_compliance":{"OPTIONAL":false},"certificate_verification_info":{"OPTIONAL":{"STRUCTURE":
        {"com.vmware.content.library.item.certificate_verification_info":{"status":"NOT_AVAILABLE","cert_chain":{"OPTIONAL":["c"]}}}}}}}}
        """##

    static let fullPlain = ##"""
        {"id":"item-1","library_id":"lib-1","content_version":"2","creation_time":"2026-01-02T03:04:05.678Z","description":"d",
        "last_modified_time":"1970-01-01T00:00:00.001Z","last_sync_time":"1970-01-01T00:00:00.002Z","metadata_version":"1","name":"a","cached":true,
        "size":9223372036854775807,"type":"iso","version":"3","source_id":"item-0","security_compliance":false,
        "certificate_verification_info":{"status":"NOT_AVAILABLE","cert_chain":["c"]}}
        """##

    @Test func create() async throws {
        // Captured from the SDK.
        let captured = ##"""
            {"STRUCTURE":{"operation-input":{"client_token":{"OPTIONAL":null},"create_spec":{"STRUCTURE":{"com.vmware.content.library.item_model":{"id":{"OPTIONAL":null},"library_id":{"OPTIONAL":"lib-1"},"content_version":{"OPTIONAL":null},"creation_time":{"OPTIONAL":null},"description":{"OPTIONAL":"d"},"last_modified_time":{"OPTIONAL":null},"last_sync_time":{"OPTIONAL":null},"metadata_version":{"OPTIONAL":null},"name":{"OPTIONAL":"a"},"cached":{"OPTIONAL":null},"size":{"OPTIONAL":null},"type":{"OPTIONAL":"iso"},"version":{"OPTIONAL":null},"source_id":{"OPTIONAL":null},"security_compliance":{"OPTIONAL":null},"certificate_verification_info":{"OPTIONAL":null}}}}}}}
            """##
        let plain = ##"{"name":"a","description":"d","library_id":"lib-1","type":"iso"}"##
        try await check(
            Item.create, nil, .init(libraryID: "lib-1", description: "d", name: "a", type: "iso"), returns: "item-1",
            Exchange(
                rpc: (captured, ##""item-1""##), rest: ("POST \(Self.rest)", ##"{"create_spec":\##(plain)}"##, ##"{"value":"item-1"}"##),
                api: ("POST \(Self.api)", plain, 201, ##""item-1""##)))
    }

    @Test func get() async throws {
        try await check(
            Item.get, "item-1", returns: Self.full,
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1""##), Self.fullTagged),
                rest: ("GET \(Self.rest)/id:item-1", "", ##"{"value":\##(Self.fullPlain)}"##), api: ("GET \(Self.api)/item-1", "", 200, Self.fullPlain)))
    }

    @Test func list() async throws {
        try await check(
            Item.list, "lib-1", returns: ["item-1"],
            Exchange(
                rpc: (Exchange.input(##""library_id":"lib-1""##), ##"["item-1"]"##),
                rest: ("GET \(Self.rest)?library_id=lib-1", "", ##"{"value":["item-1"]}"##),
                api: ("GET \(Self.api)?library_id=lib-1", "", 200, ##"["item-1"]"##)))
    }

    @Test func find() async throws {
        let tagged = ##"""
            "spec":{"STRUCTURE":{"com.vmware.content.library.item.find_spec":{"name":{"OPTIONAL":"n"},"library_id":{"OPTIONAL":"lib-1"},
            "source_id":{"OPTIONAL":"item-0"},"type":{"OPTIONAL":"iso"},"cached":{"OPTIONAL":true}}}}
            """##
        let plain = ##"{"name":"n","library_id":"lib-1","source_id":"item-0","type":"iso","cached":true}"##
        try await check(
            Item.find, .init(name: "n", libraryID: "lib-1", sourceID: "item-0", type: "iso", cached: true), returns: ["i-1", "i-2"],
            Exchange(
                rpc: (Exchange.input(tagged), ##"["i-1","i-2"]"##),
                rest: ("POST \(Self.rest)?~action=find", ##"{"spec":\##(plain)}"##, ##"{"value":["i-1","i-2"]}"##),
                api: ("POST \(Self.api)?action=find", plain, 200, ##"["i-1","i-2"]"##)))
    }

    @Test func update() async throws {
        try await check(
            Item.update, "item-1", .init(name: "b"), returns: Nothing(),
            Exchange(
                rpc: (
                    Exchange.input(
                        ##""library_item_id":"item-1","update_spec":{"STRUCTURE":{"com.vmware.content.library.item_model":{"name":{"OPTIONAL":"b"}}}}"##),
                    "null"
                ),
                rest: ("PATCH \(Self.rest)/id:item-1", ##"{"update_spec":{"name":"b"}}"##, ""), api: ("PATCH \(Self.api)/item-1", ##"{"name":"b"}"##, 204, "")))
    }

    @Test func copy() async throws {
        let spec = ##"{"STRUCTURE":{"com.vmware.content.library.item_model":{"library_id":{"OPTIONAL":"lib-2"},"name":{"OPTIONAL":"b"}}}}"##
        let members = ##""client_token":{"OPTIONAL":"t"},"source_library_item_id":"item-1","destination_create_spec":\##(spec)"##
        let plain = ##"{"library_id":"lib-2","name":"b"}"##
        try await check(
            Item.copy, "t", "item-1", .init(libraryID: "lib-2", name: "b"), returns: "item-2",
            Exchange(
                rpc: (Exchange.input(members), ##""item-2""##),
                rest: (
                    "POST \(Self.rest)/id:item-1?~action=copy", ##"{"client_token":"t","destination_create_spec":\##(plain)}"##, ##"{"value":"item-2"}"##
                ),
                api: ("POST \(Self.api)/item-1?action=copy&client_token=t", plain, 200, ##""item-2""##)))
    }

    @Test func delete() async throws {
        try await check(
            Item.delete, "item-1", returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1""##), "null"), rest: ("DELETE \(Self.rest)/id:item-1", "", ""),
                api: ("DELETE \(Self.api)/item-1", "", 204, "")))
    }
}

struct ItemFileTests {
    static let info = Item.File.Info(checksumInfo: .init(algorithm: .sha1, checksum: "da39"), name: "a.iso", size: 5, cached: true, version: "1")
    // Captured from the SDK.
    static let tagged = ##"""
        {"STRUCTURE":{"com.vmware.content.library.item.file.info":{"name":"a.iso","size":5,"cached":true,"version":"1","checksum_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.file.checksum_info":{"algorithm":{"OPTIONAL":"SHA1"},"checksum":"da39"}}}}}}}
        """##
    static let plain = ##"{"name":"a.iso","size":5,"cached":true,"version":"1","checksum_info":{"algorithm":"SHA1","checksum":"da39"}}"##

    @Test func get() async throws {
        try await check(
            Item.File.get, "item-1", "a.iso", returns: Self.info,
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1","name":"a.iso""##), Self.tagged),
                rest: ("POST \(ItemTests.rest)/file/id:item-1?~action=get", ##"{"name":"a.iso"}"##, ##"{"value":\##(Self.plain)}"##),
                api: ("GET \(ItemTests.api)/item-1/file?name=a.iso", "", 200, Self.plain)))
    }

    @Test func list() async throws {
        var newer = Self.info
        (newer.checksumInfo, newer.fileDownloadEndpoint) = (nil, "https://h/cls/static/l/i/a.iso?version=1")
        let endpoint = ##""file_download_endpoint":"https://h/cls/static/l/i/a.iso?version=1""##
        let tagged = ##"""
            {"STRUCTURE":{"com.vmware.content.library.item.file.info":{"name":"a.iso","size":5,"cached":true,"version":"1",
            "file_download_endpoint":{"OPTIONAL":"https://h/cls/static/l/i/a.iso?version=1"}}}}
            """##
        let plain = ##"{"name":"a.iso","size":5,"cached":true,"version":"1",\##(endpoint)}"##
        try await check(
            Item.File.list, "item-1", returns: [Self.info, newer],
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1""##), "[\(Self.tagged),\(tagged)]"),
                rest: ("GET \(ItemTests.rest)/file?library_item_id=item-1", "", ##"{"value":[\##(Self.plain),\##(plain)]}"##),
                api: ("GET \(ItemTests.api)/item-1/file", "", 200, "[\(Self.plain),\(plain)]")))
    }
}

struct ItemStorageTests {
    static let infos = [
        Item.Storage.Info(
            storageBacking: .init(type: .datastore, datastoreID: "datastore-1"), storageURIs: ["ds:///vmfs/x"],
            checksumInfo: .init(algorithm: .sha1, checksum: "da39"), name: "a.iso", size: 1, cached: true, version: "2"),
        Item.Storage.Info(
            storageBacking: .init(type: .other, storageURI: "file:///x"), storageURIs: [], name: "b", size: 0, cached: false, version: "1"),
    ]
    static let tagged = ##"""
        [{"STRUCTURE":{"com.vmware.content.library.item.storage.info":{
        "storage_backing":{"STRUCTURE":{"com.vmware.content.library.storage_backing":{"type":{"OPTIONAL":"DATASTORE"},"datastore_id":{"OPTIONAL":"datastore-1"}}}},
        "storage_uris":["ds:///vmfs/x"],"checksum_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.item.file.checksum_info":
        {"algorithm":{"OPTIONAL":"SHA1"},"checksum":"da39"}}}},"name":"a.iso","size":1,"cached":true,"version":"2"}}},
        {"STRUCTURE":{"com.vmware.content.library.item.storage.info":{
        "storage_backing":{"STRUCTURE":{"com.vmware.content.library.storage_backing":{"type":{"OPTIONAL":"OTHER"},"storage_uri":{"OPTIONAL":"file:///x"}}}},
        "storage_uris":[],"name":"b","size":0,"cached":false,"version":"1"}}}]
        """##
    static let plain = ##"""
        [{"storage_backing":{"type":"DATASTORE","datastore_id":"datastore-1"},"storage_uris":["ds:///vmfs/x"],
        "checksum_info":{"algorithm":"SHA1","checksum":"da39"},"name":"a.iso","size":1,"cached":true,"version":"2"},
        {"storage_backing":{"type":"OTHER","storage_uri":"file:///x"},"storage_uris":[],"name":"b","size":0,"cached":false,"version":"1"}]
        """##

    @Test func get() async throws {
        try await check(
            Item.Storage.get, "item-1", "a.iso", returns: Self.infos,
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1","file_name":"a.iso""##), Self.tagged),
                rest: ("POST \(ItemTests.rest)/storage/id:item-1?~action=get", ##"{"file_name":"a.iso"}"##, ##"{"value":\##(Self.plain)}"##),
                api: ("GET \(ItemTests.api)/item-1/storage?file_name=a.iso", "", 200, Self.plain)))
    }

    @Test func list() async throws {
        try await check(
            Item.Storage.list, "item-1", returns: Self.infos,
            Exchange(
                rpc: (Exchange.input(##""library_item_id":"item-1""##), Self.tagged),
                rest: ("GET \(ItemTests.rest)/storage?library_item_id=item-1", "", ##"{"value":\##(Self.plain)}"##),
                api: ("GET \(ItemTests.api)/item-1/storage", "", 200, Self.plain)))
    }
}

struct ItemTypeTests {
    @Test func list() async throws {
        let info = ItemType.Info(description: "d", name: "n", type: "ovf", vendor: "v", version: "1", supportedRules: ["OVF_STRICT_VERIFICATION"])
        let tagged = ##"""
            [{"STRUCTURE":{"com.vmware.content.type.info":{"description":"d","name":"n","type":"ovf","vendor":"v","version":"1",
            "supported_rules":{"OPTIONAL":["OVF_STRICT_VERIFICATION"]}}}}]
            """##
        let plain = ##"[{"description":"d","name":"n","type":"ovf","vendor":"v","version":"1","supported_rules":["OVF_STRICT_VERIFICATION"]}]"##
        try await check(
            ItemType.list, returns: [info],
            Exchange(
                rpc: (Exchange.input(), tagged), rest: ("GET /rest/com/vmware/content/type", "", ##"{"value":\##(plain)}"##),
                api: ("GET /api/content/type", "", 200, plain)))
    }
}
