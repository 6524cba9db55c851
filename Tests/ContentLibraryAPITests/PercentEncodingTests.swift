import ContentLibraryAPI
import Testing

struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("aZ09-._~", "aZ09-._~"), ("a b", "a%20b"), ("us:1", "us%3A1"), ("a/b\\c", "a%2Fb%5Cc"), ("100%", "100%25"), ("é😀", "%C3%A9%F0%9F%98%80"),
        ("e\u{301}", "e%CC%81"), ("\0\n\u{7f}", "%00%0A%7F"), ("#?&=+;", "%23%3F%26%3D%2B%3B"),
    ])
    func bothWays(text: String, encoded: String) {
        #expect(percentEncode(text) == encoded)
        #expect(percentDecode(encoded).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test func decodesOtherForms() {
        #expect(percentDecode("%c3%a9") == "é")
        #expect(percentDecode("a+b") == "a+b")
        #expect(percentDecode("a+b%2B", plusIsSpace: true) == "a b+")
        #expect(percentDecode("us:1/é") == "us:1/é")
    }

    @Test(arguments: ["%", "a%2", "%2", "%G0", "%+1", "%-1", "% 1", "%ff", "%c0%80", "%ed%a0%80", "%c3"])
    func refuses(text: String) { #expect(percentDecode(text) == nil) }

    @Test func anyTextComesBack() {
        var random = SplitMix64(0x7065_7263)
        for _ in 0..<2000 {
            let scalars = (0..<Int.random(in: 0..<12, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0..<(Bool.random(using: &random) ? 0x80 : 0x11_0000), using: &random))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let encoded = percentEncode(text)
            #expect(percentDecode(encoded).map { Array($0.utf8) } == Array(text.utf8))
            #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") })
        }
    }
}
