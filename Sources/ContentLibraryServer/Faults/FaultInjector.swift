import ContentLibraryAPI
import GRDB
import Synchronization

/// The client hears nothing: whoever carries the answer ends the connection instead.
public struct DroppedConnection: Error, Sendable, Hashable {}

/// What faults make of one call. Its operation and whoever carries its answer share it.
final class CallFaults: Sendable {
    struct State: Sendable {
        var isDropped = false
        var retryAfter: Duration?
        var edits: [AnswerEdit] = []
        /// Of `complete`.
        var outcome: Fault?
    }
    private let state = Mutex(State())

    var found: State { state.withLock { $0 } }
    func note(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// Of the call that this task answers.
    @TaskLocal static var current: CallFaults?
}

/// Makes the faults happen that the plan decides on.
final class FaultInjector: Sendable {
    typealias Sleep = @Sendable (Duration) async throws -> Void

    private struct Completion {
        let due: Timestamp
        let user: Principal
    }

    private let plan = Mutex(FaultPlan())
    /// Sessions whose `complete` was answered and is not carried out. In memory: after a restart they stay active until they expire.
    private let completions = Mutex<[String: Completion]>([:])
    let sleep: Sleep

    init(sleep: @escaping Sleep) { self.sleep = sleep }

    func set(_ new: FaultPlan) { plan.withLock { $0 = new } }

    var isIdle: Bool { plan.withLock { $0.isEmpty } && completions.withLock { $0.isEmpty } }

    func strikes(on event: FaultEvent) -> [FaultPlan.Strike] { plan.withLock { $0.strikes(on: event) } }

    func postpone(_ session: String, until due: Timestamp, for user: Principal) {
        completions.withLock { $0[session] = Completion(due: due, user: user) }
    }

    /// The sessions whose time has come; they are the caller's to complete.
    func due(at now: Timestamp) -> [(session: String, user: Principal)] {
        completions.withLock { completions in
            let due = completions.filter { $0.value.due <= now }
            for session in due.keys { completions[session] = nil }
            return due.map { ($0.key, $0.value.user) }
        }
    }
}

extension ServiceContext {
    /// What the plan has for a call: before its handler runs, and after its privileges were checked.
    func strike(_ call: Invocation, _ principal: Principal) async throws {
        guard !faults.isIdle, let record = CallFaults.current else { return }
        for completion in faults.due(at: now()) {
            try? await Completion(context: self).complete(completion.session, completion.user)
        }
        let subject = try await subject(of: call)
        var event = FaultEvent(operation: call.caller.operation.id, items: subject.items, user: principal.user)
        event.file =
            call.parameter("file_name", as: String.self) ?? call.parameter("name", as: String.self)
            ?? call.parameter("file_spec", as: UpdateSession.File.AddSpec.self)?.name
        for strike in faults.strikes(on: event) { try await carryOut(strike, on: subject, principal, record) }
    }

    private func carryOut(_ strike: FaultPlan.Strike, on subject: FaultSubject, _ principal: Principal, _ record: CallFaults) async throws {
        switch strike.fault {
        case .latency(let time): try await faults.sleep(time)
        case .unavailable(let retryAfter):
            record.note { $0.retryAfter = retryAfter }
            throw APIError.providerUnavailable
        case .dropBefore:
            record.note { $0.isDropped = true }
            throw APIError.providerUnavailable
        case .dropAfter: record.note { $0.isDropped = true }
        case .unauthenticated:
            if let login = principal.login { try logins.close(login) }
            throw APIError.authenticationRequired
        case .leaseLost: if let (kind, id) = subject.session { try await expire(kind, id) }
        case .rivalSession: if let item = subject.item { try await occupy(item) }
        case .sessionError, .asynchronous: record.note { $0.outcome = strike.fault }
        case .noChecksum, .emptyChecksum, .sizeOff:
            record.note { $0.edits.append(AnswerEdit(fault: strike.fault, file: strike.file)) }
        case .loginLimit(let limit):
            guard logins.count(of: principal.user) < limit else { throw APIError.tooManyLogins(limit: limit, user: principal.user) }
        case .cut, .slow, .deadSession, .splitFailure: break
        }
    }

    /// What is left of a session whose lease was over long ago.
    func expire(_ kind: SessionRecord.Kind, _ id: String) async throws {
        try await store.write { db in try SessionRecord.delete(db, kind, id) }
        await stopTransfers(of: [id])
        await collectGarbage()
    }

