/// The URIs of transfer endpoints: opaque, secret, and not always well encoded.
enum EndpointURL {
    /// The URI as it can go on the wire: what RFC 3986 does not allow in one is percent-encoded, and so is `#`, for no transfer has a fragment.
    static func wire(_ uri: String) -> String {
        let bytes = Array(uri.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            let isEscape = byte == UInt8(ascii: "%") && index + 2 < bytes.count && isHexadecimal(bytes[index + 1]) && isHexadecimal(bytes[index + 2])
            if isEscape || isAllowed(byte) {
                out.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The start of an error's body, in one line, without the secret that the URL is.
    static func excerpt(of body: [UInt8], withoutPathOf url: String) -> String {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        let path = url.split(separator: "://", maxSplits: 1).last.map { String($0.drop { $0 != "/" }) } ?? ""
        var shown = path.utf8.count > 1 ? text.replacing(path, with: "...") : text
        for segment in path.split(separator: "/") where segment.utf8.count >= 16 { shown = shown.replacing(segment, with: "...") }
        let words = shown.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        let line = String(words).split(separator: " ").joined(separator: " ")
        return line.count > 300 ? line.prefix(300) + "..." : line
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~:/?[]@!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
