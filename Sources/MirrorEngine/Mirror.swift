import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal

/// One mirror at work: it waits until something may have moved, looks, decides, and has the items published that need it.
///
/// One loop owns the state. Publishes run beside it, one session per item; while one runs, passes leave its item alone. After every `await` the only
/// things that may have moved are what `finished`, `approve` and `rescan` touch: `base` of an item in flight, approvals, the agenda.
public actor Mirror {
    /// The root's identity is compared at least this often: a mount over it makes no event.
    static let rootCheckInterval = Duration.seconds(30)
    /// Between two looks at a tree whose changes the kernel does not tell.
    static let scanInterval = Duration.seconds(60)

    public nonisolated let rules: MirrorRules
    let began: BootTime
    let environment: MirrorEnvironment
    let logger: Logger
    let alarm = Alarm()
    let disk: DiskThread
    let hashing: DiskThread

    // What earlier runs and passes know.
    var record: MirrorRecord
    var library: ResolvedLibrary?
    var base: [String: BaseItem] = [:]
    var view = LocalView()
    var root: DirectoryIdentity?
    var remotes: [Item.ID: KnownRemote] = [:]
    var approvals: [Approval] = []
    var tokensMove = true

    // What is to be done.
    var watcher: InotifyWatcher?
    var queue: ChangeQueue
    var stable: StableFiles
    var agenda = Agenda()
    var delay = DeletionDelay()
    var everythingIsDue = true
    /// Everything was asked for while a pass was looking already: that one does not answer it.
    var isDueOnceMore = false
    var nextRootCheck = BootTime(nanoseconds: 0)
    var nextRescan: BootTime
    var nextScan = BootTime(nanoseconds: 0)
    var retryAt: BootTime?
    var passBackoff = Agenda.backoff
    var heldDeletions: Set<String> = []
    var deletingItems: Set<String> = []
    /// What the pass had to decide and could not, because its remote side or an earlier session of it is not known.
    var unseen: Set<String> = []
    var resumableSessions: [String: (UpdateSession.ID, Intent)] = [:]
    /// Those at the root or below it, when the table last changed.
    var mounts: Set<Mount>?
    /// What was refused when the tree was last looked at.
    var refusals: Set<Unmanaged> = []
    /// The last pass saw everything, and nothing of what it would delete waits or is held.
    var deletionsAreSettled = false
    /// Files that the pass has read to compare their contents.
    var comparedCount = 0
    /// Why files that wait for another try were not read.
    var readFaults: [RelativePath: String] = [:]
    var publishing: [String: PublicationControl] = [:]
    var openIntents: [String: Intent] = [:]
    var intentsAreLoaded = false

    // What is shown.
    var statuses: [String: ItemStatus] = [:]
    var standing = StandingHolds()
    var problem: String?
    /// It will not pass by itself: a refused login, an unknown library.
    var problemIsLasting = false
    var passCount = 0
    /// A pass has taken what is due, and has not decided it yet.
    var isDeciding = false
    var looks = LookCount()
    var settledPasses = 0
    var lastPlans: [String: ItemPlan] = [:]
    var lastRenames: [Rename] = []
    /// It was said that the source does not answer.
    var sourceIsSilent = false
    var random = SystemRandomNumberGenerator()

    public init(rules: MirrorRules, environment: MirrorEnvironment) throws {
        (self.rules, self.environment) = (rules, environment)
        logger = environment.logger
        let clock = environment.clock
        let kind: DiskThread.Kind = environment.threads == .own ? .own : .callers
        disk = try DiskThread(name: "disk \(rules.name)", kind: kind, now: { clock.now() })
        hashing = try DiskThread(name: "hash \(rules.name)", kind: kind, now: { clock.now() })
        record = MirrorRecord(name: rules.name, updatedAt: environment.clock.wallTime())
        queue = ChangeQueue(quiet: rules.quiet, maxWait: rules.maxWait)
        stable = StableFiles(quiet: rules.quiet, maxWait: rules.maxWait, fields: rules.fingerprint)
        began = environment.clock.now()
        nextRescan = began
    }

    var clock: any HostClock { environment.clock }
    var journal: Journal { environment.journal }
    var client: ContentLibraryClient { environment.client }
    var publisher: Publisher {
        Publisher(
            client: client, journal: journal, clock: clock, logger: logger, disk: disk, transfersPerItem: environment.transfersPerItem,
            leavesSessions: environment.mode == .continuous)
    }

    // MARK: the loop

    /// Runs until cancelled, or, in mode `once`, until nothing is left that this pass can do.
    public func run() async throws {
        try await prepare()
        await withDiscardingTaskGroup { group in
            if let watcher {
                group.addTask { [alarm] in for await _ in watcher.wakeUps { alarm.raise() } }
            }
            while !Task.isCancelled {
                for launch in await watchedPass() { group.addTask { await self.carryOut(launch) } }
                if environment.mode != .continuous, isDone { break }
                await alarm.wait(until: nextWake, clock: clock)
            }
            watcher?.close()
            if Task.isCancelled || environment.mode != .continuous { group.cancelAll() }
        }
        if environment.mode == .once, problem == nil { await endSessions() }
        disk.close()
        hashing.close()
        await environment.claims.releaseAll(of: rules.name)
    }

    /// A daemon does not give a mirror up over what may pass, such as a full disk; over a damaged journal it does.
    private func prepare() async throws {
        while true {
            do {
                try await load()
                return try armWatcher()
            } catch  where environment.mode == .continuous && !Task.isCancelled && (error as? JournalError)?.needsPerson != true {
                failed(error, now: clock.now())
                await alarm.wait(until: retryAt, clock: clock)
            }
        }
    }

    private func load() async throws {
        if let known = try await journal.mirror(rules.name) { record = known }
        approvals = try await journal.approvals(of: rules.name).map(\.approval)
        standing = StandingHolds(saved: try await journal.holds(of: rules.name).map(\.hold))
        if let key = record.key, libraryTextIsUnchanged { base = try await journal.base(of: rules.name, in: key) }
    }
    /// The configuration still names the library that the record belongs to. Another text means another library, with a base of its own.
    var libraryTextIsUnchanged: Bool { record.libraryName == rules.library || record.key?.library.rawValue == rules.library }

    private func armWatcher() throws {
        guard environment.mode == .continuous else { return }
        let kind: InotifyWatcher.Kind = environment.threads == .own ? .own : .pumped
        watcher = try InotifyWatcher(path: rules.path, depth: rules.scanDepth, kind: kind, now: { [clock] in clock.now() })
    }

    /// Takes what the kernel has queued, where no thread of the mirror's own does (`SourceThreads.callers`).
    /// - Parameter losesEvents: they are lost, as when the queue had overflowed.
    public func pump(losesEvents: Bool = false) { watcher?.pump(losesEvents: losesEvents) }

    /// One publish, from its slot to its outcome.
    private func carryOut(_ launch: Launch) async {
        let outcome: PublicationOutcome
        do {
            outcome = try await environment.slots.withSlot { [publisher] in
                switch launch.session {
                case (let session, let intent)?:
                    await publisher.resume(launch.work, intent: intent, session: session, control: launch.control)
                case nil: await publisher.publish(launch.work, control: launch.control)
                }
            }
        } catch {
            outcome = .interrupted
        }
        await finished(launch, outcome)
        environment.noteChange()
        alarm.raise()
    }

    /// A publish that a pass decided on.
    struct Launch: Sendable {
        var work: Publication
        var control: PublicationControl
        var session: (UpdateSession.ID, Intent)?
    }

    /// When the next pass is due, whatever happens.
    var nextWake: BootTime? {
        // A one-shot command looks at the root while it sends: that is when a source may stop answering.
        let rootCheck = environment.mode == .continuous || !publishing.isEmpty ? nextRootCheck : nil
        // While the whole mirror waits, what is due within it does not wake it.
        if standing.stopsMirror { return [rootCheck, retryAt].compactMap { $0 }.min() }
        if let retryAt { return min(retryAt, rootCheck ?? retryAt) }
        let times: [BootTime?] = [
            queue.nextRelease, agenda.next, rootCheck, environment.mode == .continuous ? nextRescan : nil,
            isScanning ? nextScan : nil,
        ]
        return times.compactMap { $0 }.min()
    }

    private var isScanning: Bool {
        if case .scanning? = watcher?.state { true } else { false }
    }

    /// In mode `once`: nothing is under way and nothing is left that waiting up to `max_wait` would do.
    private var isDone: Bool {
        if environment.mode == .plan { return true }
        return isAtRest(since: began) || retryIsHopeless
    }
    /// A one-shot command does not outwait a server that is away, what only a person can mend, or a root that is missing or does not answer.
    private var retryIsHopeless: Bool {
        sourceHold != nil || publishing.isEmpty && (passBackoff.attempts >= 3 || problem != nil && problemIsLasting)
            || standing.stopsMirror
    }

    // MARK: what others ask

    /// Looks at everything anew, here and at the server, and tries at once what waits for a time.
    @discardableResult public func rescan() -> PassRequest {
        let request = PassRequest(mirror: self, looksBegun: looks.begun, at: clock.now())
        (everythingIsDue, isDueOnceMore) = (true, true)
        retryAt = nil
        agenda.hasten(now: clock.now())
        alarm.raise()
        return request
    }

    /// Something was mounted or unmounted somewhere: the root, or a directory in it, may be another one now.
    public func mountsChanged() async {
        nextRootCheck = clock.now()
        // Mounts come and go all day elsewhere; only those in the tree change what it holds. What cannot be told counts as changed.
        let path = rules.path
        let present = try? await disk.run { try Set(MountTable.mounts().filter { $0.isWithin(path) }) }
        if present == nil || present != mounts { queue.markDirty(subtree: .root, now: clock.now() - rules.maxWait) }
        mounts = present
        alarm.raise()
    }

    /// Releases what a person may release.
    /// - Parameter digest: of the holds as they were shown; nil releases what stands now.
    /// - Returns: the holds released.
    public func approve(digest: String?) async throws -> [Hold] {
        let released = try await HoldRelease(journal: journal, mirror: rules.name)
            .release(standing.all, digest: digest, at: clock.wallTime())
        for hold in released {
            approvals.append(Approval(hold))
            logger.notice(
                "approved", metadata: ["event": "approved", "mirror": "\(rules.name)", "item": "\(hold.item ?? "")", "reason": "\(hold.kind.rawValue)"])
        }
        if released.contains(where: { $0.kind == .libraryChanged }) {
            if let recorded = try await journal.mirror(rules.name) { record = recorded }
            (base, library, remotes) = ([:], nil, [:])
        }
        if !released.isEmpty { rescan() }
        return released
    }

    // MARK: after a publish

    private func finished(_ launch: Launch, _ outcome: PublicationOutcome) async {
        let item = launch.work.item
        if outcome.mayLeaveIntent {
            await loadIntent(of: item)
            await loadBase(of: item, launch.work.key)
        }
        if case .published = outcome, launch.work.plan.repairs { await noteRepair(of: item) }
        if case .deleted = outcome { await environment.claims.release(item, in: launch.work.key, of: rules.name) }
        // Nothing is awaited from here on: a pass looks at the item again when all that is known of it is in place.
        publishing[item] = nil
        let now = clock.now()
        switch outcome {
        case .published(let recorded, _), .recorded(let recorded):
            settled(recorded, launch.work.plan, now: now)
        case .deleted:
            forgot(item)
        case .unstable(let faults):
            for fault in faults { note(fault, now: now) }
            agenda.add(item, at: now)
            show(item, .pending, outcome.reason)
        case .stale(let why):
            remotes = remotes.filter { $0.value.item.name != item }
            agenda.failed(item, now: now, atLeast: nil, using: &random)
            show(item, .pending, why)
        case .rival(let why):
            agenda.failed(item, now: now, atLeast: .seconds(5), using: &random)
            show(item, .pending, why)
            logger.warning("item is held by somebody else's session", metadata: metadata(item, "rival-session", why))
        case .held(let hold):
            setHolds([hold], of: item)
            show(item, .held, hold.reason)
        case .failed(let why, let retryAfter):
            agenda.failed(item, now: now, atLeast: retryAfter, using: &random)
            show(item, .failed, why)
            logger.error("publish failed", metadata: metadata(item, "publish-failed", why))
        case .interrupted:
            show(item, .pending, "interrupted")
        }
    }

    /// Counted when it is done: one that fails and is tried again is no sign of a rival.
    private func noteRepair(of item: String) async {
        do {
            try await journal.recordRepair(of: item, in: rules.name, at: clock.wallTime(), window: .seconds(24 * 3600))
        } catch {
            logger.error("repair is not recorded", metadata: metadata(item, "pass-failed", "\(error)"))
        }
    }

    private func settled(_ recorded: BaseItem, _ plan: ItemPlan, now: BootTime) {
        // A server whose token a publish does not move cannot tell by it that nothing moved.
        if !plan.sends.isEmpty, let before = base[plan.item]?.token, before == recorded.token { tokensMove = false }
        base[plan.item] = recorded
        openIntents[plan.item] = nil
        remotes[recorded.id] = nil
        agenda.succeeded(plan.item)
        for path in plan.sends.compactMap(\.local?.path) {
            stable.published(path)
            readFaults[path] = nil
        }
        // Looked at once more: what was left out of the plan, and what moved meanwhile, is decided against the new base.
        agenda.add(plan.item, at: now)
    }

    func forgot(_ item: String) {
        if let id = base[item]?.id { remotes[id] = nil }
        base[item] = nil
        openIntents[item] = nil
        statuses[item] = nil
        setHolds([], of: item)
        agenda.succeeded(item)
        agenda.add(item, at: clock.now())
    }

    // MARK: words

    func show(_ item: String, _ state: ItemStatus.State, _ reason: String?) {
        statuses[item] = ItemStatus(
            item: item, id: base[item]?.id, type: base[item]?.type ?? view.local.items[item]?.type, state: state, reason: reason,
            verifiedAt: base[item]?.verifiedAt)
    }
    func metadata(_ item: String?, _ event: String, _ reason: String? = nil) -> Logger.Metadata {
        var all: Logger.Metadata = ["event": "\(event)", "mirror": "\(rules.name)"]
        if let item { all["item"] = "\(item)" }
        if let library { all["library"] = "\(library.id.rawValue)" }
        if let reason { all["reason"] = "\(reason)" }
        return all
    }
}

/// An approval that does not fit what stands.
public enum ApprovalError: Error, Sendable, CustomStringConvertible {
    case moved(String)

    public var description: String {
        switch self {
        case .moved(let digest): "the holds are not those of that plan any more; look again: the present plan is \(digest)"
        }
    }
}
