import ContentLibraryAPI
import Testing

struct LibraryTests {
    static let rest = "/rest/com/vmware/content/library", api = "/api/content/library"

    /// Every field, so that no two can have changed places.
    static let full = Library.Model(
        id: "lib-1", creationTime: moment, description: "d", lastModifiedTime: Timestamp(milliseconds: 1), lastSyncTime: Timestamp(milliseconds: 2),
        name: "n", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1"), .init(type: .other, storageURI: "file:///x")], type: .local,
        optimizationInfo: .init(optimizeRemotePublishing: true), version: "2",
        publishInfo: .init(
            authenticationMethod: .basic, published: true, publishURL: "https://h/lib.json", userName: "vcsp", password: Secret("p"),
            currentPassword: Secret("c"), persistJSONEnabled: false),
        subscriptionInfo: .init(
            authenticationMethod: AuthenticationMethod.none, automaticSyncEnabled: true, onDemand: false, password: Secret("q"), sslThumbprint: "AA:BB",
            subscriptionURL: "https://h/s", userName: "u", sourceInfo: .init(sourceLibrary: "lib-0", subscription: "sub-1"), sslCertificate: "PEM"),
        serverGUID: "guid", securityPolicyID: "pol", unsetSecurityPolicyID: false, stateInfo: .init(state: .active, message: "m"),
        configurationInfo: .init(applyLibraryUsageToItems: true))

