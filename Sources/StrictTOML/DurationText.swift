/// Durations as the configuration writes them: `5s`, `200ms`, `1h30m`.
package enum DurationText {
    package static let expected = "a duration such as \"5s\", \"200ms\" or \"1h30m\""
    /// Longer ones are slips: no arithmetic on instants comes near its limits.
    package static let longest = Duration.seconds(365 * 86_400)

    private static let units: [(name: String, milliseconds: Int64)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]

    /// Numbers with units, the largest unit first, each at most once; nil for anything else.
    package static func parse(_ text: String) -> Duration? {
        var rest = text[...].utf8
        var total: Int64 = 0
        var next = 0
        while !rest.isEmpty {
            let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0) }
            rest = rest.dropFirst(letters.count)
            // Nine digits of days do not overflow.
            guard (1...9).contains(digits.count), let number = Int64(String(Substring(digits))) else { return nil }
            guard let unit = units[next...].firstIndex(where: { $0.name.utf8.elementsEqual(letters) }) else { return nil }
            total += number * units[unit].milliseconds
            next = unit + 1
        }
        return text.isEmpty ? nil : .milliseconds(total)
    }

    /// The shortest text that `parse` reads as this duration, to the millisecond.
    package static func format(_ duration: Duration) -> String {
        var rest = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
        if rest == 0 { return "0s" }
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text
    }
}

extension ConfigurationKind where Value == Duration {
    /// From `shortest` to a year.
    package static func duration(from shortest: Duration = .zero) -> ConfigurationKind {
        .text(DurationText.expected) { (text: String) throws(TextRefusal) -> Duration in
            guard let duration = DurationText.parse(text) else { throw .mismatch }
            guard duration >= shortest else { throw .reason("must be at least \(DurationText.format(shortest)), not \"\(text)\"") }
            guard duration <= DurationText.longest else { throw .reason("must be at most \(DurationText.format(DurationText.longest)), not \"\(text)\"") }
            return duration
        }
    }
}
