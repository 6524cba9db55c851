import MirrorCore
import MirrorEngine
import Synchronization

/// How fast transfers are, from how far they were at earlier looks. Any task may ask.
final class TransferMeter: Sendable {
    struct Key: Hashable, Sendable {
        var mirror: String
        var item: String
        var file: String

        init(_ mirror: String, _ transfer: TransferStatus) { (self.mirror, item, file) = (mirror, transfer.item, transfer.file) }
    }
    private struct Mark {
        var sent: Int64
        var at: BootTime
        var rate: Int64?
    }
    /// A shorter time between two looks says little.
    private static let shortest = Duration.milliseconds(500)
    private let marks = Mutex<[Key: Mark]>([:])

    /// Bytes a second of each transfer that was seen before.
    func rates(_ mirrors: [MirrorStatus], now: BootTime) -> [Key: Int64] {
        marks.withLock { marks in
            var next: [Key: Mark] = [:]
            for mirror in mirrors {
                for transfer in mirror.transfers {
                    let key = Key(mirror.mirror, transfer)
                    next[key] = Self.mark(transfer.sent, now, after: marks[key])
                }
            }
            marks = next
            return next.compactMapValues(\.rate)
        }
    }

    /// Half of the old rate and half of the new one: a display that is calm, and right within seconds.
    private static func mark(_ sent: Int64, _ now: BootTime, after last: Mark?) -> Mark {
        // A transfer that starts over falls back.
        guard let last, sent >= last.sent else { return Mark(sent: sent, at: now) }
        let passed = now - last.at
        if passed < shortest { return last }
        let milliseconds = passed.components.seconds * 1000 + passed.components.attoseconds / 1_000_000_000_000_000
        let rate = (sent - last.sent) * 1000 / max(milliseconds, 1)
        return Mark(sent: sent, at: now, rate: last.rate.map { ($0 + rate) / 2 } ?? rate)
    }
}
