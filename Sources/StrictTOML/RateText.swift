/// Rates as the configuration writes them: `50MiB/s`, `1.5GB/s`; `0` for none at all.
package enum RateText {
    package static let expected = "a rate such as \"50MiB/s\", or \"0\" for no limit"
    /// Slower ones are slips, and a TLS record would not pass in a minute; faster ones are no limit.
    package static let range: ClosedRange<Int64> = 1024...(1 << 50)

    private static let units: [(name: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000), ("B", 1),
    ]

    /// Bytes a second; nil for anything that is no rate. A number with at most three decimals, a unit, and `/s`.
    package static func parse(_ text: String) -> Int64? {
        guard text.hasSuffix("/s"), let unit = units.first(where: { text.dropLast(2).hasSuffix($0.name) }) else { return nil }
        let number = text.dropLast(2 + unit.name.count).split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = number.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }
        guard areDigits, number.count <= 2, let whole = number.first, whole.utf8.count <= 9, let count = Int64(whole) else { return nil }
        var rate = count.multipliedReportingOverflow(by: unit.bytes)
        if let decimals = number.dropFirst().first {
            guard decimals.utf8.count <= 3, let thousandths = Int64(decimals + String(repeating: "0", count: 3 - decimals.utf8.count)) else { return nil }
            rate = rate.partialValue.addingReportingOverflow(unit.bytes * thousandths / 1000)
        }
        return rate.overflow ? nil : rate.partialValue
    }
}

extension ConfigurationKind where Value == Int64? {
    /// Bytes a second; nil for `0`.
    package static var rate: ConfigurationKind {
        .text(RateText.expected) { (text: String) throws(TextRefusal) -> Int64? in
            if text == "0" { return nil }
            // A timetable, as in "08:00-18:00 20MiB/s, else 0".
            if text.contains(":"), text.contains("-") { throw .reason("= \(TOMLValue.quote(text)) is not yet supported: only one rate for all day is") }
            guard let rate = RateText.parse(text) else { throw .mismatch }
            guard RateText.range.contains(rate) else { throw .reason("must be from 1KiB/s to 1024TiB/s, not \(TOMLValue.quote(text))") }
            return rate
        }
    }
}
