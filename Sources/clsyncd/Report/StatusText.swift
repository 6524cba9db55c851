import ContentLibraryAPI
import MirrorCore

/// A status for people: a table of the mirrors, what is held and how to release it, and the items that are not in sync.
struct StatusText {
    /// More items of one mirror are counted, not shown: `--json` has them all.
    static let mostItems = 50
    static let mostPassedOver = 10

    let report: StatusReport
    /// Why mirrors could not be worked on stands elsewhere already.
    var problemsAreSaid = false

    var lines: [String] { table + report.mirrors.flatMap { details($0) } }

    private var table: [String] {
        var table = TextTable(["MIRROR", "STATE", "ITEMS", "IN SYNC", "PENDING", "HELD", "FAILED", "WATCH", "LIBRARY"])
        for mirror in report.mirrors {
            let numbers = ["items", "in_sync", "pending", "held", "failed"].map { "\(mirror.line[$0]?.number ?? 0)" }
            table.add([mirror.name, text(mirror.line, "state") ?? "-"] + numbers + [text(mirror.line, "watch") ?? "-", text(mirror.line, "library") ?? "-"])
        }
        return table.lines
    }

    private func details(_ mirror: StatusReport.MirrorEntry) -> [String] {
        let lines = state(mirror) + items(mirror) + transfers(mirror) + passedOver(mirror)
        return lines.isEmpty ? [] : ["", "\(mirror.name):"] + lines.map { "  \($0)" }
    }

    private func state(_ mirror: StatusReport.MirrorEntry) -> [String] {
        var lines: [String] = []
        if let reason = text(mirror.line, "reason"), !problemsAreSaid || mirror.problem == nil { lines.append(reason) }
        guard let hold = text(mirror.line, "hold") else { return lines }
        lines.append("held (\(hold)): \(text(mirror.line, "hold_reason") ?? "")")
        if let digest = text(mirror.line, "hold_digest") {
            lines.append("to release it: clsyncd approve \(mirror.name) --plan \(digest)")
        }
        return lines
    }

    private func items(_ mirror: StatusReport.MirrorEntry) -> [String] {
        let open = mirror.items.filter { !["in-sync", "unverified", "foreign", "kept"].contains($0["state"]?.text) }
        let shown = open.prefix(Self.mostItems).map { item in
            "\(text(item, "item") ?? "-"): \(text(item, "state") ?? "-")" + (text(item, "reason").map { ": \($0)" } ?? "")
        }
        return shown + (open.count > shown.count ? ["and \(open.count - shown.count) more items"] : [])
    }

    private func transfers(_ mirror: StatusReport.MirrorEntry) -> [String] { mirror.transfers.map { Self.transfer($0) } }

    /// `isos/debian/debian.iso  45%  1.2 GiB of 2.7 GiB  110.3 MiB/s`
    static func transfer(_ line: JSON) -> String {
        let (sent, total) = (line["sent"]?.number ?? 0, line["total"]?.number ?? 0)
        let rate = line["rate"]?.number.map { "  \(ByteText.format($0))/s" } ?? ""
        return "\(transferName(line))  \(ByteText.percent(sent, of: total))%  \(ByteText.format(sent)) of \(ByteText.format(total))\(rate)"
    }

    static func transferName(_ line: JSON) -> String {
        ["mirror", "item", "file"].map { text(line, $0) ?? "-" }.joined(separator: "/")
    }

    private func passedOver(_ mirror: StatusReport.MirrorEntry) -> [String] {
        let shown = mirror.passedOver.prefix(Self.mostPassedOver).map { file in
            "not mirrored: \(Self.name(file["file"]))" + (text(file, "reason").map { ": \($0)" } ?? "")
        }
        let more = mirror.passedOver.count - shown.count
        return shown + (more > 0 ? ["and \(more) more files that are not mirrored"] : [])
    }

    /// A name as `--json` writes it: a string, or the bytes of what is none.
    static func name(_ json: JSON?) -> String {
        if let text = json?.text { return printable(Array(text.utf8)) }
        return json?["bytes"]?.text.map { "(base64) \($0)" } ?? "-"
    }

    private func text(_ line: JSON, _ name: String) -> String? { Self.text(line, name) }
    private static func text(_ line: JSON, _ name: String) -> String? { line[name]?.text.map { printable(Array($0.utf8)) } }
}
