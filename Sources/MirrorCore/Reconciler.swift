import ContentLibraryAPI

/// The three sides of one item, and what is known about them.
public struct ItemSituation: Sendable {
    public var item: String
    public var local: LocalItem?
    /// The item exists locally but is not managed: its remote copy stays.
    public var unmanaged: Unmanaged?
    public var base: BaseItem?
    public var remote: RemoteItem?
    /// Whether a missing `local` is gone, as a complete and faultless listing of the root shows.
    public var localIsProven = true
    /// Checksums of the local files as they now are, by remote name.
    public var checksums: [String: Checksums] = [:]
    /// Local files that are not stable yet, by remote name, with the reason.
    public var unsettled: [String: String] = [:]
    /// By remote name: whether the remote file, read back, equals the local one.
    public var downloaded: [String: Bool] = [:]
    /// The remote names that an open intent of ours sends: what is there under them may be ours. Nil where no intent is open for the item.
    public var intended: Set<String>?
    public var approvals: [Approval] = []
    /// How often the item was repaired within the last 24 hours, since the last approval of it: that begins a new count.
    public var repairs = 0
    /// The item's directory is on another mount than it was when it was published.
    public var mountChanged = false
    /// A remote item without base or local counterpart may go under `extraneous = "remove"`: of a known type, old enough, without an active session.
    public var isRemovableAsExtraneous = false
    /// A remote item has the name in another case; the server would refuse ours.
    public var remoteNamesake: String?

    public init(item: String, local: LocalItem?, base: BaseItem?, remote: RemoteItem?) {
        (self.item, self.local, self.base, self.remote) = (item, local, base, remote)
    }
}

/// The decision table, item by item: a pure function from the three sides to a plan.
public struct Reconciler: Sendable {
    /// Three repairs in a day, and still moved: somebody else writes the same item, and repairing goes on for ever.
    public static let repairLimit = 3

    let rules: MirrorRules

    public init(rules: MirrorRules) { self.rules = rules }

    public func plan(_ situation: ItemSituation) -> ItemPlan {
        if situation.unmanaged != nil { return leaveUnmanaged(situation) }
        if let base = situation.base, let remote = situation.remote, base.id != remote.id { return planBesides(base, situation) }
        var plan = ItemPlan(item: situation.item, itemID: situation.remote?.id ?? situation.base?.id, type: situation.local?.type)
        plan.files = fileNames(situation).map { decide($0, situation) }
        if let refusal = refusal(situation) {
            plan.holds = [refusal]
            plan.fate = .refuse
            plan.files = plan.files.map(Self.untouched)
            return plan
        }
        plan.fate = fate(situation, plan.files)
        plan.retypes = retypes(situation)
        plan.holds = holds(situation, plan)
        if !plan.holds.isEmpty {
            // What was under a mount that is not there is not known to be gone: its record stays too.
            plan.files = plan.files.map(plan.holds.contains { $0.kind == .rootEmpty } ? Self.untouched : Self.recordingOnly)
            plan.retypes = false
            plan.fate = .refuse
        }
        return plan
    }

    /// The item that we published is gone, and another one has its name: the record says nothing of that one, whatever its versions are.
    private func planBesides(_ base: BaseItem, _ situation: ItemSituation) -> ItemPlan {
        var situation = situation
        situation.base = nil
        var plan = plan(situation)
        if situation.local == nil, plan.fate == .keep, situation.localIsProven { plan.fate = .forget }
        return plan
    }

    // MARK: the item as a whole

    private func fileNames(_ situation: ItemSituation) -> [String] {
        var names = Set<String>()
        names.formUnion(situation.local?.files.keys ?? [:].keys)
        names.formUnion(situation.local?.unmanaged.keys ?? [:].keys)
        names.formUnion(situation.base?.files.keys ?? [:].keys)
        names.formUnion(situation.remote?.files.keys ?? [:].keys)
        return names.sorted()
    }

    private func leaveUnmanaged(_ situation: ItemSituation) -> ItemPlan {
        let reason = situation.unmanaged?.reason.text ?? ""
        let files = (situation.base?.files ?? [:]).values.sorted { $0.name < $1.name }.map {
            let remote = situation.remote?.files[$0.name]
            return FileDecision(name: $0.name, row: .inSync, action: .leave(reason), base: evident($0, remote, situation), remote: remote)
        }
        return ItemPlan(item: situation.item, itemID: situation.base?.id, type: situation.base?.type, files: files)
    }

