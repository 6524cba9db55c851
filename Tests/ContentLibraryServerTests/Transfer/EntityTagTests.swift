import Testing

@testable import ContentLibraryServer

@Suite struct EntityTagTests {
    static let tag = EntityTag(content: "a-1")

    @Test(arguments: [
        (#""a-1""#, "a-1", false), (#"W/"a-1""#, "a-1", true), (#""""#, "", false), (#""W/""#, "W/", false), (#""a,\b*""#, #"a,\b*"#, false),
        (#""é""#, "é", false),
    ])
    func `a tag`(_ text: String, _ opaque: String, _ isWeak: Bool) throws {
        let tag = try #require(EntityTag(text))
        #expect(tag.opaque == Array(opaque.utf8) && tag.isWeak == isWeak && tag.description == text)
    }

    @Test(arguments: [
        "", "a-1", #"""#, #""a-1"#, #"a-1""#, #"w/"a-1""#, #"W/a-1"#, #"W/ "a-1""#, "W/", #""a 1""#, "\"a\t1\"", "\"a\u{7f}1\"", "\"a\01\"",
        #""a-1" "#, #" "a-1""#,
        #""a-1","a-1""#, #""a"b""#, "*", "Sun, 06 Nov 1994 08:49:37 GMT",
    ])
    func `no tag`(_ text: String) { #expect(EntityTag(text) == nil) }

    @Test func `the two comparisons`() throws {
        let (same, weak, other) = (try #require(EntityTag(#""a-1""#)), try #require(EntityTag(#"W/"a-1""#)), try #require(EntityTag(#""A-1""#)))
        #expect(Self.tag.isSame(as: same) && same.isSame(as: Self.tag) && Self.tag.isLike(same))
        #expect(!Self.tag.isSame(as: weak) && !weak.isSame(as: Self.tag) && !weak.isSame(as: weak) && Self.tag.isLike(weak))
        #expect(!Self.tag.isSame(as: other) && !Self.tag.isLike(other))
        let (composed, decomposed) = (try #require(EntityTag("\"\u{e9}\"")), try #require(EntityTag("\"e\u{301}\"")))
        #expect(!composed.isSame(as: decomposed) && !composed.isLike(decomposed), "bytes are compared, not letters")
    }

    @Test(
        arguments: [
            (["*"], nil), ([" *\t"], nil), ([#""a""#], [#""a""#]),
            ([#""a", W/"b" ,"c""#], [#""a""#, #"W/"b""#, #""c""#]), ([#""a""#, #""b""#], [#""a""#, #""b""#]),
            ([#", ,"a",, "b","#], [#""a""#, #""b""#]), ([#""a,b""#], [#""a,b""#]),
            // Malformed: nothing is named.
            ([""], []), (["a"], []), ([#""a" "b""#], []), ([#""a", b"#], []), ([#""a", *"#], []), ([#"*, "a""#], []), (["**"], []), ([#""a""#, #"""#], []),
        ] as [([String], [String]?)])
    func `lists`(_ lines: [String], _ expected: [String]?) {
        switch EntityTagList(lines) {
        case .any: #expect(expected == nil)
        case .tags(let tags): #expect(tags.map(\.description) == expected)
        }
    }
}

extension EntityTagTests {
    @Test func `what a list holds`() {
        #expect(EntityTagList(["*"]).contains { _ in false }, "whatever there is")
        #expect(EntityTagList([#""b", "a-1""#]).contains(where: Self.tag.isSame(as:)))
        #expect(!EntityTagList([#""b", W/"a-1""#]).contains(where: Self.tag.isSame(as:)))
        #expect(EntityTagList([#""b", W/"a-1""#]).contains(where: Self.tag.isLike(_:)))
        #expect(!EntityTagList([#""b""#]).contains(where: Self.tag.isLike(_:)))
        #expect(!EntityTagList([#""a-1", b"#]).contains(where: Self.tag.isLike(_:)))
    }
}
