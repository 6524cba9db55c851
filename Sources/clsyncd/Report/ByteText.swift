/// Numbers of bytes for people.
enum ByteText {
    /// `512 B`, `1.5 KiB`, `12.0 GiB`.
    static func format(_ bytes: Int64) -> String {
        if bytes < 1024 { return "\(bytes) B" }
        var (value, unit) = (bytes, 0)
        while value >= 1024 * 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        // Rounded down: what is shown as complete is.
        return "\(value / 1024).\(value % 1024 * 10 / 1024) \(units[unit])"
    }
    private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]

    /// 0 to 100; 100 only at the end.
    static func percent(_ part: Int64, of whole: Int64) -> Int64 { whole <= 0 || part >= whole ? 100 : max(0, Int64(Double(part) / Double(whole) * 100)) }
}
