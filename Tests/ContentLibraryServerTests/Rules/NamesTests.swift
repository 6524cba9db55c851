import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct NamesTests {
    @Test(arguments: ["", ".", "..", "a/b", "/", "a\\b", "a\u{0}b", "a\nb", "\u{7f}", "\u{85}", "\t"])
    func `names that are refused, of items and of files`(_ name: String) {
        #expect(#expect(throws: APIError.self) { try ItemName.check(name) }?.kind == .invalidArgument)
        #expect(#expect(throws: APIError.self) { try FileName.check(name) }?.kind == .invalidArgument)
    }

    @Test(arguments: ["a", "...", ".hidden", " ", "a b#%é:+?*.iso", "名前", "ISO#MSSQL STD 2012 SP2", "-", "🙂"])
    func `names that are fine, of items and of files`(_ name: String) throws {
        try ItemName.check(name)
        try FileName.check(name)
    }

    @Test func `an item's name has up to 80 characters, a file's up to 255 bytes`() throws {
        try ItemName.check(String(repeating: "é", count: 80))
        #expect(throws: APIError.self) { try ItemName.check(String(repeating: "e", count: 81)) }
        try FileName.check(String(repeating: "x", count: 255))
        #expect(throws: APIError.self) { try FileName.check(String(repeating: "x", count: 256)) }
        try FileName.check(String(repeating: "é", count: 127))
        #expect(throws: APIError.self) { try FileName.check(String(repeating: "é", count: 128)) }
    }

    @Test(arguments: [("Debian", "dEBIAN", true), ("ÄÖ", "äö", true), ("a", "b", false), ("a", "a ", false)])
    func `item names that differ in case are one`(_ a: String, _ b: String, _ isSame: Bool) {
        #expect((ItemName.key(a) == ItemName.key(b)) == isSame)
    }

    @Test(arguments: [
        ("b8a2a2e3-2314-43cd-a871-6ede0f429751", true), ("B8A2A2E3-2314-43CD-A871-6EDE0F429751", true), ("", false), ("abc", false),
        ("b8a2a2e3-2314-43cd-a871-6ede0f42975", false), ("b8a2a2e3-2314-43cd-a871-6ede0f4297511", false),
        ("b8a2a2e3231443cda8716ede0f429751", false), ("g8a2a2e3-2314-43cd-a871-6ede0f429751", false),
        ("b8a2a2e3-2314-43cd-a871-6ede0f429751\n", false), ("{b8a2a2e3-2314-43cd-a871-6ede0f429751}", false),
    ])
    func `a client token is a UUID`(_ text: String, _ isOne: Bool) throws {
        if isOne {
            #expect(try ClientToken(text) == ClientToken(text.lowercased()))
        } else {
            #expect(throws: APIError.self) { try ClientToken(text) }
        }
    }
}
