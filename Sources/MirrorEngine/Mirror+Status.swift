import ContentLibraryAPI
import HTTPTransport
import LinuxHost
import MirrorCore
import MirrorJournal

extension Mirror {
    public var isPublishing: Bool { !publishing.isEmpty }

    /// Whether the watcher's thread turns; true where there is none. A thread that the source holds in a system call is the source's fault.
    public func watcherAnswers() async -> Bool {
        guard let watcher else { return true }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await watcher.ping() }
            group.addTask { [clock] in
                // The question may come while a source already holds the thread, or be overtaken by that.
                while watcher.silentSince == nil {
                    do { try await clock.sleep(for: .seconds(1)) } catch { return false }
                }
                return true
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// How often a pass has begun, and whether nothing is left to do: for whoever waits for a pass.
    public func progress() -> (passes: Int, isSettled: Bool) { (passCount, isSettled) }

    var isSettled: Bool {
        publishing.isEmpty && !isDeciding && !everythingIsDue && agenda.due.isEmpty && queue.nextRelease == nil && problem == nil
    }

    /// What the last pass decided, item by item.
    public func plannedActions() -> [ActionReport] {
        let renamed = Set(lastRenames.flatMap { [$0.from, $0.to] })
        var actions: [ActionReport] = []
        if let library, library.isToBeCreated { actions.append(action(.create, "", "the library \"\(library.name)\" does not exist yet")) }
        actions += lastRenames.map { action(.rename, $0.to, "was \($0.from)") }
        for plan in lastPlans.values.sorted(by: { $0.item < $1.item }) where !renamed.contains(plan.item) {
            actions += ActionReport.lines(of: plan, mirror: rules.name)
        }
        return actions + standing.ofMirror.map { action(.hold, $0.item ?? "", "\($0.kind.rawValue): \($0.reason)") }
    }
    private func action(_ action: ActionReport.Action, _ item: String, _ why: String) -> ActionReport {
        ActionReport(mirror: rules.name, item: item, file: nil, action: action, why: why, bytes: 0)
    }

    public func status() -> MirrorStatus {
        var holds = standing.all
        if let sourceHold { holds.append(sourceHold) }
        let transfers = publishing.sorted { $0.key < $1.key }.flatMap { item, control in
            control.transfers.map { TransferStatus(item: item, file: $0.file, sent: $0.progress.moved, total: $0.progress.total) }
        }
        var status = MirrorStatus(
            mirror: rules.name, library: rules.library, libraryID: library?.id ?? record.key?.library, state: .starting, holds: holds, watch: .none,
            reason: problem, problem: problem,
            items: statuses.values.sorted { $0.item < $1.item }, transfers: transfers, passedOver: view.local.passedOver)
        switch watcher?.state {
        case .watching?: status.watch = .watching
        case .scanning(.notArmed)?: status.watch = .none
        case .scanning(let reason)?:
            status.watch = .scanning
            status.reason = status.reason ?? reason.text
            status.scanReason = reason
        case .rootGone?: status.watch = .scanning
        case nil: status.watch = .none
        }
        status.state = state(status, holds)
        return status
    }

    private func state(_ status: MirrorStatus, _ holds: [Hold]) -> MirrorStatus.State {
        if holds.contains(where: { $0.kind.scope != .item }) { return .held }
        if problem != nil || status.count(.failed) > 0 { return .failed }
        if !holds.isEmpty || status.count(.held, .drift) > 0 { return .held }
        if !publishing.isEmpty { return .working }
        if passCount == 0 { return .starting }
        if status.count(.partial) > 0 { return .partial }
        return isSettled && status.count(.pending, .publishing) == 0 ? .inSync : .pending
    }
}
