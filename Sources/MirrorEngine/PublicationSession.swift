import ContentLibraryAPI
import ContentLibraryClient
import Digests
import HTTPTransport
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal

/// One update session of ours, from its creation to the confirmation of its deletion.
struct PublicationSession: Sendable {
    /// How often a transfer that broke is begun again within the session.
    static let transferAttempts = 3
    /// Between two looks at a session that is completing.
    static let pollInterval = Duration.milliseconds(100)
    static let slowestPoll = Duration.seconds(3)

    let publisher: Publisher
    let work: Publication
    let intent: Intent
    let item: Item.ID
    let id: UpdateSession.ID
    let resumed: Bool
    let control: PublicationControl

    private var client: ContentLibraryClient { publisher.client }
    private var plan: IntentPlan {
        if case .publish(let plan) = intent.kind { plan } else { IntentPlan(files: []) }
    }
    private var clock: any HostClock { publisher.clock }

    func carryOut() async throws -> PublicationOutcome {
        do {
            let sent = try await keeper.withLease {
                try await checkPlan()
                let sent = try await fill()
                try await validate()
                try await complete(sent)
                return sent
            }
            return try await confirm(sent)
        } catch {
            return try await end(after: error)
        }
    }

    private var keeper: SessionKeeper {
        SessionKeeper(client: client, clock: clock, session: id, control: control) { [journal = publisher.journal, token = intent.token] in
            try await journal.recordLease(until: $0, of: token)
        }
    }

    // MARK: before the first byte

    /// Somebody may have published between our plan and this session.
    private func checkPlan() async throws {
        let session = try await client.call(UpdateSession.get(id))
        guard session.state ?? .active == .active else { throw SessionFault.ended(session.state?.rawValue ?? "?", session.errorMessage) }
        if let planned = resumed ? work.remote?.token.contentVersion ?? plan.expectedContentVersion : plan.expectedContentVersion,
            let seen = session.libraryItemContentVersion, planned == seen
        {
            return
        }
        let files = try await RemoteReader(client: client, library: work.key.library).files(item)
        guard files == work.remote?.files ?? [:] else {
            throw PublicationStop(.stale("somebody published version \(session.libraryItemContentVersion ?? "?") between plan and session"))
        }
    }

    // MARK: the files

    private func fill() async throws -> [String: Checksums] {
        let present = resumed ? try await receivedEarlier() : [:]
        if resumed { try await publisher.journal.recordPlan(Publisher.plan(work), of: intent.token) }
        for removal in work.plan.removals {
            do {
                try await client.call(UpdateSession.File.remove(id, removal.name))
            } catch let error as APIError where error.kind == .invalidArgument && resumed {}
        }
        let sends = work.plan.sends.filter { present[$0.name] == nil }
        let sent = try await withThrowingTaskGroup(of: (String, Checksums).self) { group in
            var rest = sends.makeIterator()
            var sent: [String: Checksums] = [:]
            for _ in 0..<publisher.transfersPerItem {
                guard let next = rest.next() else { break }
                group.addTask { (next.name, try await send(next)) }
            }
            while let (name, checksums) = try await group.next() {
                sent[name] = checksums
                if let next = rest.next() { group.addTask { (next.name, try await send(next)) } }
            }
            return sent
        }
        return sent.merging(present) { new, _ in new }
    }

    /// What an earlier run of the daemon sent into this session and the server has whole. An entry that the present plan would not send cannot be taken
    /// back without touching the published file of that name: such a session is of no use.
    private func receivedEarlier() async throws -> [String: Checksums] {
        let planned = Set(work.plan.sends.map(\.name))
        guard Set(plan.removals).isSubset(of: work.plan.removals.map(\.name)) else {
            throw PublicationStop(.stale("the session of an earlier run removes files that are wanted again"))
        }
        var present: [String: Checksums] = [:]
        for info in try await client.call(UpdateSession.File.list(id)) {
            guard case .push = info.transfer else { continue }
            guard planned.contains(info.name) else {
                throw PublicationStop(.stale("the session of an earlier run holds \(info.name), which is not to be sent"))
            }
            guard info.status == .ready, let checksum = Checksum(info.checksumInfo) else { continue }
            guard let planned = plan.files.first(where: { $0.name == info.name }), info.size == planned.fingerprint.size,
                work.plan.sends.contains(where: { $0.name == info.name && $0.local?.fingerprint == planned.fingerprint })
            else { continue }
            if let known = planned.checksums[checksum.algorithm], known != checksum { continue }
            present[info.name] = Checksums([checksum])
        }
        return present
    }

    private func send(_ decision: FileDecision) async throws -> Checksums {
        guard let local = decision.local else { preconditionFailure("a file is sent that is not there: \(decision.name)") }
        let checksum = try await tryingAgain(local) { try await sendOnce(local) }
        // Asked on its own: a lost answer to a question is no reason to send a file again.
        try await tryingAgain(local) { try await compareReceived(local, checksum) }
        return Checksums([checksum])
    }

