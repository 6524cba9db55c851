import MirrorCore
import MirrorEngine

/// A plan for people: a line for each action, and a count.
struct PlanText {
    private static let kinds: [ActionReport.Action] = [.create, .upload, .replace, .remove, .deleteItem, .rename, .adopt, .hold]

    private let actions: [ActionReport]

    init(_ actions: [ActionReport]) { self.actions = actions }

    var lines: [String] { actions.isEmpty ? ["nothing to do"] : actions.map(Self.line) + [total] }

    /// `upload  isos/debian/debian.iso  add, 662.0 MiB`
    private static func line(_ action: ActionReport) -> String {
        let name = [action.mirror, action.item, action.file ?? ""].filter { !$0.isEmpty }.map { printable(Array($0.utf8)) }.joined(separator: "/")
        let why = printable(Array(action.why.utf8)) + (action.bytes > 0 ? ", \(ByteText.format(action.bytes))" : "")
        let kind = action.action.rawValue
        return "\(kind)\(String(repeating: " ", count: max(0, 11 - kind.count)))  \(name)  \(why)"
    }

    /// `3 actions: 1 create, 2 upload; 1.2 GiB to send`
    private var total: String {
        let bytes = actions.reduce(0) { $0 + $1.bytes }
        let counts = Self.counts(actions).filter { $0.value > 0 }.map { "\($0.value) \($0.name)" }.joined(separator: ", ")
        return "\(actions.count) \(actions.count == 1 ? "action" : "actions"): \(counts)" + (bytes > 0 ? "; \(ByteText.format(bytes)) to send" : "")
    }

    private static func counts(_ actions: [ActionReport]) -> [(name: String, value: Int64)] {
        kinds.map { kind in (kind.rawValue, Int64(actions.count { $0.action == kind })) }
    }

    static func summary(_ actions: [ActionReport], exit: ExitStatus) -> SummaryReport {
        SummaryReport(counts(actions) + [("bytes", actions.reduce(0) { $0 + $1.bytes })], exit: exit.rawValue)
    }
}
