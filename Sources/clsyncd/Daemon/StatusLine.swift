import MirrorCore
import MirrorEngine

/// The mirrors in one line, for `systemctl status`.
enum StatusLine {
    /// A longer line helps nobody.
    static let longest = 400

    /// `2 mirrors, 14 items: 12 in sync, 1 publishing, 1 held; isos: held (max-delete)`
    static func text(_ mirrors: [MirrorStatus]) -> String {
        let items = mirrors.flatMap(\.items)
        let counts = [
            ("in sync", [.inSync, .unverified]), ("publishing", [.publishing]), ("pending", [.pending]), ("partial", [.partial]), ("held", [.held, .drift]),
            ("failed", [.failed]),
        ].map { name, states in (name, items.count { (states as [ItemStatus.State]).contains($0.state) }) }
        let counted = counts.filter { $0.1 > 0 || $0.0 == "in sync" }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
        let head = "\(plural(mirrors.count, "mirror")), \(plural(items.count, "item")): \(counted)"
        let text = ([head] + mirrors.compactMap(trouble)).joined(separator: "; ")
        let line = printable(Array(text.utf8))
        return line.unicodeScalars.count > longest ? String(line.prefix(longest - 3)) + "..." : line
    }

    /// What somebody should look at; nil where all is well.
    private static func trouble(_ mirror: MirrorStatus) -> String? {
        let holds = mirror.holds.filter { $0.kind.scope != .item }.map(\.kind.rawValue)
        if !holds.isEmpty { return "\(mirror.mirror): held (\(holds.joined(separator: ", ")))" }
        if let problem = mirror.problem { return "\(mirror.mirror): \(problem)" }
        if mirror.isUnexpectedlyScanning { return "\(mirror.mirror): seen by periodic scans only" }
        return mirror.state == .starting ? "\(mirror.mirror): starting" : nil
    }

    private static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