    /// Why the item cannot be written at all.
    private func refusal(_ situation: ItemSituation) -> Hold? {
        if situation.remote?.type == "vm-template", situation.local != nil || situation.base != nil {
            return Hold(
                .typeChanged, item: situation.item,
                reason:
                    "the library's item \(situation.item) holds a virtual machine template, which update sessions cannot change; rename the directory or the item",
                subjects: ["vm-template"])
        }
        if let namesake = situation.remoteNamesake, situation.remote == nil, situation.local != nil {
            return Hold(
                .conflict, item: situation.item,
                reason: "the library has an item \(printable(namesake.utf8)), which differs only in case; rename one of them",
                subjects: ["namesake \(namesake)"])
        }
        let isOurs = situation.intended != nil || situation.base?.files.isEmpty == false
        if let local = situation.local, !local.files.isEmpty, Self.sameType(situation.remote?.type, "ovf"), !Self.sameType(local.type, "ovf"),
            !isOurs || goesOnAsItIs(situation)
        {
            return Hold(
                .typeChanged, item: situation.item,
                reason:
                    "the library's item \(situation.item) is of type ovf, which takes only the files of a package, and no approval changes that; rename the directory or the item",
                subjects: ["package"])
        }
        if let type = situation.remote?.type, !isOurs, retypes(situation), !Self.sameType(type, "iso"), !Self.sameType(type, nil) {
            return Hold(
                .typeChanged, item: situation.item,
                reason: "the library's item \(situation.item) was made by somebody else as \(printable(type.utf8)); approve to mirror into it as it is",
                subjects: [Self.typeSubject(situation)])
        }
        return nil
    }

    private func fate(_ situation: ItemSituation, _ files: [FileDecision]) -> ItemPlan.Fate {
        switch (situation.local, situation.base, situation.remote) {
        case (let local?, _, nil):
            if local.files.isEmpty { return situation.base != nil && gone(situation) ? .forget : .keep }
            return files.contains { $0.action == .send } ? .create : .keep
        case (_?, _, _?), (nil, nil, nil): return .keep
        case (nil, nil, _?): return rules.extraneous == .remove && situation.isRemovableAsExtraneous && situation.localIsProven ? .delete : .keep
        case (nil, _?, nil): return situation.localIsProven ? .forget : .keep
        case (nil, let base?, let remote?):
            guard situation.localIsProven else { return .keep }
            let ours = files.count { $0.action == .remove }
            if base.files.isEmpty, ours == 0, !remote.files.isEmpty { return .forget }
            // Only what we published, unmoved, may go with its item.
            return ours == remote.files.count && rules.delete == .mirror ? .delete : .keep
        }
    }

    private func retypes(_ situation: ItemSituation) -> Bool {
        guard let local = situation.local, let remote = situation.remote, !local.files.isEmpty else { return false }
        return !Self.sameType(local.type, remote.type) && !goesOnAsItIs(situation)
    }
    private func goesOnAsItIs(_ situation: ItemSituation) -> Bool {
        situation.approvals.contains { $0.kind == .typeChanged && $0.item == situation.item && $0.subjects.contains(Self.typeSubject(situation)) }
    }
    /// What an approval of `type-changed` is bound to: the type that the item would have.
    private static func typeSubject(_ situation: ItemSituation) -> String { situation.local?.type ?? "generic" }
    /// Unset, empty and `generic` are one type (the API's documentation of `item_model.type`).
    static func sameType(_ a: String?, _ b: String?) -> Bool {
        func named(_ type: String?) -> String? { type.flatMap { $0.isEmpty || $0 == "generic" ? nil : $0 } }
        return named(a) == named(b)
    }

    private func holds(_ situation: ItemSituation, _ plan: ItemPlan) -> [Hold] {
        let conflicts = plan.files.filter { $0.action == .hold }
        var holds: [Hold] = []
        if !conflicts.isEmpty {
            let names = conflicts.map { "\($0.name) (\($0.row.rawValue), remote version \($0.remote?.version ?? "-"))" }.joined(separator: ", ")
            holds.append(
                Hold(
                    .conflict, item: situation.item, reason: "somebody else's content would be overwritten or is in the way: \(names); approve takes it over",
                    subjects: Set(conflicts.map { subject($0, situation) })))
        }
        let repairs = plan.files.filter { $0.action == .send && ($0.row == .drift || $0.row == .lost) }
        if !repairs.isEmpty, situation.repairs >= Self.repairLimit {
            let hold = Hold(
                .rivalWriter, item: situation.item,
                reason: "repaired \(situation.repairs) times in 24 hours and moved again: somebody else writes \(repairs.map(\.name).joined(separator: ", "))",
                subjects: Set(repairs.map(\.subject)))
            // An approval ends it by the new count that it begins, and not for ever.
            holds.append(hold)
        }
        if situation.mountChanged, let local = situation.local, local.files.isEmpty, !(situation.base?.files.isEmpty ?? true) {
            let hold = Hold(
                .rootEmpty, item: situation.item, reason: "the directory is empty and no longer the mount it was; mount it again, or approve its deletions",
                subjects: Set((situation.base?.files ?? [:]).keys))
            if !situation.approvals.contains(where: { $0.covers(hold) }) { holds.append(hold) }
        }
        return holds
    }

