import LinuxHost
import MirrorCore

/// A pass that somebody asked for and may wait for.
public struct PassRequest: Sendable {
    let mirror: Mirror
    /// How many looks had begun: only a later one answers the request.
    let looksBegun: Int
    let at: BootTime
}

/// Counts the looks of a mirror, one after the other.
struct LookCount: Sendable {
    private(set) var begun = 0
    /// The last look that ended, as it was counted when it began.
    private(set) var ended = 0

    mutating func begin() { begun += 1 }
    mutating func end() { ended = begun }
}

extension Mirror {
    /// Work on the source that is silent for this long at the start is not waited for.
    private static let standingLimit = Duration.seconds(5)

    /// Whether the watches stand, or cannot stand for now: the root is not there, or its source does not answer. It never depends on the server.
    public func isStanding() -> Bool {
        let silent = [disk.silentSince, watcher?.silentSince].compactMap { $0 }.contains { clock.now() - $0 > Self.standingLimit }
        switch watcher?.state {
        case nil, .scanning(.notArmed)?: return silent || looks.ended > 0
        default: return true
        }
    }

    /// Whether nothing is left of the request that waiting would do: it ends with a look whose publishes have ended, with a server that fails,
    /// with a hold of the whole mirror, or with a source that does not answer.
    func isDone(_ request: PassRequest) -> Bool {
        if sourceHold != nil { return true }
        guard looks.ended > request.looksBegun else { return false }
        return problem != nil || standing.stopsMirror || isAtRest(since: request.at)
    }

    /// Nothing is under way, and what is left waits for longer than files may take to become stable, or has failed again and again.
    func isAtRest(since start: BootTime) -> Bool {
        // While a pass looks, what it took from the agenda is neither due nor done.
        guard publishing.isEmpty, !everythingIsDue, looks.begun == looks.ended else { return false }
        guard let next = agenda.next else { return true }
        // What ended during the last look is looked at once more.
        if next <= clock.now() { return false }
        // A file met without its events rests for 2 s at least, whatever `quiet` says.
        return next > start + rules.maxWait + max(rules.quiet, .seconds(2)) || agenda.due.keys.allSatisfy { agenda.failureCount($0) >= 3 }
    }
}
