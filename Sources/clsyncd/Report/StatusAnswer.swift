import MirrorCore
import MirrorEngine

/// The lines that tell how mirrors are: for each its own, its items', its transfers', and what it passes over.
struct StatusAnswer {
    let mirrors: [MirrorStatus]
    /// Bytes a second.
    let rates: [TransferMeter.Key: Int64]

    init(_ mirrors: [MirrorStatus], rates: [TransferMeter.Key: Int64]) { (self.mirrors, self.rates) = (mirrors, rates) }

    var lines: [ReportLine] {
        mirrors.flatMap { mirror in
            [.mirror(mirror)] + mirror.items.map { .item(mirror: mirror.mirror, $0) } + transfers(of: mirror) + passedOver(by: mirror)
        }
    }
    var transfers: [ReportLine] { mirrors.flatMap { transfers(of: $0) } }

    private func transfers(of mirror: MirrorStatus) -> [ReportLine] {
        mirror.transfers.map { .transfer(mirror: mirror.mirror, $0, rate: rates[TransferMeter.Key(mirror.mirror, $0)]) }
    }
    private func passedOver(by mirror: MirrorStatus) -> [ReportLine] {
        mirror.passedOver.map { .file(FileReport(mirror: mirror.mirror, item: "", file: $0.path.bytes, state: .unmanaged, reason: $0.reason.text)) }
    }

    /// The last line.
    static func summary(_ mirrors: [MirrorStatus], exit: ExitStatus) -> SummaryReport {
        func sum(_ states: ItemStatus.State...) -> Int64 { Int64(mirrors.reduce(0) { $0 + $1.items.count { states.contains($0.state) } }) }
        return SummaryReport(
            [
                ("mirrors", Int64(mirrors.count)), ("items", Int64(mirrors.reduce(0) { $0 + $1.items.count })), ("in_sync", sum(.inSync, .unverified)),
                ("pending", sum(.pending, .publishing, .partial)), ("held", sum(.held, .drift)), ("failed", sum(.failed)),
            ], exit: exit.rawValue)
    }
}