    /// What may be done to a file of an item that is refused: nothing, and its content need not be known either.
    private static func untouched(_ decision: FileDecision) -> FileDecision {
        var decision = decision
        switch decision.action {
        case .send, .remove, .adopt, .forget, .refresh, .hash, .download: decision.action = .hold
        case .nothing, .hold, .wait, .report, .leave: break
        }
        return decision
    }

    /// What may be done to a file of an item that is held: nothing that writes.
    private static func recordingOnly(_ decision: FileDecision) -> FileDecision {
        var decision = decision
        switch decision.action {
        case .send, .remove: decision.action = .hold
        default: break
        }
        return decision
    }

    // MARK: one file

    private func decide(_ name: String, _ situation: ItemSituation) -> FileDecision {
        let local = situation.local?.files[name]
        let base = situation.base?.files[name]
        let remote = situation.remote?.files[name]
        func decision(_ row: DecisionRow, _ action: FileDecision.Action) -> FileDecision {
            FileDecision(name: name, row: row, action: action, local: local, base: base.map { evident($0, remote, situation) }, remote: remote)
        }
        /// A file is sent only once it is stable.
        func send(_ row: DecisionRow) -> FileDecision { decision(row, situation.unsettled[name].map { .wait($0) } ?? .send) }

        if local == nil, let unmanaged = situation.local?.unmanaged[name] { return decision(.inSync, .leave(unmanaged.reason.text)) }
        switch (local, base, remote) {
        case (nil, nil, nil): return decision(.forget, .nothing)
        case (_?, nil, nil): return send(.add)
        case (let local?, nil, let remote?): return unbased(local, remote, situation, decision)
        case (nil, nil, _?): return foreign(situation, decision)
        case (let local?, let base?, nil):
            guard rules.drift == .report, situation.unsettled[name] == nil else { return send(.lost) }
            guard let localIsBase = unmoved(local, base, situation) else { return decision(.lost, compare(base)) }
            return localIsBase ? decision(.lost, .report) : send(.lost)
        case (nil, _?, nil): return decision(.forget, gone(situation) ? .forget : .nothing)
        case (nil, let base?, let remote?):
            guard gone(situation) else { return decision(.inSync, .leave("the listing of its directory is not complete")) }
            guard remoteUnmoved(remote, base, situation) else {
                let conflict = decision(.goneConflict, .hold)
                return isApproved(conflict, situation) ? decision(.goneConflict, .forget) : conflict
            }
            return decision(.delete, rules.delete == .keep ? .leave("delete = \"keep\"") : .remove)
        case (let local?, let base?, let remote?):
            return moved(local, base, remote, situation, decision, send)
        }
    }

    private func unbased(
        _ local: LocalFile, _ remote: RemoteFile, _ situation: ItemSituation, _ decision: (DecisionRow, FileDecision.Action) -> FileDecision
    ) -> FileDecision {
        if let reason = situation.unsettled[local.name] { return decision(.conflict, .wait(reason)) }
        let conflict = decision(.conflict, .hold)
        let isIntended = situation.intended?.contains(local.name) == true
        let mayOverwrite = isIntended || isApproved(conflict, situation)
        switch equal(local, remote, situation) {
        case .yes: return decision(.adopt, .adopt)
        case .unknown(.hash(let algorithms)): return decision(.conflict, .hash(algorithms))
        case .unknown(let action) where !mayOverwrite: return decision(.conflict, action)
        case .no, .unknown, .never: return mayOverwrite ? decision(isIntended ? .add : .conflict, .send) : conflict
        }
    }

    private func foreign(_ situation: ItemSituation, _ decision: (DecisionRow, FileDecision.Action) -> FileDecision) -> FileDecision {
        // Of an item that is not ours the files go only where it may go itself; neither an empty directory nor an empty record makes one ours.
        let isOurs = situation.local?.files.isEmpty == false || situation.base?.files.isEmpty == false
        let mayGo = isOurs || situation.isRemovableAsExtraneous
        guard rules.extraneous == .remove, mayGo, gone(situation) else { return decision(.foreign, .leave("foreign")) }
        return decision(.foreign, .remove)
    }

