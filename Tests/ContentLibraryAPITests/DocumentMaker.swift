import ContentLibraryAPI

/// Makes JSON documents, right and damaged.
enum DocumentMaker {
    /// What the API sends, and the corners of the grammar.
    static let fixed: [String] = [
        LibraryTests.fullTagged, ItemTests.fullPlain, UpdateSessionFileTests.pullTagged, DownloadSessionFileTests.plain,
        ##"{"jsonrpc":"2.0","id":"0","result":{"output":["a\u00e9\ud83d\ude00",-1.5e+3,9223372036854775807,true,null,[],{}]}}"##,
        ##"[0,-0,0.0,1e5,1E-5,123456789012345678901234567890,"\"\\\/\b\f\n\r\t"]"##, " [ 1 , { \"a\" : [ ] } ] ", "\"é😀\"",
    ]

    static func text(using random: inout some RandomNumberGenerator, depth: Int = 0) -> String {
        switch Int.random(in: 0..<(depth < 5 ? 12 : 8), using: &random) {
        case 0: return ["null", "true", "false"].randomElement(using: &random) ?? "null"
        case 1, 2: return String(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<63, using: &random))
        case 3: return number(using: &random)
        case 4...7: return string(using: &random)
        case 8, 9:
            let items = (0..<Int.random(in: 0..<5, using: &random)).map { _ in text(using: &random, depth: depth + 1) }
            return "[" + items.joined(separator: separator(using: &random)) + "]"
        default:
            let members = (0..<Int.random(in: 0..<20, using: &random)).map { index in
                (Bool.random(using: &random) ? "\"k\(index)\"" : string(using: &random)) + ":" + text(using: &random, depth: depth + 3)
            }
            return "{" + members.joined(separator: separator(using: &random)) + "}"
        }
    }

    private static func separator(using random: inout some RandomNumberGenerator) -> String {
        [",", ",", " , ", ",\n\t", "\r\n,"].randomElement(using: &random) ?? ","
    }

    private static func number(using random: inout some RandomNumberGenerator) -> String {
        var text = Bool.random(using: &random) ? "-" : ""
        text += String(UInt64.random(in: 0...(.max >> UInt64.random(in: 0..<63, using: &random)), using: &random))
        if Bool.random(using: &random) { text += "." + String(UInt32.random(in: 0...(.max), using: &random)) }
        if Bool.random(using: &random) {
            text += (["e", "E", "e+", "e-", "E+", "E-"].randomElement(using: &random) ?? "e") + String(Int.random(in: 0..<420, using: &random))
        }
        return text
    }

    private static func string(using random: inout some RandomNumberGenerator) -> String {
        let pieces = [
            "a", "Z", " ", "é", "e\u{301}", "😀", "\u{7f}", "\u{2028}", "\\n", "\\\"", "\\\\", "\\/", "\\b", "\\u0041", "\\u00E9", "\\ud83d\\ude00", "\\u0000",
            "\\uFFFF", "\u{ffff}", "\u{10ffff}",
        ]
        return "\"" + (0..<Int.random(in: 0..<8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined() + "\""
    }

    /// One to three small wounds.
    static func damage(_ bytes: inout [UInt8], using random: inout some RandomNumberGenerator) {
        let marks = Array("{}[]\",:\\u0123456789eE+-.tfn \n\u{1}".utf8) + [0x80, 0xc3, 0xed, 0xff]
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard !bytes.isEmpty else { return }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let mark = marks.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = mark
            case 1: bytes.insert(mark, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes.removeSubrange(place...)
            case 4: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default:
                let end = min(bytes.count, place + Int.random(in: 1..<20, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
    }
}
