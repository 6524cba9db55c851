import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// What earlier runs, or publishes of this one, began and did not end.
extension Mirror {
    var recovery: IntentRecovery { IntentRecovery(client: client, journal: journal, clock: clock, logger: logger) }

    func loadIntents(_ library: ResolvedLibrary) async throws {
        guard !intentsAreLoaded, let key = record.key else { return }
        openIntents = [:]
        for intent in try await journal.openIntents(in: key) where intent.mirror == rules.name { openIntents[intent.item] = intent }
        intentsAreLoaded = true
        for item in openIntents.keys { agenda.add(item, at: clock.now()) }
    }

    /// What no mirror goes on with. It keeps no pass from going on.
    func endOrphans() async throws {
        let (configured, name) = (environment.configured.names, rules.name)
        guard configured.contains(name), let key = record.key else { return }
        try await OrphanedIntents(client: client, journal: journal, recovery: recovery, logger: logger).end(onServer: key.server) { intent in
            intent.mirror == name ? intent.key == key : configured.contains(intent.mirror)
        }
    }

    /// Asks what became of the item's open intent; until the server answers, only this item waits.
    func recover(_ situation: inout ItemSituation) async throws {
        guard let intent = openIntents[situation.item] else { return }
        situation.intended = intent.sentNames
        let result = try await recovery.recover(intent.token, base: base[situation.item])
        switch result {
        case .closed:
            openIntents[situation.item] = nil
        case .committed(let recorded):
            openIntents[situation.item] = nil
            base[situation.item] = recorded
        case .active(let session, let intent):
            // With what the recovery learned: the item's id, the session's.
            openIntents[situation.item] = intent
            resumableSessions[situation.item] = (session, intent)
        }
        // A publish may have been recorded, or its item, before its end was lost: the journal knows, and memory may not.
        base[situation.item] = try await journal.base(of: rules.name, in: intent.key)[situation.item]
        if case .active = result, base[situation.item] == situation.base { return }
        situation.base = base[situation.item]
        try await reread(&situation)
    }
    /// The list was read before the recovery, which may have moved it.
    private func reread(_ situation: inout ItemSituation) async throws {
        guard let library, let id = situation.base?.id ?? situation.remote?.id else { return }
        let reader = RemoteReader(client: client, library: library.id)
        if let header = try await reader.header(id) { situation.remote = try await reader.item(header) } else { situation.remote = nil }
        if let remote = situation.remote { remotes[remote.id] = KnownRemote(item: remote, listedAt: clock.now()) }
    }

    /// What the failed publish left in the journal is recovered before the item is planned again.
    func loadIntent(of item: String) async {
        guard let key = record.key else { return }
        do {
            openIntents[item] = try await journal.openIntents(in: key).first { $0.mirror == rules.name && $0.item == item }
        } catch {
            intentsAreLoaded = false
        }
    }

    /// What was recorded before the publish failed counts, although its end did not arrive here: an item that was created, a session that completed.
    func loadBase(of item: String, _ key: LibraryKey) async {
        do { base[item] = try await journal.base(of: rules.name, in: key)[item] } catch { everythingIsDue = true }
    }

    /// For a mirror that no later run goes on with: nothing stays open that can be ended.
    func endSessions() async {
        for intent in openIntents.values.sorted(by: { $0.item < $1.item }) {
            guard let session = intent.state.session else { continue }
            do { try await recovery.end(session, intent, reason: "its mirror ended") } catch {
                logger.warning("session could not be ended and will be at the next chance", metadata: metadata(intent.item, "session-abandoned", "\(error)"))
            }
        }
    }
}