    private func tryingAgain<Result: Sendable>(_ local: LocalFile, _ body: () async throws -> Result) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as TransportError {
                if let fault = error.sourceFault { throw PublicationStop(.unstable([ReadFault(local.path, fault)])) }
                guard attempt < Self.transferAttempts, error.isTransient else { throw error }
                attempt += 1
                publisher.logger.info(
                    "transfer broke, trying again", metadata: publisher.metadata(work, "retrying", ["file": "\(local.path)", "reason": "\(error)"]))
            }
        }
    }

    /// A broken PUT leaves its URL in an unknown state: the name is added again and the new URL used.
    private func sendOnce(_ local: LocalFile) async throws -> Checksum {
        let source = try await open(local)
        let known = work.checksums[local.name]?[work.algorithm]
        let info = try await client.call(
            UpdateSession.File.add(id, .init(name: local.name, source: .push, size: local.fingerprint.size, checksumInfo: known?.info)))
        guard case .push(let endpoint) = info.transfer else { throw SessionFault.noEndpoint(local.name) }
        let progress = TransferProgress(total: local.fingerprint.size)
        control.began(.init(file: local.name, path: local.path, progress: progress))
        defer { control.ended(local.name) }
        let body = FileBody(
            descriptor: source.fileDescriptor, length: local.fingerprint.size, digests: [DigestAlgorithm(work.algorithm)], progress: progress)
        let uploaded = try await untilMoved(local.path) { try await client.upload(body, to: endpoint) }
        let reader = SourceReader(rules: work.rules)
        guard try await publisher.disk.run({ reader.isUnmoved(source, local) }) else { throw PublicationStop(.unstable([.moved(local.path)])) }
        guard let hex = uploaded.digests[DigestAlgorithm(work.algorithm)] else { throw SessionFault.noDigest(local.name) }
        return Checksum(work.algorithm, hex: hex)
    }

    private func open(_ local: LocalFile) async throws -> SourceFile {
        let (reader, root) = (SourceReader(rules: work.rules), work.root)
        do { return try await publisher.disk.run { try reader.open(local, below: root) } } catch let fault as ReadFault {
            throw PublicationStop(.unstable([fault]))
        }
    }

    /// The transfer, ended early when a write event comes for its file.
    private func untilMoved<Result: Sendable>(_ path: RelativePath, _ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let movement = control.movement(of: path)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in movement {}
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                try Task.checkCancellation()
                throw PublicationStop(.unstable([.moved(path)]))
            }
            return result
        }
    }

    /// The server's own account of what it received, where it gives one.
    private func compareReceived(_ local: LocalFile, _ sent: Checksum) async throws {
        let info: UpdateSession.File.Info
        do {
            info = try await client.call(UpdateSession.File.get(id, local.name))
        } catch is AnswerError {
            // VMware's simulator answers with the session. The list that is read after the completion tells.
            return
        }
        if info.status == .error { throw SessionFault.file(local.name, info.errorMessage) }
        if let size = info.size, size != local.fingerprint.size, info.status == .ready {
            throw SessionFault.received(local.name, expected: "\(local.fingerprint.size) bytes", got: "\(size) bytes")
        }
        if let received = Checksum(info.checksumInfo), received.algorithm == sent.algorithm, received != sent {
            throw SessionFault.received(local.name, expected: sent.description, got: received.description)
        }
    }

    // MARK: completion

    private func validate() async throws {
        let result: UpdateSession.File.ValidationResult
        do {
            result = try await client.call(UpdateSession.File.validate(id))
        } catch is AnswerError {
            // VMware's simulator answers with nothing. The completion judges by itself.
            return
        }
        guard result.hasErrors else { return }
        throw SessionFault.invalid(missing: result.missingFiles, invalid: result.invalidFiles.map { "\($0.name): \($0.errorMessage.defaultMessage)" })
    }

    private func complete(_ sent: [String: Checksums]) async throws {
        if !work.plan.removals.isEmpty {
            try await publisher.journal.recordDeletions(
                work.plan.removals.count, at: clock.wallTime(), of: work.mirror, window: work.rules.deleteWindow)
        }
        try await publisher.journal.recordCompleting(sent: sentFiles(sent), of: intent.token)
        do {
            try await client.call(UpdateSession.complete(id))
        } catch let error as TransportError where !error.isBeforeSending {
            // The answer was lost, not necessarily the call: the session's state tells.
        } catch let error as APIError where error.kind == .notAllowedInCurrentState {
            if try await state().state != .done { throw error }
        }
        try await awaitDone()
    }

    private func sentFiles(_ sent: [String: Checksums]) -> [PlannedFile] {
        work.plan.sends.compactMap { decision in
            guard let local = decision.local, let checksums = sent[decision.name] else { return nil }
            return PlannedFile(name: local.name, path: local.path, fingerprint: local.fingerprint, checksums: checksums, algorithm: work.algorithm)
        }
    }

    private func state() async throws -> UpdateSession.Model { try await client.call(UpdateSession.get(id)) }

    private func awaitDone() async throws {
        var pause = Self.pollInterval
        var completes = 1
        while true {
            let session = try await state()
            switch session.state {
            case .done?: return
            case .active?:
                // The complete whose answer was lost may never have arrived.
                if completes < 3, pause >= .seconds(1) {
                    completes += 1
                    do { try await client.call(UpdateSession.complete(id)) } catch let error as APIError where error.kind == .notAllowedInCurrentState {}
                }
            default: throw SessionFault.ended(session.state?.rawValue ?? "without a state", session.errorMessage)
            }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, Self.slowestPoll)
        }
    }

    // MARK: the end

    /// Success is what the server's own list says after completion, and nothing else.
    private func confirm(_ sent: [String: Checksums]) async throws -> PublicationOutcome {
        let reader = RemoteReader(client: client, library: work.key.library)
        guard let header = try await reader.header(item), let remote = try await reader.item(header) else {
            throw PublicationStop(.stale("the item is gone after completion"))
        }
        let wrong = sent.compactMap { name, checksums -> String? in
            guard let file = remote.files[name] else { return "\(name) is not in the item" }
            guard let theirs = file.checksum, checksums.matches(theirs) == false else { return nil }
            return "\(name) is \(theirs) in the item, sent was \(checksums.all.map(\.description).joined(separator: ", "))"
        }
        guard wrong.isEmpty else {
            try await closeEnded()
            return .failed("the server completed the session, but \(wrong.sorted().joined(separator: "; "))", retryAfter: nil)
        }
        let base = BaseRecord(work: work, now: clock.wallTime()).base(remote: remote, sent: sent)
        try await publisher.journal.commit(base, of: work.mirror, in: work.key, closing: intent.token)
        try await closeEnded()
        let bytes = work.plan.sends.reduce(Int64(0)) { $0 + ($1.local?.fingerprint.size ?? 0) }
        publisher.logger.notice(
            "published",
            metadata: publisher.metadata(
                work, "published", ["bytes": "\(bytes)", "session": "\(id.rawValue)", "files": "\(sent.count)", "removed": "\(work.plan.removals.count)"]))
        return .published(base, bytes: bytes)
    }

    /// Deletes a session that is no longer ACTIVE and closes its intent once the server confirmed it.
    private func closeEnded() async throws {
        do {
            try await client.call(UpdateSession.delete(id))
        } catch let error as APIError {
            guard try await Absence(client: client).isProven(error, session: id) else { throw error }
        }
        try await publisher.journal.close(intent.token)
    }

    private func end(after error: any Error) async throws -> PublicationOutcome {
        if error is CancellationError || Task.isCancelled {
            if !publisher.leavesSessions { await detachedFromCancellation { await abandon("the command was interrupted") } }
            return .interrupted
        }
        // A server that does not answer cannot be told anything: the intent stays open, and recovery asks what became of the session.
        if Self.leavesOpen(error) { throw error }
        let reason = await explanation(of: error)
        await abandon(reason)
        switch error {
        case let stop as PublicationStop: return stop.outcome
        case let error as APIError where error.kind == .notFound: return .stale("the session or the item is gone: \(reason)")
        default: return .failed(reason, retryAfter: publisher.retryAfter(error))
        }
    }

    private static func leavesOpen(_ error: any Error) -> Bool {
        switch error {
        case is TransportError, is AnswerError, is LoginError, SessionFault.leaseLost: true
        default: ContentLibraryClient.isTransient(error)
        }
    }

    /// What the server itself says of the failure: the session's and the files' own messages, before the session is dropped.
    private func explanation(of error: any Error) async -> String {
        var parts = ["\(error)"]
        if error is PublicationStop { return parts[0] }
        if let session = try? await state() {
            if let message = session.errorMessage { parts.append("session \(id.rawValue) \(session.state?.rawValue ?? ""): \(message.text)") }
            let files = (try? await client.call(UpdateSession.File.list(id))) ?? []
            for file in files where file.status == .error { parts.append("\(file.name): \(file.errorMessage?.text ?? "ERROR without a message")") }
        }
        return parts.joined(separator: "; ")
    }

    /// Ends the session so that nothing of it stays; the intent closes only when the deletion is confirmed.
    func abandon(_ reason: String) async {
        do {
            try await publisher.journal.recordAbandoning(intent.token, reason: reason)
            do {
                try await client.call(UpdateSession.fail(id, String("clsyncd: \(work.item): \(reason)".prefix(1000))))
            } catch let error as APIError where error.kind == .notAllowedInCurrentState || error.kind == .notFound {}
            try await closeEnded()
            publisher.logger.info(
                "session abandoned", metadata: publisher.metadata(work, "session-abandoned", ["session": "\(id.rawValue)", "reason": "\(reason)"]))
        } catch {
            publisher.logger.warning(
                "session could not be ended and will be at the next chance",
                metadata: publisher.metadata(work, "session-abandoned", ["session": "\(id.rawValue)", "reason": "\(error)"]))
        }
    }
}

/// Runs `body` to its end although the current task is cancelled: for the calls that tidy up after it.
func detachedFromCancellation(_ body: @escaping @Sendable () async -> Void) async { await Task { await body() }.value }
