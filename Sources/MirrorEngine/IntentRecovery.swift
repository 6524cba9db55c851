import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import Logging
import MirrorCore
import MirrorJournal

/// Asks the server what became of a publish that an earlier run began, so that no session of ours stays and nothing is sent twice.
struct IntentRecovery: Sendable {
    enum Result: Sendable {
        /// Nothing of it is left: the item is planned as if it had never begun.
        case closed
        /// The session had completed: the base is recorded.
        case committed(BaseItem)
        /// The session is ACTIVE and ours: what it has need not be sent again.
        case active(UpdateSession.ID, Intent)
    }
    /// After the last known lease of a session that the server will not show us.
    static let unauthorizedGrace = Duration.seconds(24 * 3600)

    let client: ContentLibraryClient
    let journal: Journal
    let clock: any HostClock
    let logger: Logger

    /// A recovery that broke off is begun again with the same token: what it had learned by then is in the journal, and nowhere else.
    func recover(_ token: IntentToken, base: BaseItem?) async throws -> Result {
        guard var intent = try await journal.intent(token) else { return .closed }
        guard let item = try await item(&intent) else {
            try await journal.close(intent.token)
            return .closed
        }
        guard let session = try await session(&intent, item: item) else {
            try await journal.close(intent.token)
            return .closed
        }
        let model: UpdateSession.Model
        do {
            model = try await client.call(UpdateSession.get(session))
        } catch let error as APIError where error.kind == .notFound {
            guard try await Absence(client: client).isProven(error, session: session) else { throw error }
            try await journal.close(intent.token)
            return .closed
        } catch let error as APIError where error.kind == .unauthorized {
            let lastLease = intent.leaseUntil ?? intent.createdAt
            guard clock.wallTime().milliseconds - lastLease.milliseconds > Self.unauthorizedGrace.components.seconds * 1000 else { throw error }
            logger.warning("the server will not show us our session; it is given up", metadata: metadata(intent, session, "session-abandoned"))
            try await journal.close(intent.token)
            return .closed
        }
        switch model.state {
        case .active? where !intent.isAbandoned: return .active(session, intent)
        case .done? where intent.isRecorded:
            try await delete(session, intent)
            return .closed
        case .done?:
            let recorded = try await commit(intent, item: item, base: base)
            try await delete(session, intent)
            return recorded.map { .committed($0) } ?? .closed
        default:
            try await end(session, intent, reason: "left behind by an earlier run")
            return .closed
        }
    }

    /// Ends a session that is of no use any more.
    func end(_ session: UpdateSession.ID, _ intent: Intent, reason: String) async throws {
        do {
            try await client.call(UpdateSession.fail(session, "clsyncd: \(intent.item): \(reason)"))
        } catch let error as APIError where error.kind == .notAllowedInCurrentState || error.kind == .notFound {}
        try await delete(session, intent)
        logger.info("session abandoned", metadata: metadata(intent, session, "session-abandoned", reason))
    }

    /// The item's id where a crash came between the call and its answer: the same token gives the same item. Nil where there is none.
    private func item(_ intent: inout Intent) async throws -> Item.ID? {
        if let id = intent.itemID { return id }
        guard let token = intent.itemToken else { return nil }
        do {
            let id = try await client.call(Item.create(token, intent.itemSpec))
            intent = try await ItemCreation(client: client, journal: journal).record(id, intent)
            return id
        } catch let error as APIError where error.isRefusal {
            // Another item has the name, or the library is gone.
            return nil
        }
    }

    /// The session's id where a crash came between the call and its answer: the same token gives the same session.
    private func session(_ intent: inout Intent, item: Item.ID) async throws -> UpdateSession.ID? {
        if let session = intent.state.session { return session }
        do {
            let session = try await client.call(UpdateSession.create(intent.sessionToken, UpdateSession.Model(libraryItemID: item)))
            try await journal.recordSession(session, leaseUntil: nil, of: intent.token)
            intent = try await journal.intent(intent.token) ?? intent
            return session
        } catch let error as APIError where [.resourceBusy, .notFound, .invalidElementType, .invalidArgument].contains(error.kind) {
            // Busy with another's session: ours does not exist. (A replay is answered before the busy check.)
            return nil
        }
    }

    private func delete(_ session: UpdateSession.ID, _ intent: Intent) async throws {
        do {
            try await client.call(UpdateSession.delete(session))
        } catch let error as APIError {
            guard try await Absence(client: client).isProven(error, session: session) else { throw error }
        }
        try await journal.close(intent.token)
    }

    /// The session is DONE: what it published is recorded, where the list bears it out.
    private func commit(_ intent: Intent, item: Item.ID, base: BaseItem?) async throws -> BaseItem? {
        let reader = RemoteReader(client: client, library: intent.key.library)
        guard let header = try await reader.header(item), let remote = try await reader.item(header) else { return nil }
        guard case .publish(let plan) = intent.kind else { return nil }
        var files = base?.files ?? [:]
        for name in plan.removals where remote.files[name] == nil { files[name] = nil }
        for file in plan.files {
            guard let theirs = remote.files[file.name], !file.checksums.isEmpty else { continue }
            if let checksum = theirs.checksum, file.checksums.matches(checksum) != true { continue }
            files[file.name] = BaseFile(
                name: file.name, path: file.path, fingerprint: BaseRecord.recordable(file.fingerprint, seenAt: intent.createdAt), checksums: file.checksums,
                remote: theirs)
        }
        let recorded = BaseItem(
            id: item, name: intent.item, type: remote.type, token: remote.token, directory: plan.directory ?? base?.directory, files: files,
            verifiedAt: clock.wallTime(), isMountPoint: base?.isMountPoint ?? false)
        if case .completing = intent.state {
            try await journal.commit(recorded, of: intent.mirror, in: intent.key, closing: intent.token)
        } else {
            try await journal.commit(recorded, of: intent.mirror, in: intent.key)
        }
        logger.notice("publish of an earlier run recorded", metadata: metadata(intent, nil, "session-resumed"))
        return recorded
    }

    private func metadata(_ intent: Intent, _ session: UpdateSession.ID?, _ event: String, _ reason: String? = nil) -> Logger.Metadata {
        var all: Logger.Metadata = ["event": "\(event)", "mirror": "\(intent.mirror)", "item": "\(intent.item)", "library": "\(intent.key.library.rawValue)"]
        if let session { all["session"] = "\(session.rawValue)" }
        if let reason { all["reason"] = "\(reason)" }
        return all
    }
}

extension Intent {
    /// The item that a publish creates. The same token is good for the same words only.
    var itemSpec: Item.Model { Item.Model(libraryID: key.library, name: item, type: publishPlan?.type) }
    var directory: DirectoryIdentity? { publishPlan?.directory }
    private var publishPlan: IntentPlan? {
        if case .publish(let plan) = kind { plan } else { nil }
    }
    /// What it published is in the base already.
    var isRecorded: Bool {
        if case .published = state { true } else { false }
    }
    /// The remote names of the files that it sends.
    var sentNames: Set<String> { Set(publishPlan?.files.map(\.name) ?? []) }
    /// The file that it was about to send under that name, as it then was; nil where that was given up.
    func begun(_ name: String) -> Fingerprint? {
        guard case .publish(let plan) = kind, !isAbandoned else { return nil }
        return plan.files.first { $0.name == name }?.fingerprint
    }
    /// It was given up before the daemon stopped: its session is ended, not resumed.
    var isAbandoned: Bool {
        if case .abandoning = state { true } else { false }
    }
}
