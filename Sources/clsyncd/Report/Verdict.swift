import MirrorEngine

/// Which exit status the state of the mirrors, or what a command found, amounts to.
enum Verdict {
    /// `status`: work that is pending is no fault; what is held, failed, partial or unexpectedly scanned is.
    static func status(_ mirrors: [MirrorStatus]) -> ExitStatus {
        mirrors.contains { mirror in
            mirror.problem != nil || !mirror.holds.isEmpty || mirror.isUnexpectedlyScanning || [.held, .failed, .partial].contains(mirror.state)
                || mirror.count(.held, .failed, .partial, .drift) > 0
        } ? .partial : .success
    }

    /// `sync`: 0 only where the server said of every item that it is in sync.
    static func sync(_ mirrors: [MirrorStatus]) -> ExitStatus {
        // A library that was exchanged is a hold, and a problem at the same time.
        if mirrors.contains(where: { $0.problem != nil && $0.holds.isEmpty }) { return .failure }
        let isInSync = mirrors.allSatisfy { mirror in
            mirror.problem == nil && mirror.holds.isEmpty && mirror.transfers.isEmpty
                && mirror.count(.pending, .publishing, .partial, .held, .failed, .drift) == 0 && ![.starting, .working, .failed, .held].contains(mirror.state)
        }
        return isInSync ? .success : .partial
    }

    /// `plan --detailed-exitcode`: whether anything is to be done, held or refused.
    static func plan(_ actions: [ActionReport], _ mirrors: [MirrorStatus], isDetailed: Bool) -> ExitStatus {
        if mirrors.contains(where: { $0.problem != nil && $0.holds.isEmpty }) { return .failure }
        guard isDetailed else { return .success }
        let isAtRest = actions.isEmpty && mirrors.allSatisfy { $0.holds.isEmpty && $0.count(.held, .failed, .partial, .drift) == 0 }
        return isAtRest ? .success : .changes
    }

    /// `verify`: one mirror that could not be verified makes the whole fail.
    static func verify(bad: Int64, unverifiable: Int) -> ExitStatus { unverifiable > 0 ? .failure : bad > 0 ? .partial : .success }
}
