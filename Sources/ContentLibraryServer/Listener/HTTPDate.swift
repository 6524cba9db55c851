import ContentLibraryAPI
import Synchronization

/// Times as HTTP headers carry them.
enum HTTPDate {
    /// 1 January 1970 was a Thursday.
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Every answer of one second carries the same text.
    private static let last = Mutex<(second: Int64, text: String)>((.min, ""))

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the fraction of the second cut off.
    static func text(_ time: Timestamp) -> String {
        let second = time.milliseconds / 1000
        guard time.milliseconds >= 0 else { return format(time) }
        if let known = last.withLock({ $0.second == second ? $0.text : nil }) { return known }
        let text = format(time)
        last.withLock { $0 = (second, text) }
        return text
    }

    private static func format(_ time: Timestamp) -> String {
        // Written `1994-11-06T08:49:37.000Z`.
        let parts = time.text.split { $0 == "-" || $0 == "T" || $0 == "." }
        guard parts.count == 5, let month = Int(parts[1]), 1...12 ~= month else { return time.text }
        let day = time.milliseconds >= 0 ? time.milliseconds / 86_400_000 : (time.milliseconds + 1) / 86_400_000 - 1
        return "\(days[Int(((day % 7) + 7) % 7)]), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]) GMT"
    }
}
