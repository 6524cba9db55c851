import ContentLibraryAPI
import FoundationEssentials
import MirrorCore

/// One line of `--json`: JSON Lines, every line with `kind`. The names and values are an interface.
public enum ReportLine: Sendable {
    case mirror(MirrorStatus)
    case item(mirror: String, ItemStatus)
    case file(FileReport)
    case action(ActionReport)
    case transfer(mirror: String, TransferStatus, rate: Int64?)
    /// What a person released.
    case approval(mirror: String, Hold)
    case summary(SummaryReport)
}

/// What `verify` found of one file.
public struct FileReport: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        case equal, differs, missing, unverified, unstable, foreign, kept, unmanaged
        /// Whether the mirror is not proven right because of it.
        public var isBad: Bool {
            switch self {
            case .differs, .missing, .unverified, .unstable: true
            case .equal, .foreign, .kept, .unmanaged: false
            }
        }
    }
    public var mirror: String
    public var item: String
    /// The remote name; for what has none, the local path.
    public var file: [UInt8]
    public var state: State
    public var local: Checksum?
    public var remote: Checksum?
    public var reason: String?

    public init(
        mirror: String, item: String, file: [UInt8], state: State, local: Checksum? = nil, remote: Checksum? = nil, reason: String? = nil
    ) {
        (self.mirror, self.item, self.file, self.state, self.local, self.remote, self.reason) = (mirror, item, file, state, local, remote, reason)
    }
}

/// What a pass would do, or did.
public struct ActionReport: Sendable, Hashable {
    public enum Action: String, Sendable { case create, upload, replace, remove, deleteItem = "delete-item", rename, adopt, hold }
    public var mirror: String
    public var item: String
    public var file: String?
    public var action: Action
    public var why: String
    public var bytes: Int64

    public init(mirror: String, item: String, file: String?, action: Action, why: String, bytes: Int64) {
        (self.mirror, self.item, self.file, self.action, self.why, self.bytes) = (mirror, item, file, action, why, bytes)
    }
}

/// The last line: counts and the exit code.
public struct SummaryReport: Sendable, Hashable {
    public var counts: [(name: String, value: Int64)]
    public var exit: Int32

    public init(_ counts: [(name: String, value: Int64)], exit: Int32) { (self.counts, self.exit) = (counts, exit) }
    public static func == (a: Self, b: Self) -> Bool { a.exit == b.exit && a.counts.elementsEqual(b.counts, by: ==) }
    public func hash(into hasher: inout Hasher) { hasher.combine(exit) }
}

extension ReportLine {
    /// The line, without its newline.
    public var json: [UInt8] {
        var line = JSONLine()
        switch self {
        case .mirror(let status): Self.write(status, to: &line)
        case .item(let mirror, let item): Self.write(item, mirror, to: &line)
        case .file(let file): Self.write(file, to: &line)
        case .action(let action):
            line.text("kind", "action")
            line.text("mirror", action.mirror)
            line.text("item", action.item)
            line.text("file", action.file)
            line.text("action", action.action.rawValue)
            line.text("why", action.why)
            line.number("bytes", action.bytes)
        case .transfer(let mirror, let transfer, let rate):
            line.text("kind", "transfer")
            line.text("mirror", mirror)
            line.text("item", transfer.item)
            line.text("file", transfer.file)
            line.number("sent", transfer.sent)
            line.number("total", transfer.total)
            line.number("rate", rate)
        case .approval(let mirror, let hold):
            line.text("kind", "approval")
            line.text("mirror", mirror)
            line.text("item", hold.item)
            line.text("hold", hold.kind.rawValue)
            line.text("reason", hold.reason)
        case .summary(let summary):
            line.text("kind", "summary")
            for (name, value) in summary.counts { line.number(name, value) }
            line.number("exit", Int64(summary.exit))
        }
        return line.bytes
    }

