import ContentLibraryAPI
import ContentLibraryClient
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal

/// Carries out the plan of one item: one update session from the first byte to the server's own word that it is right.
///
/// Every step is in the journal before the call that it announces, so that a crash anywhere leaves an intent that `IntentRecovery` can finish.
struct Publisher: Sendable {
    let client: ContentLibraryClient
    let journal: Journal
    let clock: any HostClock
    let logger: Logger
    /// Opens and examines local files.
    let disk: DiskThread
    let transfersPerItem: Int
    /// `run` leaves an ACTIVE session for its next start when it is stopped; a one-shot command ends its own.
    let leavesSessions: Bool

    func publish(_ work: Publication, control: PublicationControl) async -> PublicationOutcome {
        do {
            switch work.plan.fate {
            case .delete: return try await deleteItem(work)
            case .keep, .create, .forget, .refuse: return try await publishFiles(work, control)
            }
        } catch {
            return outcome(of: error)
        }
    }

    /// Goes on with a session that an earlier run of the daemon left ACTIVE. Files that are READY and unmoved are not sent again.
    func resume(_ work: Publication, intent: Intent, session: UpdateSession.ID, control: PublicationControl) async -> PublicationOutcome {
        guard let item = intent.itemID else { return .failed("the intent \(intent.token) has a session but no item", retryAfter: nil) }
        // What was received earlier was read as long ago as that.
        var work = work
        work.scannedAt = min(work.scannedAt, intent.createdAt)
        do {
            return try await inSession(work, intent: intent, item: item, session: session, resumed: true, control)
        } catch {
            return outcome(of: error)
        }
    }

    private func outcome(of error: any Error) -> PublicationOutcome {
        switch error {
        case let stop as PublicationStop: stop.outcome
        case is CancellationError: .interrupted
        default: Task.isCancelled ? .interrupted : .failed("\(error)", retryAfter: retryAfter(error))
        }
    }

    // MARK: an item's end

    /// Only what is ours and unmoved may go: the list is read immediately before.
    private func deleteItem(_ work: Publication) async throws -> PublicationOutcome {
        guard let id = work.plan.itemID else { return .deleted }
        let reader = RemoteReader(client: client, library: work.key.library)
        if let files = try await reader.files(id) {
            guard files == work.remote?.files ?? [:] else { return .stale("files of \(work.item) moved before its deletion") }
            // Counted before it is done: a crash between the two must not make the window forget it.
            try await journal.recordDeletions(
                max(1, work.plan.deletions.count), at: clock.wallTime(), of: work.mirror, window: work.rules.deleteWindow)
            do {
                try await client.call(Item.delete(id))
            } catch let error as APIError where error.kind == .notFound {}
        }
        try await journal.forget(id, of: work.mirror, in: work.key)
        logger.notice("item deleted", metadata: metadata(work, "item-deleted"))
        return .deleted
    }

    // MARK: files

    private func publishFiles(_ work: Publication, _ control: PublicationControl) async throws -> PublicationOutcome {
        if work.plan.retypes, let item = work.plan.itemID { try await retype(work, item) }
        guard !work.plan.sends.isEmpty || !work.plan.removals.isEmpty else { return .recorded(try await record(work)) }
        let faults = try await faults(of: work)
        guard faults.isEmpty else { return .unstable(faults) }
        var intent = Self.intent(work, at: clock.wallTime())
        try await journal.intend(intent)
        do {
            let item = try await ensureItem(work, &intent)
            let session = try await openSession(work, intent, item)
            return try await inSession(work, intent: intent, item: item, session: session, resumed: false, control)
        } catch let error as APIError {
            // A create that the server refused made nothing, so that nothing can stay behind. What may have been done stays open for recovery.
            if error.isRefusal, try await journal.intent(intent.token)?.state.session == nil { try await journal.close(intent.token) }
            throw error
        }
    }

    /// Files that cannot be opened now: to find that out in a session would cost what was sent in it before.
    private func faults(of work: Publication) async throws -> [ReadFault] {
        let reader = SourceReader(rules: work.rules)
        return try await disk.run { context in
            var faults: [ReadFault] = []
            for file in work.plan.sends.compactMap(\.local) where !context.shouldStop() {
                do { _ = try reader.open(file, below: work.root) } catch let fault as ReadFault { faults.append(fault) }
            }
            return faults
        }
    }

    static func plan(_ work: Publication) -> IntentPlan {
        let files = work.plan.sends.compactMap { decision in
            decision.local.map {
                PlannedFile(
                    name: $0.name, path: $0.path, fingerprint: $0.fingerprint, checksums: work.checksums[$0.name] ?? Checksums(), algorithm: work.algorithm)
            }
        }
        return IntentPlan(
            files: files, removals: work.plan.removals.map(\.name), type: work.plan.type, directory: work.local?.identity,
            expectedContentVersion: work.remote?.token.contentVersion, seen: work.remote.map { $0.files.values.sorted { $0.name < $1.name } })
    }

