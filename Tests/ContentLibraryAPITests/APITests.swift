import Foundation
import Testing

@testable import ContentLibraryAPI

struct APITests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every operation that the sources declare is in the list, and none is there twice.
    @Test func listsEveryDeclaration() throws {
        let directory = Self.root.appendingPathComponent("Sources/ContentLibraryAPI")
        let texts = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
        let declared = texts.map { $0.components(separatedBy: "= service.operation(").count - 1 }.reduce(0, +)
        #expect(declared == API.all.count)
        #expect(Set(API.all.map(\.id)).count == API.all.count)
        let routes = API.all.compactMap { facts in facts.route.map { "\($0.method) \($0.segments) \($0.action ?? "") \(facts.requiredQuery)" } }
        #expect(Set(routes).count == routes.count)
        #expect(Set(API.all.map { "\($0.restMethod) \($0.restPath) \($0.restID ?? "") \($0.restAction ?? "")" }).count == API.all.count)
    }

    @Test func onlyTheProbeHasNoRoute() { #expect(API.all.filter { $0.route == nil }.map(\.id) == [UpdateSession.File.probe.facts.id]) }

    /// In the vendor's words.
    @Test func operations() {
        let services = Dictionary(grouping: API.all, by: \.service).mapValues { $0.map(\.name).sorted() }
        #expect(
            services == [
                "com.vmware.cis.session": ["create", "delete", "get"],
                "com.vmware.content.library": ["find", "get", "list", "update"],
                "com.vmware.content.local_library": ["create", "delete", "get", "list", "update"],
                "com.vmware.content.subscribed_library": ["create", "delete", "evict", "get", "list", "probe", "sync", "update"],
                "com.vmware.content.library.subscribed_item": ["evict", "sync"],
                "com.vmware.content.library.item": ["copy", "create", "delete", "find", "get", "list", "update"],
                "com.vmware.content.library.item.file": ["get", "list"],
                "com.vmware.content.library.item.storage": ["get", "list"],
                "com.vmware.content.type": ["list"],
                "com.vmware.content.library.item.update_session": [
                    "cancel", "complete", "create", "delete", "fail", "get", "keep_alive", "list", "update",
                ],
                "com.vmware.content.library.item.updatesession.file": ["add", "get", "list", "probe", "remove", "validate"],
                "com.vmware.content.library.item.download_session": ["cancel", "create", "delete", "fail", "get", "keep_alive", "list"],
                "com.vmware.content.library.item.downloadsession.file": ["get", "list", "prepare"],
            ])
    }
}
