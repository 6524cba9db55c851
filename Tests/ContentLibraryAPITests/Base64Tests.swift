import Testing

@testable import ContentLibraryAPI

struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")])
    func vectors(text: String, encoded: String) {
        #expect(base64Encode(Array(text.utf8)) == encoded)
        #expect(base64Decode(encoded) == Array(text.utf8))
        #expect(base64Decode(encoded.filter { $0 != "=" }) == Array(text.utf8))
    }

    @Test func everyByte() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(base64Decode(base64Encode(bytes)) == bytes)
    }

    @Test(arguments: ["Z", "Zg=x", "Zm9v!", "Zm 9v", "Zm9vY", "-_-_", "=Zg"])
    func refuses(text: String) { #expect(base64Decode(text) == nil) }
}
