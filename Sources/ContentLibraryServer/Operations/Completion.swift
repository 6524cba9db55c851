import ContentLibraryAPI
import GRDB
import Logging

/// The end of update sessions that makes their files the item's, all at once: in the one transaction that also ends the session.
struct Completion: Sendable {
    let context: ServiceContext

    /// What a client asks for: the end, or while files are being pulled the promise of it.
    func complete(_ id: String, _ user: Principal) async throws {
        let outcome = try await carryOut(id) { record, files, now, timeout in
            try record.requireOwner(user)
            try record.session.complete(files: files, now: now, lasting: timeout)
        }
        guard outcome.state == .completing else { return }
        // The last pull may have ended between the look and the promise.
        await settle(id)
    }

    /// Throws what `complete` would, and changes nothing.
    func require(_ id: String, _ user: Principal) async throws {
        let (now, timeout) = (context.now(), context.sessionTimeout)
        try await context.store.read { db in
            var record = try SessionRecord.require(db, .update, id, now: now)
            try record.requireOwner(user)
            try record.session.complete(files: UpdateFileRecord.all(db, session: id).map(\.file), now: now, lasting: timeout)
        }
        _ = try await look(at: id)
    }

    /// Ends a session that is being completed, if what it waits for has come, or has failed. What goes wrong now is tried again at the next sweep.
    func settle(_ id: String) async {
        do {
            try await carryOut(id) { record, files, now, timeout in
                guard record.session.settle(files: files, now: now, lasting: timeout) else { throw Unsettled() }
            }
        } catch let error as APIError where error.kind == .notAllowedInCurrentState {
            do { try await fail(id, error) } catch { report(id, error) }
        } catch is Unsettled {
        } catch let error as APIError where error.kind == .notFound {
        } catch { report(id, error) }
    }

    private struct Unsettled: Error {}

    private func report(_ id: String, _ error: any Error) {
        let why = (error as? APIError)?.messages.first?.defaultMessage ?? "\(error)"
        context.logger.warning("a session cannot be completed for now", metadata: ["session": "\(id)", "why": "\(why)"])
    }

    private func fail(_ id: String, _ error: APIError) async throws {
        let (now, timeout) = (context.now(), context.sessionTimeout)
        let text = error.messages.map(\.defaultMessage).joined(separator: " ")
        let why = Message(id: error.messages.first?.id ?? "", defaultMessage: text, args: [])
        try await context.store.write { db in
            var record = try SessionRecord.require(db, .update, id, now: now)
            guard record.session.failImport(of: nil, why, now: now, lasting: timeout) else { return }
            try record.update(db)
            try UpdateFileRecord.discard(db, session: id)
        }
        await context.stopTransfers(of: [id])
        await context.collectGarbage()
    }

    /// What became of a session, and which of its files lose their first names.
    private struct Outcome: Sendable {
        var state: ContentSession.State
        var moved: [(first: MovedFile, library: LibraryRecord, path: String)] = []
    }

    /// Looks at the files as a whole, and then changes the session as `change` decides, provided that they still are what was looked at.
    @discardableResult private func carryOut(
        _ id: String, _ change: @escaping @Sendable (inout SessionRecord, [SessionFile], Timestamp, Duration) throws -> Void
    ) async throws -> Outcome {
        for _ in 0..<Self.lookLimit {
            let looked = try await look(at: id)
            let (now, timeout) = (context.now(), context.sessionTimeout)
            let outcome = try await context.store.write { db -> Outcome? in
                var record = try SessionRecord.require(db, .update, id, now: now)
                let files = try UpdateFileRecord.all(db, session: id)
                try change(&record, files.map(\.file), now, timeout)
                // What came meanwhile was not looked at.
                let publishes = try record.session.state == .done && UpdateFileRecord.isChanged(db, session: id)
                if publishes, looked != files.map(\.content?.id) { return nil }
                try record.update(db)
                var outcome = Outcome(state: record.session.state)
                if case .failed = record.session.state { try UpdateFileRecord.discard(db, session: id) }
                guard publishes else { return outcome }
                var item = try ItemRecord.require(db, record.item)
                if let library = try LibraryRecord.find(db, item.library) {
                    outcome.moved = files.compactMap { file in
                        guard let first = file.moved, let content = file.content else { return nil }
                        return (first, library, content.path)
                    }
                }
                try UpdateFileRecord.publish(db, session: id, item: item.id)
                item.contentVersion += 1
                item.modified = max(now, item.modified)
                try item.update(db)
                return outcome
            }
            guard let outcome else { continue }
            if outcome.state != .completing { await tidy(id, outcome) }
            return outcome
        }
        throw APIError.state("complete", "ACTIVE", "files of the session \(id) changed meanwhile; try again")
    }

    /// How often the files are looked at anew because one came meanwhile.
    private static let lookLimit = 8

    private func tidy(_ id: String, _ outcome: Outcome) async {
        if outcome.state == .done { context.reached(.completionCommitted) }
        let (storage, logger) = (context.storage, context.logger)
        if !outcome.moved.isEmpty {
            do {
                try await context.disk.run {
                    for (first, library, path) in outcome.moved {
                        try first.forgetFirstName(below: storage.directory(of: library.backing), second: path)
                    }
                }
            } catch { logger.warning("a moved file keeps its former name", metadata: ["session": "\(id)", "error": "\(error)"]) }
        }
        await context.stopTransfers(of: [id])
        await context.collectGarbage()
    }
}

extension Completion {
    /// What would be the item's files, as the disk has them. Returns what was looked at; nil where nothing is to be published yet. Throws for a package
    /// that is not whole.
    private func look(at id: String) async throws -> [String?]? {
        let now = context.now()
        let found = try await context.store.read { db -> (files: [UpdateFileRecord], item: String)? in
            let record = try SessionRecord.require(db, .update, id, now: now)
            guard record.session.isActive, try UpdateFileRecord.isChanged(db, session: id) else { return nil }
            let files = try UpdateFileRecord.all(db, session: id)
            return files.allSatisfy(\.file.isReceived) ? (files, record.item) : nil
        }
        guard let (files, item) = found else { return nil }
        if try await refuseChanged(files, of: item) { return try await look(at: id) }
        guard let package = try await context.store.read({ db in try PackageInSession.find(db, item: item) }) else { return files.map(\.content?.id) }
        let findings = try await package.findings(of: files, context)
        guard findings.isGood else { throw APIError.packageIncomplete(findings) }
        try await context.requireIgnoredWarnings(of: findings.signature, in: id)
        return files.map(\.content?.id)
    }

    /// A moved file had a name of its owner's until now: one that was written to is not what was verified. Returns whether there was one.
    private func refuseChanged(_ files: [UpdateFileRecord], of item: String) async throws -> Bool {
        let moved = files.filter { $0.moved != nil }
        guard !moved.isEmpty, let library = try await context.store.read({ db in try LibraryRecord.find(db, holding: item) }) else { return false }
        let storage = context.storage
        let changed = try await context.disk.run {
            let root = try storage.directory(of: library.backing)
            return moved.filter { file in
                guard let first = file.moved, let content = file.content else { return false }
                return !first.isUnchanged(at: "\(root)/\(content.path)")
            }
        }
        guard !changed.isEmpty else { return false }
        try await context.store.write { db in for file in changed { try file.markChanged(db, PullFailure.changedAfterwards.message) } }
        await context.collectGarbage()
        return true
    }
}
