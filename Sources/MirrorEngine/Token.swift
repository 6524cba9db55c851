/// A client token: a random UUID (RFC 9562, version 4), as the API wants it; it makes the same call with the same token one call.
func newToken() -> String {
    var digits = Array((hexadecimal(UInt64.random(in: 0...UInt64.max)) + hexadecimal(UInt64.random(in: 0...UInt64.max))).utf8)
    digits[12] = UInt8(ascii: "4")
    digits[16] = [UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "b")][Int(digits[16] & 3)]
    for dash in [20, 16, 12, 8] { digits.insert(UInt8(ascii: "-"), at: dash) }
    return String(decoding: digits, as: UTF8.self)
}

private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