    private static func write(_ status: MirrorStatus, to line: inout JSONLine) {
        line.text("kind", "mirror")
        line.text("mirror", status.mirror)
        line.text("library", status.library)
        line.text("library_id", status.libraryID?.rawValue)
        line.text("state", status.state.rawValue)
        line.text("hold", status.holds.isEmpty ? nil : Set(status.holds.map(\.kind.rawValue)).sorted().joined(separator: ","))
        line.text("hold_reason", reasons(status.holds))
        line.text("hold_digest", planDigest(of: status.holds))
        line.text("watch", status.watch.rawValue)
        line.text("reason", status.reason)
        line.number("items", Int64(status.items.count))
        line.number("in_sync", Int64(status.count(.inSync, .unverified)))
        line.number("pending", Int64(status.count(.pending, .publishing, .partial)))
        line.number("held", Int64(status.count(.held, .drift)))
        line.number("failed", Int64(status.count(.failed)))
        line.text("verified_at", status.verifiedAt?.text)
    }
    /// Those of the mirror first; those of single items stand in their own lines, and thousands of them do not fit into this one.
    private static func reasons(_ holds: [Hold]) -> String? {
        let shown = holds.sorted { $0.item == nil && $1.item != nil }.prefix(shownReasons).map { ($0.item.map { "\($0): " } ?? "") + $0.reason }
        if shown.isEmpty { return nil }
        return (shown + (holds.count > shown.count ? ["and \(holds.count - shown.count) more"] : [])).joined(separator: "; ")
    }
    private static let shownReasons = 10
    private static func write(_ item: ItemStatus, _ mirror: String, to line: inout JSONLine) {
        line.text("kind", "item")
        line.text("mirror", mirror)
        line.text("item", item.item)
        line.text("item_id", item.id?.rawValue)
        line.text("type", item.type)
        line.text("state", item.state.rawValue)
        line.text("reason", item.reason)
        line.text("verified_at", item.verifiedAt?.text)
    }
    private static func write(_ file: FileReport, to line: inout JSONLine) {
        line.text("kind", "file")
        line.text("mirror", file.mirror)
        line.text("item", file.item)
        line.name("file", file.file)
        line.text("state", file.state.rawValue)
        line.text("local", file.local?.description)
        line.text("remote", file.remote?.description)
        line.text("reason", file.reason)
    }
}

/// An object on one line; members that have no value are left out.
struct JSONLine {
    private var members: [(inout JSONWriter) -> Void] = []

    mutating func text(_ name: String, _ value: String?) {
        guard let value else { return }
        members.append { $0.member(name, value) }
    }
    mutating func number(_ name: String, _ value: Int64?) {
        guard let value else { return }
        members.append { out in
            out.key(name)
            out.int(value)
        }
    }
    /// A name that is not UTF-8 is `{"bytes":"<base64>"}`.
    mutating func name(_ name: String, _ bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) { return self.text(name, text) }
        members.append { out in
            out.key(name)
            out.object { $0.member("bytes", Data(bytes).base64EncodedString()) }
        }
    }
    var bytes: [UInt8] {
        var out = JSONWriter()
        out.object { out in for member in members { member(&out) } }
        return out.bytes
    }
}

extension ActionReport {
    /// What a plan would do, line by line.
    static func lines(of plan: ItemPlan, mirror: String) -> [ActionReport] {
        var lines: [ActionReport] = []
        func add(_ action: Action, _ file: String?, _ why: String, _ bytes: Int64 = 0) {
            lines.append(ActionReport(mirror: mirror, item: plan.item, file: file, action: action, why: why, bytes: bytes))
        }
        if plan.fate == .create { add(.create, nil, "no such item in the library") }
        if plan.fate == .delete { add(.deleteItem, nil, "its directory is gone") }
        for file in plan.files {
            switch file.action {
            case .send: add(file.remote == nil ? .upload : .replace, file.name, file.row.rawValue, file.local?.fingerprint.size ?? 0)
            case .remove where plan.fate != .delete: add(.remove, file.name, file.row.rawValue)
            case .adopt: add(.adopt, file.name, file.row.rawValue)
            case .hold: add(.hold, file.name, file.row.rawValue)
            default: continue
            }
        }
        for hold in plan.holds where !plan.files.contains(where: { $0.action == .hold }) { add(.hold, nil, hold.reason) }
        return lines
    }
}
