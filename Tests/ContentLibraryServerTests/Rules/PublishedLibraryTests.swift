import Testing

@testable import ContentLibraryServer

@Suite struct PublishedLibraryTests {
    static func file(_ fields: String) -> String { #"{"items":[{"id":"i","name":"n","version":1,"files":[{\#(fields)}]}]}"# }

    @Test(arguments: [
        "", "[]", "{}", #"{"version":"1","itemsHref":"i"}"#, #"{"version":null,"id":"x","itemsHref":"i"}"#, #"{"version":1.5,"id":"x","itemsHref":"i"}"#,
        #"{"version":"1","id":"x"}"#, #"{"version":"1","id":"x","itemsHref":""}"#, #"{"version":"1","id":"x","itemsHref":"i","maintenanceMessage":"m"}"#,
    ])
    func `what is no descriptor`(_ text: String) { #expect(throws: PublishedError.self) { try PublishedLibrary(parsing: Array(text.utf8)) } }

    @Test(arguments: [
        "{}", #"{"items":{}}"#, #"{"items":[{"name":"n","version":1,"files":[]}]}"#, #"{"items":[{"id":"i","version":1,"files":[]}]}"#,
        #"{"items":[{"id":"i","name":"n","files":[]}]}"#, #"{"items":[{"id":"i","name":"n","version":1}]}"#,
        #"{"items":[{"id":"i","name":"n","version":1,"files":[]},{"id":"i","name":"m","version":1,"files":[]}]}"#,
        file(#""name":"f","size":1"#), file(#""name":"f","size":1,"hrefs":[]"#), file(#""name":"f","hrefs":["f"]"#),
        file(#""name":"f","size":-1,"hrefs":["f"]"#), file(#""name":"f","size":"many","hrefs":["f"]"#), file(#""name":"../f","size":1,"hrefs":["f"]"#),
        file(#""name":"","size":1,"hrefs":["f"]"#), file(#""name":"f","size":1,"hrefs":["f"]},{"name":"f","size":1,"hrefs":["g"]"#),
    ])
    func `what is no index`(_ text: String) { #expect(throws: PublishedError.self) { try PublishedItem.index(parsing: Array(text.utf8)) } }

    @Test func `an item's mark moves with its files, and with its version only where nothing else tells`() throws {
        func mark(_ version: String, _ fields: String) throws -> String {
            let text = #"{"items":[{"id":"i","name":"n","version":\#(version),"files":[{"name":"f","hrefs":["f"],\#(fields)}]}]}"#
            let item = try #require(try PublishedItem.index(parsing: Array(text.utf8)).first)
            return item.mark(item.files ?? [])
        }
        let tagged = try mark("1", #""size":5,"etag":"x""#)
        #expect(try mark(#""2""#, #""size":"5","etag":"x""#) == tagged)
        #expect(try mark("1", #""size":6,"etag":"x""#) != tagged)
        #expect(try mark("1", #""size":5,"etag":"y""#) != tagged)
        #expect(try mark("1", #""size":5,"etag":"x","generationNum":2"#) != tagged)
        #expect(try mark("1", #""size":5"#) == (try mark(#""1""#, #""size":5"#)))
        #expect(try mark("1", #""size":5"#) != (try mark("2", #""size":5"#)))
    }
}