    private func moved(
        _ local: LocalFile, _ base: BaseFile, _ remote: RemoteFile, _ situation: ItemSituation,
        _ decision: (DecisionRow, FileDecision.Action) -> FileDecision, _ send: (DecisionRow) -> FileDecision
    ) -> FileDecision {
        let remoteIsBase = remoteUnmoved(remote, base, situation)
        guard let localIsBase = unmoved(local, base, situation) else {
            if let reason = situation.unsettled[local.name] { return decision(.replace, .wait(reason)) }
            return decision(.replace, compare(base))
        }
        switch (localIsBase, remoteIsBase) {
        case (true, true): return decision(.inSync, local.fingerprint == base.fingerprint && local.path == base.path ? .nothing : .refresh)
        case (false, true): return send(.replace)
        case (true, false): return rules.drift == .report ? decision(.drift, .report) : send(.drift)
        case (false, false):
            if situation.unsettled[local.name] != nil { return send(.localWins) }
            switch equal(local, remote, situation) {
            case .yes: return decision(.converged, .adopt)
            case .unknown(.hash(let algorithms)): return decision(.localWins, .hash(algorithms))
            case .no, .unknown, .never: return send(.localWins)
            }
        }
    }

    private func gone(_ situation: ItemSituation) -> Bool { situation.localIsProven && situation.local?.listingIsComplete ?? true }
    private func isApproved(_ conflict: FileDecision, _ situation: ItemSituation) -> Bool {
        let subject = subject(conflict, situation)
        return situation.approvals.contains { $0.kind == .conflict && $0.item == situation.item && $0.subjects.contains(subject) }
    }
    /// Where the list gives no checksum, versions may be the same for ever, and for every item: then the item and its content_version are shown too.
    private func subject(_ conflict: FileDecision, _ situation: ItemSituation) -> String {
        guard conflict.remote?.checksum == nil, let remote = situation.remote else { return conflict.subject }
        return "\(conflict.subject) of \(remote.id.rawValue) at \(remote.token.contentVersion ?? "-")"
    }

    // MARK: equality

    private enum Equality {
        case yes, no, unknown(FileDecision.Action)
        /// Nothing can tell.
        case never
    }

    /// Whether the local file is what we published; nil where only its content can tell.
    private func unmoved(_ local: LocalFile, _ base: BaseFile, _ situation: ItemSituation) -> Bool? {
        // Another length is another content, whichever fields are compared.
        if local.fingerprint.size != base.fingerprint.size { return false }
        if local.fingerprint.equals(base.fingerprint, in: rules.fingerprint) { return true }
        if base.checksums.isEmpty { return false }
        return situation.checksums[local.name]?.matches(base.checksums)
    }
    /// Asks for the content that tells whether the local file is what we published.
    private func compare(_ base: BaseFile) -> FileDecision.Action { .hash(Set(base.checksums.byAlgorithm.keys)) }

    /// The file's record, with the evidence that its remote copy moved. Where only the item's content_version shows it, that would be lost once the
    /// item's token is recorded anew: so the file's version is recorded as one that no server gives, and never equals the one that it has.
    private func evident(_ base: BaseFile, _ remote: RemoteFile?, _ situation: ItemSituation) -> BaseFile {
        guard let remote, remote.version == base.remote.version else { return base }
        if situation.base?.id == situation.remote?.id, remoteUnmoved(remote, base, situation) { return base }
        var base = base
        base.remote.version = Self.movedVersion
        return base
    }
    static let movedVersion = "(moved)"

    /// By checksum where the server gives one; else by our record of versions. Versions are compared for inequality only.
    private func remoteUnmoved(_ remote: RemoteFile, _ base: BaseFile, _ situation: ItemSituation) -> Bool {
        if let checksum = remote.checksum {
            if let equal = base.checksums.matches(checksum) { return equal }
            if let recorded = base.remote.checksum, recorded.algorithm == checksum.algorithm { return recorded == checksum }
        }
        guard remote.version == base.remote.version else { return false }
        guard let then = situation.base?.token.contentVersion, let now = situation.remote?.token.contentVersion else { return true }
        return then == now
    }

    private func equal(_ local: LocalFile, _ remote: RemoteFile, _ situation: ItemSituation) -> Equality {
        if let proven = situation.downloaded[local.name] { return proven ? .yes : .no }
        guard let checksum = remote.checksum else { return rules.adopt == .download ? .unknown(.download) : .never }
        switch situation.checksums[local.name]?.matches(checksum) {
        case true?: return .yes
        case false?: return .no
        case nil: return .unknown(.hash([checksum.algorithm]))
        }
    }
}
