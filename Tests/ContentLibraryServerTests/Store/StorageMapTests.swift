import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct StorageMapTests {
    @Test(arguments: [
        ("file:///srv/a", "/srv/a"), ("file:/srv/a", "/srv/a"), ("FILE:///srv/a", "/srv/a"), ("file://localhost/srv/a", "/srv/a"),
        ("file:///srv/a%20b%23", "/srv/a b#"), ("file:///", "/"), ("file:///a/..b/c", "/a/..b/c"), ("file:///C:/x", "/C:/x"),
    ])
    func `file URIs that name a path`(_ uri: String, _ path: String) { #expect(StorageMap.path(ofFileURI: uri) == path) }

    @Test(arguments: [
        "", "/srv", "srv", "http://x/srv", "file:srv", "file://host/srv", "file:////host/srv", "file:///srv/../etc", "file:///srv/%2e%2e/etc",
        "file:///srv%00", "file:///srv%zz", "file:///srv?x", "file:///srv#x", "file:",
    ])
    func `file URIs that name none`(_ uri: String) { #expect(StorageMap.path(ofFileURI: uri) == nil) }

    @Test(arguments: [
        ("a.iso", "a_ID.iso"), ("a", "a_ID"), (".hidden", ".hidden_ID"), ("a.tar.gz", "a.tar_ID.gz"), ("a.", "a_ID."),
        ("a.far-too-long-to-be-a-suffix", "a.far-too-long-to-be-a-suffix_ID"),
    ])
    func `names on the disk speak`(_ name: String, _ expected: String) {
        #expect(ContentPath.file(name, content: "ID", item: "item", library: "lib") == "contentlib-lib/item/\(expected)")
    }

    @Test(arguments: [
        String(repeating: "x", count: 255), String(repeating: "é", count: 127), String(repeating: "🙂", count: 60) + ".iso",
        "." + String(repeating: "y", count: 254),
    ])
    func `names on the disk fit`(_ name: String) {
        let id = randomUUID()
        let path = ContentPath.file(name, content: id, item: "item", library: "lib")
        let last = path.split(separator: "/").last ?? ""
        #expect(last.utf8.count <= 255 && last.contains(id))
    }

    @Test func `ids are random UUIDs of version 4`() throws {
        let ids = (0..<100).map { _ in randomUUID() }
        #expect(Set(ids).count == 100)
        for id in ids {
            _ = try ClientToken(id)
            let characters = Array(id)
            #expect(characters[14] == "4" && "89ab".contains(characters[19]))
        }
    }
}
