import ContentLibraryAPI
import GRDB

/// Update sessions: their beginning, their lease, and their ends.
struct UpdateSessionOperations: Sendable {
    let context: ServiceContext

    func register(on router: inout Router<Principal>) {
        router.on(UpdateSession.create) { caller, token, spec in
            try caller.require(.updateSession)
            return try await create(spec, token: token, for: caller)
        }
        router.on(UpdateSession.get) { _, session in
            let (record, preview) = try await context.updateSession(session.rawValue)
            var model = record.updateModel
            model.previewInfo = preview
            return model
        }
        router.on(UpdateSession.list) { caller, item in
            try caller.require(.updateSession)
            return try await context.sessionIDs(.update, of: caller, item: item).map(UpdateSession.ID.init(rawValue:))
        }
        router.on(UpdateSession.keepAlive) { caller, session, progress in
            try await context.keepAlive(.update, session.rawValue, progress: progress, caller)
            return Nothing()
        }
        router.on(UpdateSession.complete) { caller, session in
            try await complete(session.rawValue, caller, CallFaults.current?.found.outcome)
            return Nothing()
        }
        router.on(UpdateSession.cancel) { caller, session in
            try await context.end(.update, session.rawValue, caller) { session, now, lease throws(APIError) in
                try session.cancel(now: now, lasting: lease)
            }
            return Nothing()
        }
        router.on(UpdateSession.fail) { caller, session, text in
            try await context.end(.update, session.rawValue, caller) { session, now, lease throws(APIError) in
                try session.fail(text, now: now, lasting: lease)
            }
            return Nothing()
        }
        router.on(UpdateSession.update) { caller, session, spec in
            try await update(session.rawValue, spec, caller)
            return Nothing()
        }
        router.on(UpdateSession.delete) { caller, session in
            try await context.delete(.update, session.rawValue, caller)
            return Nothing()
        }
    }

    /// In this order: token format, specification, replay, the item, busy. A replay is no second session, so it comes before busy.
    private func create(_ spec: UpdateSession.Model, token: String?, for user: Principal) async throws -> UpdateSession.ID {
        let token = try token.map { text throws(APIError) in try ClientToken(text) }
        guard let item = spec.libraryItemID?.rawValue else {
            throw APIError.invalidArgument("create_spec.library_item_id", "an update session needs an item")
        }
        let behavior = try spec.warningBehavior.map { given throws(APIError) in try WarningBehaviors(given) }
        let (now, timeout, profile) = (context.now(), context.sessionTimeout, context.profile)
        let text = specificationText(item, behavior?.text)
        let (id, expired) = try await context.store.write { db -> (String, [String]) in
            let operation = "update_session.create"
            if let token, let before = try TokenRecord.replay(db, token, owner: user.user, operation: operation, spec: text) { return (before, []) }
            let record = try ItemRecord.requireLocal(db, item)
            guard try !SessionRecord.isActive(db, item: item, now: now) else { throw APIError.itemBusy(item) }
            let expired = try SessionRecord.expired(db, .update, item: item, now: now)
            for id in expired { try SessionRecord.delete(db, .update, id) }
            var session = SessionRecord(
                kind: .update, session: ContentSession(id: profile.newSessionID(), lease: Lease(from: now, lasting: timeout)), item: item,
                owner: user.user, contentVersion: record.contentVersion)
            session.warningBehavior = behavior
            try session.insert(db, now: now)
            try session.update(db)
            try UpdateFileRecord.keep(db, item: item, in: session.session.id)
            if let token { try TokenRecord.insert(db, token, owner: user.user, operation: operation, spec: text, object: session.session.id) }
            return (session.session.id, expired)
        }
        if !expired.isEmpty {
            await context.stopTransfers(of: expired)
            await context.collectGarbage()
        }
        return UpdateSession.ID(rawValue: id)
    }

    /// With a fault, its outcome is not the one that the call seems to have had.
    private func complete(_ id: String, _ user: Principal, _ fault: Fault?) async throws {
        switch fault {
        case .sessionError(let text):
            try await Completion(context: context).require(id, user)
            try await context.end(.update, id, user) { session, now, lease throws(APIError) in try session.fail(text, now: now, lasting: lease) }
        case .asynchronous(let time):
            try await Completion(context: context).require(id, user)
            context.faults.postpone(id, until: context.now() + time, for: user)
        default: try await Completion(context: context).complete(id, user)
        }
    }

    /// Which warnings are ignored is all that can change. The other fields are taken as long as they say what is, for clients send back what
    /// they got.
    private func update(_ id: String, _ spec: UpdateSession.Model, _ user: Principal) async throws {
        let now = context.now()
        try await context.store.write { db in
            var record = try SessionRecord.require(db, .update, id, now: now)
            try record.requireOwner(user)
            try record.session.requireOpen(for: "update")
            let current = record.updateModel
            try Self.requireSame(spec.id, current.id, "id")
            try Self.requireSame(spec.libraryItemID, current.libraryItemID, "library_item_id")
            try Self.requireSame(spec.libraryItemContentVersion, current.libraryItemContentVersion, "library_item_content_version")
            try Self.requireSame(spec.state, current.state, "state")
            try Self.requireSame(spec.clientProgress, current.clientProgress, "client_progress")
            guard let behavior = spec.warningBehavior else { return }
            record.warningBehavior = try WarningBehaviors(behavior)
            try record.update(db)
        }
    }

    private static func requireSame<Value: Equatable>(_ given: Value?, _ current: Value?, _ field: String) throws(APIError) {
        guard given == nil || given == current else {
            throw .invalidArgument("update_spec.\(field)", "only warning_behavior can be changed")
        }
    }
}

extension SessionRecord {
    fileprivate var updateModel: UpdateSession.Model {
        UpdateSession.Model(
            id: .init(rawValue: session.id), libraryItemID: .init(rawValue: item), libraryItemContentVersion: String(contentVersion),
            errorMessage: errorMessage, clientProgress: session.progress, state: .init(rawValue: session.state.name),
            expirationTime: session.state == .completing ? nil : session.lease.expiration, warningBehavior: warningBehavior?.all)
    }
}
