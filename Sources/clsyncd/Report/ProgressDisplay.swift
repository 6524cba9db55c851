import ContentLibraryAPI
import Glibc
import MirrorCore
import Synchronization

/// The transfers under way, a line each, redrawn in place on a terminal's standard error; nothing elsewhere. Any task may call.
final class ProgressDisplay: Sendable {
    /// What ends within this time is over before somebody has read its line.
    private static let delay = Duration.seconds(1)
    /// A transfer that was not told for so long has ended.
    private static let age = Duration.milliseconds(2500)

    private struct State {
        var transfers: [String: (line: JSON, at: ContinuousClock.Instant)] = [:]
        /// Lines on the screen, above the cursor.
        var drawn = 0
    }
    private let isOn: Bool
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    init(isWanted: Bool) { isOn = isWanted && isatty(STDERR_FILENO) == 1 }

    /// Shows a transfer's line of `--json`, or its latest.
    func show(_ transfer: JSON) {
        guard isOn else { return }
        let now = ContinuousClock.now
        let text = state.withLock { state -> String? in
            state.transfers["\(StatusText.transferName(transfer))"] = (transfer, now)
            state.transfers = state.transfers.filter { $0.value.at.duration(to: now) < Self.age }
            guard began.duration(to: now) >= Self.delay else { return nil }
            let lines = state.transfers.keys.sorted().compactMap { state.transfers[$0].map { StatusText.transfer($0.line) } }
            defer { state.drawn = lines.count }
            return Self.erase(state.drawn) + lines.map { "\(Self.cut($0, to: Self.width))\n" }.joined()
        }
        if let text { Output.draw(text) }
    }

    /// Takes the lines off the screen.
    func clear() {
        let drawn = state.withLock { state in
            defer { state.drawn = 0 }
            return state.drawn
        }
        if drawn > 0 { Output.draw(Self.erase(drawn)) }
    }

    /// Up to the first line, and everything below it away (ECMA-48: CUU, ED).
    private static func erase(_ lines: Int) -> String { lines == 0 ? "" : "\u{1B}[\(lines)A\r\u{1B}[J" }

    /// A line that wraps would be two, and the redrawing would climb.
    private static func cut(_ line: String, to width: Int) -> String { line.count < width ? line : String(line.prefix(width - 1)) }

    private static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }
}
