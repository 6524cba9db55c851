// Numbers and strings of JSON text.

extension JSONReader {
    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
    mutating func number() throws(JSONError) -> JSON {
        let start = at
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == UInt8(ascii: "0") { at += 1 } else { try digits(orElse: "not a value") }
        var whole = true
        if byte == UInt8(ascii: ".") {
            whole = false
            at += 1
            try digits(orElse: "expected a digit")
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            whole = false
            at += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
            try digits(orElse: "expected a digit")
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if whole, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw JSONError("a number too large", at: start) }
        return .double(number)
    }

    private mutating func digits(orElse problem: String) throws(JSONError) {
        let start = at
        while let digit = byte, 48...57 ~= digit { at += 1 }
        guard at > start else { throw error(problem) }
    }

    mutating func string() throws(JSONError) -> String {
        guard byte == UInt8(ascii: "\"") else { throw error("expected a string") }
        at += 1
        let start = at
        skipPlainBytes()
        if byte == UInt8(ascii: "\"") {
            defer { at += 1 }
            return try text(bytes[start..<at], from: start)
        }
        return try text(unescaped(from: start)[...], from: start)
    }

    /// Up to a quote, a backslash, a control character or the end.
    private mutating func skipPlainBytes() {
        while at < bytes.count, bytes[at] >= 0x20, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
    }

    /// The rest of a string that has escapes, with the closing quote taken.
    private mutating func unescaped(from start: Int) throws(JSONError) -> [UInt8] {
        var out = Array(bytes[start..<at])
        while let next = byte {
            switch next {
            case UInt8(ascii: "\""):
                at += 1
                return out
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &out)
            case 0..<0x20:
                throw error("control character in a string")
            default:
                let plain = at
                skipPlainBytes()
                out.append(contentsOf: bytes[plain..<at])
            }
        }
        throw error("unterminated string")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard let letter = byte else { throw error("unterminated string") }
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(letter)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "u"): out.append(contentsOf: String(try scalar()).utf8)
        default: throw JSONError("unknown escape", at: at - 1)
        }
    }

    /// The scalar of `\uXXXX`, or of the two that make a surrogate pair.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let start = at
        var code = try fourHexDigits()
        if 0xd800..<0xdc00 ~= code, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") {
            at += 2
            let low = try fourHexDigits()
            guard 0xdc00..<0xe000 ~= low else { throw JSONError("lone surrogate", at: start) }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw JSONError("lone surrogate", at: start) }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = byte.flatMap(hexDigit) else { throw error("expected a hexadecimal digit") }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    private func text(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw JSONError("a string that is not UTF-8", at: start) }
        return text
    }
}

/// The value of a hexadecimal digit of either case.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