    private static func intent(_ work: Publication, at time: Timestamp) -> Intent {
        let creates = work.plan.fate == .create
        return Intent(
            token: IntentToken(rawValue: randomUUID()), key: work.key, mirror: work.mirror, item: work.item, kind: .publish(plan(work)),
            itemToken: creates ? randomUUID() : nil, itemID: creates ? nil : work.plan.itemID, sessionToken: randomUUID(), createdAt: time)
    }

    /// What needs no call: adoptions, fingerprints brought up to date, files forgotten.
    private func record(_ work: Publication) async throws -> BaseItem {
        guard let remote = work.remote ?? work.base.map(Self.recorded) else { throw PublicationStop(.stale("\(work.item) is gone")) }
        let base = BaseRecord(work: work, now: clock.wallTime()).base(remote: remote, sent: [:])
        try await journal.commit(base, of: work.mirror, in: work.key)
        return base
    }
    private static func recorded(_ base: BaseItem) -> RemoteItem {
        RemoteItem(id: base.id, name: base.name, type: base.type, token: base.token, files: base.files.mapValues(\.remote))
    }

    private func ensureItem(_ work: Publication, _ intent: inout Intent) async throws -> Item.ID {
        if let id = work.plan.itemID, work.plan.fate != .create { return id }
        let id: Item.ID
        do {
            id = try await client.call(Item.create(intent.itemToken, intent.itemSpec))
        } catch let error as APIError where error.kind == .alreadyExists {
            try await journal.close(intent.token)
            throw PublicationStop(.stale("an item named \(work.item) appeared in the library: \(error)"))
        }
        intent = try await ItemCreation(client: client, journal: journal).record(id, intent)
        logger.info("item created", metadata: metadata(work, "item-created"))
        return id
    }

    private func retype(_ work: Publication, _ item: Item.ID) async throws {
        do {
            try await client.call(Item.update(item, Item.Model(type: work.plan.type ?? "")))
        } catch let error as APIError where error.kind == .invalidArgument || error.kind == .unsupported || error.kind == .notAllowedInCurrentState {
            throw PublicationStop(
                .held(
                    Hold(
                        .typeChanged, item: work.item,
                        reason: "the server refuses to change the type from \(work.remote?.type ?? "generic") to \(work.plan.type ?? "generic"): \(error)",
                        subjects: [work.plan.type ?? "generic"])))
        }
    }

    private func openSession(_ work: Publication, _ intent: Intent, _ item: Item.ID) async throws -> UpdateSession.ID {
        do {
            let id = try await client.call(UpdateSession.create(intent.sessionToken, UpdateSession.Model(libraryItemID: item)))
            try await journal.recordSession(id, leaseUntil: nil, of: intent.token)
            return id
        } catch let error as APIError where error.kind == .resourceBusy {
            try await journal.close(intent.token)
            throw PublicationStop(.rival("another update session holds the item: \(error)"))
        } catch let error as APIError where error.kind == .notFound {
            try await journal.close(intent.token)
            throw PublicationStop(.stale("the item is gone"))
        }
    }

    private func inSession(
        _ work: Publication, intent: Intent, item: Item.ID, session: UpdateSession.ID, resumed: Bool, _ control: PublicationControl
    ) async throws -> PublicationOutcome {
        let run = PublicationSession(publisher: self, work: work, intent: intent, item: item, id: session, resumed: resumed, control: control)
        return try await run.carryOut()
    }

    // MARK: shared

    func metadata(_ work: Publication, _ event: String, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        var all: Logger.Metadata = ["event": "\(event)", "mirror": "\(work.mirror)", "item": "\(work.item)", "library": "\(work.key.library.rawValue)"]
        all.merge(more) { _, new in new }
        return all
    }
    func retryAfter(_ error: any Error) -> Duration? { ContentLibraryClient.retryAfter(error) }
}

/// Ends a publish with a known outcome.
struct PublicationStop: Error, CustomStringConvertible {
    let outcome: PublicationOutcome
    init(_ outcome: PublicationOutcome) { self.outcome = outcome }
    var description: String { outcome.reason }
}

extension APIError {
    /// The server understood, and did nothing. The other errors leave open what was done.
    var isRefusal: Bool {
        if let guessedFromStatus, guessedFromStatus >= 500 { return false }
        return ![.error, .internalServerError, .serviceUnavailable, .timedOut].contains(kind)
    }
}
