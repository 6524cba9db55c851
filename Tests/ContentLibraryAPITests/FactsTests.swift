import ContentLibraryAPI
import Testing

/// The rules of the three dialects, on operations of the rest of the API: declared here as they would be there.
struct FactsTests {
    static let item = Service("com.vmware.content.library.item", at: "content/library/item")
    static let subscribed = Service("com.vmware.content.subscribed_library", at: "content/subscribed-library")
    static let usages = Service("com.vmware.content.library.usages", at: "content/library/{library}/usages")

    struct AddSpec: Structure {
        var resourceURN: String
        init(resourceURN: String) { self.resourceURN = resourceURN }
        static let shape = Shape("com.vmware.content.library.usages.add_spec", Self.init, ("resource_urn", \.resourceURN))
    }

    /// A token, an id of another name, and a spec.
    @Test func copy() async throws {
        let copy = Self.item.operation(
            "copy", "POST /{source_library_item_id}?action=copy", takes: ("client_token", String?.self), ("source_library_item_id", Item.ID.self),
            ("destination_create_spec", Item.Model.self), returns: Item.ID.self)
        let tagged = ##"{"STRUCTURE":{"com.vmware.content.library.item_model":{"name":{"OPTIONAL":"b"}}}}"##
        try await check(
            copy, "t", "item-1", .init(name: "b"), returns: "item-2",
            Exchange(
                rpc: (
                    Exchange.input(
                        ##""client_token":{"OPTIONAL":"t"},"source_library_item_id":"item-1","destination_create_spec":\##(tagged)"##), ##""item-2""##
                ),
                rest: (
                    "POST \(ItemTests.rest)/id:item-1?~action=copy", ##"{"client_token":"t","destination_create_spec":{"name":"b"}}"##, ##"{"value":"item-2"}"##
                ),
                api: ("POST \(ItemTests.api)/item-1?action=copy&client_token=t", ##"{"name":"b"}"##, 200, ##""item-2""##)))
    }

    /// A structure that is alone, and yet not the body, since it is not called a spec.
    @Test func probe() async throws {
        let probe = Self.subscribed.operation("probe", "POST ?action=probe", takes: ("subscription_info", SubscriptionInfo.self), returns: String.self)
        let body = ##"{"subscription_info":{"subscription_url":"u"}}"##
        let tagged = ##"{"STRUCTURE":{"com.vmware.content.library.subscription_info":{"subscription_url":{"OPTIONAL":"u"}}}}"##
        try await check(
            probe, .init(subscriptionURL: "u"), returns: "SUCCESS",
            Exchange(
                rpc: (Exchange.input(##""subscription_info":\##(tagged)"##), ##""SUCCESS""##),
                rest: ("POST /rest/com/vmware/content/subscribed-library?~action=probe", body, ##"{"value":"SUCCESS"}"##),
                api: ("POST /api/content/subscribed-library?action=probe", body, 200, ##""SUCCESS""##)))
    }

    /// The one operation whose status is not the usual one.
    @Test func statusOfTheRoute() async throws {
        let add = Self.usages.operation("add", "POST -> 200", takes: ("library", Library.ID.self), ("add_spec", AddSpec.self), returns: String.self)
        #expect(add.facts.route?.status == 200 && add.facts.route?.action == nil)
        try await check(
            add, "lib-1", AddSpec(resourceURN: "urn:x"), returns: "u-1",
            Exchange(
                rpc: (
                    Exchange.input(
                        ##""library":"lib-1","add_spec":{"STRUCTURE":{"com.vmware.content.library.usages.add_spec":{"resource_urn":"urn:x"}}}"##), ##""u-1""##
                ),
                rest: (
                    "POST /rest/com/vmware/content/library/usages/id:lib-1?~action=add", ##"{"add_spec":{"resource_urn":"urn:x"}}"##, ##"{"value":"u-1"}"##
                ),
                api: ("POST /api/content/library/lib-1/usages", ##"{"resource_urn":"urn:x"}"##, 200, ##""u-1""##)))
    }

    /// Parameters of every form where there is no body to put them.
    @Test func query() async throws {
        let list = Self.item.operation(
            "list", "GET", takes: ("library_id", Library.ID.self), ("cached", Bool.self), ("since", Timestamp?.self), ("limit", Int64.self),
            returns: [Int64].self)
        let input = ##""library_id":"l","cached":true,"since":{"OPTIONAL":"\##(momentText)"},"limit":9223372036854775807"##
        let query = "?library_id=l&cached=true&since=2026-01-02T03%3A04%3A05.678Z&limit=9223372036854775807"
        try await check(
            list, "l", true, moment, .max, returns: [.min, 0],
            Exchange(
                rpc: (Exchange.input(input), "[-9223372036854775808,0]"),
                rest: ("GET \(ItemTests.rest)\(query)", "", ##"{"value":[-9223372036854775808,0]}"##),
                api: ("GET \(ItemTests.api)\(query)", "", 200, "[-9223372036854775808,0]")))
    }

    @Test func routes() throws {
        let facts = Self.item.operation("x", "PATCH /{a}/b/{c}?action=do-it -> 202").facts
        let route = try #require(facts.route)
        #expect(route.method == "PATCH" && route.action == "do-it" && route.status == 202)
        #expect(
            route.segments == [.literal("content"), .literal("library"), .literal("item"), .parameter("a"), .literal("b"), .parameter("c")])
        #expect(route.parameters == ["a", "c"] && facts.isVoid && facts.id == "com.vmware.content.library.item.x")
    }
}