    static let fullTagged = ##"""
        {"STRUCTURE":{"com.vmware.content.library_model":{"id":{"OPTIONAL":"lib-1"},"creation_time":{"OPTIONAL":"2026-01-02T03:04:05.678Z"},
        "description":{"OPTIONAL":"d"},"last_modified_time":{"OPTIONAL":"1970-01-01T00:00:00.001Z"},"last_sync_time":{"OPTIONAL":"1970-01-01T00:00:00.002Z"},
        "name":{"OPTIONAL":"n"},"storage_backings":{"OPTIONAL":[
        {"STRUCTURE":{"com.vmware.content.library.storage_backing":{"type":{"OPTIONAL":"DATASTORE"},"datastore_id":{"OPTIONAL":"datastore-1"},"storage_uri":{"OPTIONAL":null}}}},
        {"STRUCTURE":{"com.vmware.content.library.storage_backing":{"type":{"OPTIONAL":"OTHER"},"storage_uri":{"OPTIONAL":"file:///x"}}}}]},
        "type":{"OPTIONAL":"LOCAL"},
        "optimization_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.optimization_info":{"optimize_remote_publishing":{"OPTIONAL":true}}}}},
        "version":{"OPTIONAL":"2"},
        "publish_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.publish_info":{"authentication_method":{"OPTIONAL":"BASIC"},"published":{"OPTIONAL":true},
        "publish_url":{"OPTIONAL":"https://h/lib.json"},"user_name":{"OPTIONAL":"vcsp"},"password":{"OPTIONAL":{"SECRET":"p"}},
        "current_password":{"OPTIONAL":{"SECRET":"c"}},"persist_json_enabled":{"OPTIONAL":false}}}}},
        "subscription_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.subscription_info":{"authentication_method":{"OPTIONAL":"NONE"},
        "automatic_sync_enabled":{"OPTIONAL":true},"on_demand":{"OPTIONAL":false},"password":{"OPTIONAL":{"SECRET":"q"}},"ssl_thumbprint":{"OPTIONAL":"AA:BB"},
        "subscription_url":{"OPTIONAL":"https://h/s"},"user_name":{"OPTIONAL":"u"},
        "source_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.source_info":{"source_library":{"OPTIONAL":"lib-0"},"subscription":{"OPTIONAL":"sub-1"}}}}},
        "ssl_certificate":{"OPTIONAL":"PEM"}}}}},
        "server_guid":{"OPTIONAL":"guid"},"security_policy_id":{"OPTIONAL":"pol"},"unset_security_policy_id":{"OPTIONAL":false},
        "state_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.state_info":{"state":{"OPTIONAL":"ACTIVE"},"message":{"OPTIONAL":"m"}}}}},
        "configuration_info":{"OPTIONAL":{"STRUCTURE":{"com.vmware.content.library.configuration_info":{"apply_library_usage_to_items":{"OPTIONAL":true}}}}}}}}
        """##

    static let fullPlain = ##"""
        {"id":"lib-1","creation_time":"2026-01-02T03:04:05.678Z","description":"d","last_modified_time":"1970-01-01T00:00:00.001Z",
        "last_sync_time":"1970-01-01T00:00:00.002Z","name":"n",
        "storage_backings":[{"type":"DATASTORE","datastore_id":"datastore-1"},{"type":"OTHER","storage_uri":"file:///x"}],"type":"LOCAL",
        "optimization_info":{"optimize_remote_publishing":true},"version":"2",
        "publish_info":{"authentication_method":"BASIC","published":true,"publish_url":"https://h/lib.json","user_name":"vcsp","password":"p","current_password":"c",
        "persist_json_enabled":false},
        "subscription_info":{"authentication_method":"NONE","automatic_sync_enabled":true,"on_demand":false,"password":"q","ssl_thumbprint":"AA:BB",
        "subscription_url":"https://h/s","user_name":"u","source_info":{"source_library":"lib-0","subscription":"sub-1"},"ssl_certificate":"PEM"},
        "server_guid":"guid","security_policy_id":"pol","unset_security_policy_id":false,"state_info":{"state":"ACTIVE","message":"m"},
        "configuration_info":{"apply_library_usage_to_items":true}}
        """##

    @Test func list() async throws {
        try await check(
            Library.list, returns: ["lib-1", "lib-2"],
            Exchange(
                rpc: (Exchange.input(), ##"["lib-1","lib-2"]"##), rest: ("GET \(Self.rest)", "", ##"{"value":["lib-1","lib-2"]}"##),
                api: ("GET \(Self.api)", "", 200, ##"["lib-1","lib-2"]"##)))
    }

    @Test func get() async throws {
        try await check(
            Library.get, "lib-1", returns: Self.full,
            Exchange(
                rpc: (Exchange.input(##""library_id":"lib-1""##), Self.fullTagged),
                rest: ("GET \(Self.rest)/id:lib-1", "", ##"{"value":\##(Self.fullPlain)}"##), api: ("GET \(Self.api)/lib-1", "", 200, Self.fullPlain)))
    }

    /// The least that an answer may hold.
    @Test func emptyModel() async throws {
        try await check(
            Library.get, "lib-1", returns: .init(),
            Exchange(
                rpc: (Exchange.input(##""library_id":"lib-1""##), ##"{"STRUCTURE":{"com.vmware.content.library_model":{}}}"##),
                rest: ("GET \(Self.rest)/id:lib-1", "", ##"{"value":{}}"##), api: ("GET \(Self.api)/lib-1", "", 200, "{}")))
    }

    @Test func update() async throws {
        let tagged = ##""library_id":"lib-1","update_spec":{"STRUCTURE":{"com.vmware.content.library_model":{"version":{"OPTIONAL":"2"}}}}"##
        for (operation, rest, api) in [
            (Library.update, Self.rest, Self.api), (LocalLibrary.update, LocalLibraryTests.rest, LocalLibraryTests.api),
        ] {
            try await check(
                operation, "lib-1", .init(version: "2"), returns: Nothing(),
                Exchange(
                    rpc: (Exchange.input(tagged), "null"), rest: ("PATCH \(rest)/id:lib-1", ##"{"update_spec":{"version":"2"}}"##, ""),
                    api: ("PATCH \(api)/lib-1", ##"{"version":"2"}"##, 204, "")))
        }
    }

    @Test func find() async throws {
        let spec = ##"{"STRUCTURE":{"com.vmware.content.library.find_spec":{"name":{"OPTIONAL":"n"},"type":{"OPTIONAL":"LOCAL"}}}}"##
        try await check(
            Library.find, .init(name: "n", type: .local), returns: [],
            Exchange(
                rpc: (Exchange.input(##""spec":\##(spec)"##), "[]"),
                rest: ("POST \(Self.rest)?~action=find", ##"{"spec":{"name":"n","type":"LOCAL"}}"##, ##"{"value":[]}"##),
                api: ("POST \(Self.api)?action=find", ##"{"name":"n","type":"LOCAL"}"##, 200, "[]")))
    }
}

struct LocalLibraryTests {
    static let rest = "/rest/com/vmware/content/local-library", api = "/api/content/local-library"

    @Test func create() async throws {
        let token = "b8a2a2e3-2314-43cd-a871-6ede0f429751"
        // Captured from the SDK.
        let captured = ##"""
            {"STRUCTURE":{"operation-input":{"client_token":{"OPTIONAL":"b8a2a2e3-2314-43cd-a871-6ede0f429751"},"create_spec":{"STRUCTURE":{"com.vmware.content.library_model":{"id":{"OPTIONAL":null},"creation_time":{"OPTIONAL":null},"description":{"OPTIONAL":"d"},"last_modified_time":{"OPTIONAL":null},"last_sync_time":{"OPTIONAL":null},"name":{"OPTIONAL":"n"},"storage_backings":{"OPTIONAL":[{"STRUCTURE":{"com.vmware.content.library.storage_backing":{"type":{"OPTIONAL":"DATASTORE"},"datastore_id":{"OPTIONAL":"datastore-1"},"storage_uri":{"OPTIONAL":null}}}}]},"type":{"OPTIONAL":"LOCAL"},"optimization_info":{"OPTIONAL":null},"version":{"OPTIONAL":null},"publish_info":{"OPTIONAL":null},"subscription_info":{"OPTIONAL":null},"server_guid":{"OPTIONAL":null},"security_policy_id":{"OPTIONAL":null},"unset_security_policy_id":{"OPTIONAL":null}}}}}}}
            """##
        let plain = ##"{"description":"d","name":"n","storage_backings":[{"type":"DATASTORE","datastore_id":"datastore-1"}],"type":"LOCAL"}"##
        try await check(
            LocalLibrary.create, token,
            .init(description: "d", name: "n", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")], type: .local), returns: "lib-1",
            Exchange(
                rpc: (captured, ##""lib-1""##),
                rest: ("POST \(Self.rest)", ##"{"client_token":"\##(token)","create_spec":\##(plain)}"##, ##"{"value":"lib-1"}"##),
                api: ("POST \(Self.api)?client_token=\(token)", plain, 201, ##""lib-1""##)))
    }

    @Test func get() async throws {
        try await check(
            LocalLibrary.get, "lib-1", returns: LibraryTests.full,
            Exchange(
                rpc: (Exchange.input(##""library_id":"lib-1""##), LibraryTests.fullTagged),
                rest: ("GET \(Self.rest)/id:lib-1", "", ##"{"value":\##(LibraryTests.fullPlain)}"##),
                api: ("GET \(Self.api)/lib-1", "", 200, LibraryTests.fullPlain)))
    }

    @Test func list() async throws {
        try await check(
            LocalLibrary.list, returns: ["lib-1"],
            Exchange(
                rpc: (Exchange.input(), ##"["lib-1"]"##), rest: ("GET \(Self.rest)", "", ##"{"value":["lib-1"]}"##),
                api: ("GET \(Self.api)", "", 200, ##"["lib-1"]"##)))
    }

    @Test func delete() async throws {
        try await check(
            LocalLibrary.delete, "lib-1", returns: Nothing(),
            Exchange(
                rpc: (Exchange.input(##""library_id":"lib-1""##), "null"), rest: ("DELETE \(Self.rest)/id:lib-1", "", ""),
                api: ("DELETE \(Self.api)/lib-1", "", 204, "")))
    }
}