    /// A session of nobody's, that expires like any other.
    private func occupy(_ item: String) async throws {
        let (now, timeout) = (now(), sessionTimeout)
        try await store.write { db in
            guard let record = try ItemRecord.find(db, item), try !SessionRecord.isActive(db, item: item, now: now) else { return }
            let rival = SessionRecord(
                kind: .update, session: ContentSession(id: randomUUID(), lease: Lease(from: now, lasting: timeout)), item: item, owner: "",
                contentVersion: record.contentVersion)
            try rival.insert(db, now: now)
            try UpdateFileRecord.keep(db, item: item, in: rival.session.id)
        }
    }

    private func subject(of call: Invocation) async throws -> FaultSubject {
        var item =
            call.parameter("library_item_id", as: String.self) ?? call.parameter("create_spec", as: UpdateSession.Model.self)?.libraryItemID?.rawValue
            ?? call.parameter("create_spec", as: DownloadSession.Model.self)?.libraryItemID?.rawValue
        var session: (SessionRecord.Kind, String)?
        if let id = call.parameter("update_session_id", as: String.self) { session = (.update, id) }
        if let id = call.parameter("download_session_id", as: String.self) { session = (.download, id) }
        if let (kind, id) = session {
            let now = now()
            item = try await store.read { db in try SessionRecord.find(db, kind, id, now: now)?.item }
        }
        var name = call.parameter("create_spec", as: Item.Model.self)?.name
        if let id = item { name = try await store.read { db in try ItemRecord.find(db, id)?.name } }
        return FaultSubject(item: item, name: name, session: session)
    }
}

/// What a call is about, as far as faults care.
struct FaultSubject: Sendable {
    var item: String?
    var name: String?
    var session: (SessionRecord.Kind, String)?
    /// Of a transfer: whether it brings an archive that is taken apart.
    var isOfArchive = false

    var items: [String] { [item, name].compactMap(\.self) }
}

extension ServiceContext {
    /// What happens to a transfer; nil lets it go on as it is.
    struct TransferStrike: Sendable {
        var answer: HTTPResponse?
        var dropsBefore = false
        var dropsAfter = false
        var losesArchive = false
        var fault: TransferFault?
        var session: (SessionRecord.Kind, String)?
    }

    func strike(_ operation: String, _ request: HTTPRequest) async -> TransferStrike? {
        guard !faults.isIdle, let subject = try? await subject(ofTransfer: request) else { return nil }
        let event = FaultEvent(operation: operation, items: subject.items, file: Endpoints.key(of: request)?.name, isOfArchive: subject.isOfArchive)
        let found = faults.strikes(on: event).map(\.fault)
        guard !found.isEmpty else { return nil }
        var strike = TransferStrike(fault: TransferFault(found), session: subject.session)
        for fault in found {
            switch fault {
            case .latency(let time): try? await faults.sleep(time)
            case .unavailable(let retryAfter):
                strike.answer = .text(503, "The service is not available.")
                if let retryAfter { strike.answer?.headers.append(("Retry-After", String(retryAfter.components.seconds))) }
            case .dropBefore: strike.dropsBefore = true
            case .dropAfter: strike.dropsAfter = true
            case .splitFailure: strike.losesArchive = true
            case .leaseLost: if let (kind, id) = subject.session { try? await expire(kind, id) }
            default: break
            }
        }
        return strike
    }

    private func subject(ofTransfer request: HTTPRequest) async throws -> FaultSubject? {
        guard let (key, name) = Endpoints.key(of: request) else { return nil }
        let now = now()
        return try await store.read { db in
            let session: (SessionRecord.Kind, String)
            if let file = try UpdateFileRecord.find(db, entry: key.entry) {
                session = (.update, file.session)
            } else if let file = try DownloadFileRecord.find(db, entry: key.entry) {
                session = (.download, file.session)
            } else {
                return nil
            }
            guard let record = try SessionRecord.find(db, session.0, session.1, now: now) else { return nil }
            let item = try ItemRecord.find(db, record.item)
            let isOfArchive = session.0 == .update && item.map { ItemKind(type: $0.type).unpacks(name) } ?? false
            return FaultSubject(item: record.item, name: item?.name, session: session, isOfArchive: isOfArchive)
        }
    }
}
