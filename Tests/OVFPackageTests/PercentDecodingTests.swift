import Testing

@testable import OVFPackage

struct PercentDecodingTests {
    @Test(arguments: [
        ("", ""), ("a", "a"), ("a%20b", "a b"), ("%41%4a%4A", "AJJ"), ("%C3%A9", "é"), ("a+b", "a+b"), ("%2F", "/"), ("%25", "%"), ("%2525", "%25"),
        ("%00", "\0"), ("é%20", "é "), ("%", nil), ("%2", nil), ("%2G", nil), ("100%", nil), ("%FF", nil), ("%C3", nil), ("%+1", nil),
    ])
    func decodes(text: String, decoded: String?) { #expect(percentDecoded(text) == decoded) }
}
