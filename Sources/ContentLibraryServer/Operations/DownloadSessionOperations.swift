import ContentLibraryAPI
import GRDB

/// Download sessions and their files.
struct DownloadSessionOperations: Sendable {
    let context: ServiceContext

    func register(on router: inout Router<Principal>) {
        router.on(DownloadSession.create) { caller, token, spec in
            try caller.require(.downloadSession)
            return try await create(spec, token: token, for: caller)
        }
        router.on(DownloadSession.get) { caller, session in
            let now = context.now()
            return try await context.store.read { db in try SessionRecord.require(db, .download, session.rawValue, now: now) }.downloadModel
        }
        router.on(DownloadSession.list) { caller, item in
            try caller.require(.downloadSession)
            return try await context.sessionIDs(.download, of: caller, item: item).map(DownloadSession.ID.init(rawValue:))
        }
        router.on(DownloadSession.keepAlive) { caller, session, progress in
            try await context.keepAlive(.download, session.rawValue, progress: progress, caller)
            return Nothing()
        }
        router.on(DownloadSession.cancel) { caller, session in
            try await context.end(.download, session.rawValue, caller) { session, now, lease throws(APIError) in
                try session.cancel(now: now, lasting: lease)
            }
            return Nothing()
        }
        router.on(DownloadSession.fail) { caller, session, text in
            try await context.end(.download, session.rawValue, caller) { session, now, lease throws(APIError) in
                try session.fail(text, now: now, lasting: lease)
            }
            return Nothing()
        }
        router.on(DownloadSession.delete) { caller, session in
            try await context.delete(.download, session.rawValue, caller)
            return Nothing()
        }
        registerFiles(on: &router)
    }

    private func registerFiles(on router: inout Router<Principal>) {
        router.on(DownloadSession.File.list) { caller, session in
            let now = context.now()
            let files = try await context.store.read { db in
                let id = try SessionRecord.require(db, .download, session.rawValue, now: now).session.id
                return try DownloadFileRecord.all(db, session: id)
            }
            return files.map { info($0, caller) }
        }
        router.on(DownloadSession.File.get) { caller, session, name in
            let now = context.now()
            let file = try await context.store.read { db in
                let id = try SessionRecord.require(db, .download, session.rawValue, now: now).session.id
                return try DownloadFileRecord.require(db, session: id, name: name)
            }
            return info(file, caller)
        }
        router.on(DownloadSession.File.prepare) { caller, session, name, endpointType in
            try await prepare(name, of: session.rawValue, endpointType, caller)
        }
    }

    private func create(_ spec: DownloadSession.Model, token: String?, for user: Principal) async throws -> DownloadSession.ID {
        let token = try token.map { text throws(APIError) in try ClientToken(text) }
        guard let item = spec.libraryItemID?.rawValue else {
            throw APIError.invalidArgument("create_spec.library_item_id", "a download session needs an item")
        }
        let (now, timeout, text) = (context.now(), context.sessionTimeout, specificationText(item))
        let id = try await context.store.write { db in
            let operation = "download_session.create"
            if let token, let before = try TokenRecord.replay(db, token, owner: user.user, operation: operation, spec: text) { return before }
            let record = try ItemRecord.require(db, item)
            let session = SessionRecord(
                kind: .download, session: ContentSession(id: randomUUID(), lease: Lease(from: now, lasting: timeout)), item: item,
                owner: user.user, contentVersion: record.contentVersion)
            try session.insert(db, now: now)
            try DownloadFileRecord.keep(db, item: item, in: session.session.id)
            if let token { try TokenRecord.insert(db, token, owner: user.user, operation: operation, spec: text, object: session.session.id) }
            return session.session.id
        }
        return DownloadSession.ID(rawValue: id)
    }

    /// The bytes lie ready: preparing is giving the URL out.
    private func prepare(
        _ name: String, of session: String, _ type: DownloadSession.File.EndpointType?, _ user: Principal
    ) async throws -> DownloadSession.File.Info {
        let now = context.now()
        let file = try await context.store.write { db in
            let record = try SessionRecord.require(db, .download, session, now: now)
            try record.requireOwner(user)
            try record.session.requireActive(for: "prepare")
            guard type == nil || type == .https else {
                throw APIError.invalidArgument("endpoint_type", "expected HTTPS, not \(type?.rawValue ?? "")")
            }
            try DownloadFileRecord.require(db, session: session, name: name).markPrepared(db)
            return try DownloadFileRecord.require(db, session: session, name: name)
        }
        return info(file, user)
    }

    private func info(_ file: DownloadFileRecord, _ caller: Principal) -> DownloadSession.File.Info {
        let transferred = file.transferred ?? context.transfers.given(entry: file.key.entry, session: file.session)
        return DownloadSession.File.Info(
            name: file.name, size: file.content.size, bytesTransferred: transferred, status: file.isPrepared ? .prepared : .unprepared,
            downloadEndpoint: file.isPrepared ? context.endpoints.endpoint(file.key, name: file.name, base: caller.base) : nil,
            checksumInfo: file.transferred == nil ? nil : file.content.checksum.info)
    }
}

extension SessionRecord {
    fileprivate var downloadModel: DownloadSession.Model {
        DownloadSession.Model(
            id: .init(rawValue: session.id), libraryItemID: .init(rawValue: item), libraryItemContentVersion: String(contentVersion),
            errorMessage: errorMessage, clientProgress: session.progress, state: .init(rawValue: session.state.name),
            expirationTime: session.lease.expiration)
    }
}
