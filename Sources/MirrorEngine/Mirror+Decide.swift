import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

extension Mirror {
    /// From situations to publishes: plans, holds against the deletions among them, and what only the record must know.
    func decide(
        _ situations: [String: ItemSituation], library: ResolvedLibrary, complete: Bool, scannedAt: Timestamp, now: BootTime
    ) async throws -> [Launch] {
        var situations = situations
        var plans: [ItemPlan] = []
        let limit = environment.mode == .continuous ? clock.now() + Self.comparingLimit : nil
        comparedCount = 0
        for item in situations.keys.sorted() {
            guard var situation = situations[item] else { continue }
            do {
                let plan = standingRefusal(of: try await plan(&situation, until: limit))
                if let limit, let unknown = plan.unknowns.first, clock.now() >= limit { postpone(item, until: unknown) } else { plans.append(plan) }
            } catch let error where isOfItem(error) {
                cannotDecide(item, error, now: now)
            }
            situations[item] = situation
        }
        plans = try await guarded(plans, complete: complete, now: now)
        var launches: [Launch] = []
        do {
            for plan in plans {
                guard let situation = situations[plan.item] else { continue }
                if let launch = try await carryOut(plan, situation, library: library, scannedAt: scannedAt, now: now) { launches.append(launch) }
            }
        } catch {
            // What is not begun is not under way: the next pass decides it again.
            for launch in launches { publishing[launch.work.item] = nil }
            throw error
        }
        return launches
    }

    /// Its contents are compared by the next pass; so is whatever else is due by then.
    private func postpone(_ item: String, until unknown: FileDecision) {
        unseen.insert(item)
        agenda.add(item, at: clock.now())
        show(item, .pending, "\(unknown.name): being compared")
    }

    /// What a pass would do, for `clsyncd plan`: every file counts as stable, and nothing is written.
    func onlyPlan(_ situations: [String: ItemSituation], complete: Bool, now: BootTime) async throws -> [Launch] {
        var planned = Set<String>()
        for item in situations.keys.sorted() {
            guard var situation = situations[item] else { continue }
            let plan = try await plan(&situation)
            lastPlans[item] = plan
            _ = standing.set(plan.holds, of: item)
            planned.formUnion(plan.deletions)
            conclude(plan, situation)
        }
        setMirrorHolds(DeletionGuard(rules: rules).judge(try await deletionFacts(planned)))
        lastRenames = renamePairs(situations)
        everythingIsDue = false
        return []
    }

    /// A type that the server refused to give an item is not asked for again in every pass: the hold stands until a person or the types end it.
    private func standingRefusal(of plan: ItemPlan) -> ItemPlan {
        guard plan.retypes, let hold = standing.ofItems[plan.item]?.first(where: { $0.kind == .typeChanged && $0.subjects == [plan.type ?? "generic"] }) else {
            return plan
        }
        var plan = plan
        (plan.retypes, plan.fate, plan.holds) = (false, .refuse, plan.holds + [hold])
        plan.files = plan.files.map { decision in
            var decision = decision
            if decision.action == .send || decision.action == .remove { decision.action = .hold }
            return decision
        }
        return plan
    }

    // MARK: carrying out

    private func carryOut(
        _ plan: ItemPlan, _ situation: ItemSituation, library: ResolvedLibrary, scannedAt: Timestamp, now: BootTime
    ) async throws -> Launch? {
        lastPlans[plan.item] = plan
        setHolds(plan.holds, of: plan.item)
        guard let key = record.key, let root else { return nil }
        let work = Publication(
            mirror: rules.name, rules: rules, key: key, plan: plan, local: situation.local, base: situation.base, remote: situation.remote,
            checksums: situation.checksums, root: root, isMountPoint: situation.local?.identity.map { $0.device != root.device } ?? false, scannedAt: scannedAt)
        let resumable = resumableSessions.removeValue(forKey: plan.item)
        if plan.writes {
            noteOverwritten(plan)
            if let (session, intent) = resumable, plan.fate == .delete { try await recovery.end(session, intent, reason: "its item is to be deleted") }
            let control = PublicationControl()
            publishing[plan.item] = control
            show(plan.item, .publishing, nil)
            return Launch(work: work, control: control, session: plan.fate == .delete ? nil : resumable)
        }
        if let (session, intent) = resumable { try await recovery.end(session, intent, reason: "nothing is left to publish") }
        openIntents[plan.item] = nil
        try await keepRecord(plan, situation, work)
        conclude(plan, situation)
        return nil
    }

    /// What needs no call to the server.
    private func keepRecord(_ plan: ItemPlan, _ situation: ItemSituation, _ work: Publication) async throws {
        if plan.fate == .forget {
            if let id = base[plan.item]?.id { try await journal.forget(id, of: rules.name, in: work.key) }
            await environment.claims.release(plan.item, in: work.key, of: rules.name)
            base[plan.item] = nil
            return
        }
        guard let remote = situation.remote, situation.base?.id == remote.id || !plan.adoptions.isEmpty else { return }
        var recorded = BaseRecord(work: work, now: clock.wallTime()).base(remote: remote, sent: [:])
        if !plan.holds.isEmpty, let base = situation.base {
            // What the hold was raised against stays on record while it stands.
            (recorded.directory, recorded.isMountPoint) = (base.directory, base.isMountPoint)
        }
        guard
            recorded.files != situation.base?.files || recorded.token != situation.base?.token || recorded.directory != situation.base?.directory
                || recorded.id != situation.base?.id || recorded.type != situation.base?.type
        else {
            // Seen again as published: only the time is new.
            recorded.verifiedAt = clock.wallTime()
            base[plan.item] = recorded
            return
        }
        try await journal.commit(recorded, of: rules.name, in: work.key)
        base[plan.item] = recorded
        for file in plan.adoptions {
            logger.notice("adopted", metadata: metadata(plan.item, "adopted").merging(["file": "\(file.name)"]) { $1 })
        }
    }

    private func noteOverwritten(_ plan: ItemPlan) {
        for file in plan.sends where [.drift, .lost, .localWins].contains(file.row) {
            logger.warning(
                file.row == .localWins
                    ? "somebody changed what was published, and the local file moved too; it wins"
                    : "somebody changed what was published; it is repaired",
                metadata: metadata(
                    plan.item, "drift", "\(file.row.rawValue): version \(file.remote?.version ?? "-"), \(file.remote?.checksum?.description ?? "no checksum")"
                )
                .merging(["file": "\(file.name)"]) { $1 })
        }
    }
}

extension ItemPlan {
    /// Somebody else changed what was published, and it is sent again.
    var repairs: Bool { sends.contains { $0.row == .drift || $0.row == .lost } }
}

extension Unmanaged.Reason {
    /// Whether somebody should do something about it, unlike what is excluded on purpose.
    var isRefusal: Bool {
        switch self {
        case .badName, .collision, .unreadable, .unsupportedType: true
        case .excluded, .symlink, .special, .looseFile, .nestedDirectory: false
        }
    }
}
