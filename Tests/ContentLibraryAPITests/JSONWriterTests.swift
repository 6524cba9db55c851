import ContentLibraryAPI
import Testing

struct JSONWriterTests {
    @Test func writesPieces() {
        var out = JSONWriter()
        out.object { out in
            out.member("a\"", "\\\n\u{1f}é\u{7f}")
            out.key("b")
            out.array { out in
                out.int(.min)
                out.bool(false)
                out.null()
                out.double(1.5)
                out.double(.infinity)
                out.array { _ in }
                out.object { _ in }
                out.raw(Array("[1]".utf8))
            }
            out.key(":")
            out.string("{")
            out.key("c")
            out.string(":")
        }
        // U+007F is no control character to JSON.
        #expect(out.text == "{\"a\\\"\":\"\\\\\\u000A\\u001Fé\u{7f}\"," + ##""b":[-9223372036854775808,false,null,1.5,null,[],{},[1]],":":"{","c":":"}"##)
    }

    @Test func readsWhatItWrites() throws {
        var random = SplitMix64(0x7772_6974)
        var read = 0
        for _ in 0..<3000 {
            guard let value = try? JSON(DocumentMaker.text(using: &random)) else { continue }
            read += 1
            #expect(try JSON(value.serialized) == value)
        }
        #expect(read > 1500)
    }
}
