import Foundation
import Testing

@testable import MirrorCore

@Suite struct RemoteNameTests {
    @Test(
        arguments: [
            ("debian-12", nil), ("Ünïcode 名前", nil), ("a.b c", nil), (String(repeating: "x", count: 80), nil), ("...", nil), ("a\u{200d}b", nil),
            ("", .empty), (String(repeating: "x", count: 81), .tooLong(81, limit: 80, unit: "characters")),
            (String(repeating: "\u{1f4bf}", count: 41), .tooLong(82, limit: 80, unit: "characters")), ("a/b", .separator), ("a\\b", .separator), (".", .dots),
            ("..", .dots), ("a\nb", .controlCharacter("U+000A")), ("a\u{7f}", .controlCharacter("U+007F")), ("a\u{85}b", .controlCharacter("U+0085")),
            ("a\u{2028}b", .controlCharacter("U+2028")), ("a\u{ffff}", .controlCharacter("U+FFFF")), (" a", .surroundingSpace), ("a\u{a0}", .surroundingSpace),
        ] as [(String, RemoteName.Problem?)])
    func judgesItemNames(_ name: String, _ problem: RemoteName.Problem?) {
        #expect(RemoteName.problem(ofItem: name) == problem)
    }

    @Test func judgesFileNames() {
        #expect(RemoteName.problem(ofFile: String(repeating: "x", count: 255)) == nil)
        #expect(RemoteName.problem(ofFile: String(repeating: "é", count: 128)) == .tooLong(256, limit: 255, unit: "bytes"))
        #expect(RemoteName.problem(ofFile: "a\rb") == .controlCharacter("U+000D"))
        #expect(RemoteName.problem(ofFile: "disk 1.vmdk") == nil)
    }

    @Test func refusesBytesThatAreNotText() throws {
        #expect(throws: RemoteName.Problem.notUTF8) { try RemoteName.file([0x61, 0xff]) }
        #expect(throws: RemoteName.Problem.notUTF8) { try RemoteName.item([0xc0, 0x80]) }
        #expect(try RemoteName.item(Array("é".utf8)) == "é")
    }

    @Test(arguments: [
        ("Debian", "dEBIAN", true), ("Straße", "STRASSE", false), ("Σίσυφος", "ΣΊΣΥΦΟΣ", true), ("É", "e\u{301}", true), ("\u{212a}", "k", true),
        ("ǅ", "ǆ", true), ("ẞ", "ß", true), ("\u{1fb3}", "\u{3b1}\u{345}", true), ("\u{1fbc}", "\u{1fb3}", true), ("a", "b", false), ("a", "á", false),
        ("İ", "i", false),
        ("Ж", "ж", true), ("\u{ac00}", "\u{1100}\u{1161}", true),
    ])
    func comparesItemNamesAsAServerDoes(_ a: String, _ b: String, _ areOne: Bool) {
        #expect((CollisionKey(a) == CollisionKey(b)) == areOne)
        #expect((Set([CollisionKey(a), CollisionKey(b)]).count == 1) == areOne)
    }

    /// For every scalar of Unicode: its canonical decomposition has its key.
    @Test func canonicalEquivalentsHaveOneKey() {
        var decomposed = 0
        for value in (0x80...0x1ffff as ClosedRange<UInt32>) {
            guard let scalar = UnicodeScalar(value) else { continue }
            let composed = String(scalar)
            let parts = composed.decomposedStringWithCanonicalMapping
            if composed.unicodeScalars.elementsEqual(parts.unicodeScalars) { continue }
            decomposed += 1
            #expect(CollisionKey(composed) == CollisionKey(parts), "U+\(String(value, radix: 16))")
        }
        #expect(decomposed > 10_000)
    }
}
