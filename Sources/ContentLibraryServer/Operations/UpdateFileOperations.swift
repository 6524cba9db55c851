import ContentLibraryAPI
import Digests
import GRDB

/// The files of update sessions.
struct UpdateFileOperations: Sendable {
    let context: ServiceContext
    let puller: Puller
    let probe: SourceProbe

    func register(on router: inout Router<Principal>) {
        router.on(UpdateSession.File.add) { caller, session, spec in
            try await add(spec, to: session.rawValue, caller)
        }
        router.on(UpdateSession.File.get) { caller, session, name in
            let now = context.now()
            let file = try await context.store.read { db in
                let id = try SessionRecord.require(db, .update, session.rawValue, now: now).session.id
                return try UpdateFileRecord.require(db, session: id, name: name)
            }
            return info(file, caller)
        }
        router.on(UpdateSession.File.list) { caller, session in
            let now = context.now()
            let files = try await context.store.read { db in
                let id = try SessionRecord.require(db, .update, session.rawValue, now: now).session.id
                return try UpdateFileRecord.all(db, session: id)
            }
            return files.map { info($0, caller) }
        }
        router.on(UpdateSession.File.remove) { caller, session, name in
            try await remove(name, from: session.rawValue, caller)
            return Nothing()
        }
        router.on(UpdateSession.File.validate) { caller, session in
            let now = context.now()
            let (files, package) = try await context.store.read { db in
                let record = try SessionRecord.require(db, .update, session.rawValue, now: now)
                try record.requireOwner(caller)
                try record.session.requireOpen(for: "validate")
                let files = try UpdateFileRecord.all(db, session: record.session.id)
                try SessionFile.requireAll(files.map(\.file))
                return (files, try PackageInSession.find(db, item: record.item))
            }
            return try await package?.findings(of: files, context).result ?? UpdateSession.File.ValidationResult(hasErrors: false)
        }
        router.on(UpdateSession.File.probe) { caller, endpoint in
            try caller.require(.updateSession)
            return try await probe.run(endpoint)
        }
    }

    /// Announces a file, in place of whatever has the name: the URL of a former announcement is dead from now on.
    private func add(_ spec: UpdateSession.File.AddSpec, to session: String, _ user: Principal) async throws -> UpdateSession.File.Info {
        try await requireStorage(spec, session, user)
        let (now, key, hosts) = (context.now(), TransferKey.random(), puller.hosts)
        let (file, replaced) = try await context.store.write { db -> (UpdateFileRecord, TransferKey?) in
            let record = try SessionRecord.require(db, .update, session, now: now)
            try record.requireOwner(user)
            try record.session.requireOpen(for: "add")
            let (expectation, endpoint) = try Self.check(spec, hosts)
            let kind = ItemKind(type: try ItemRecord.require(db, record.item).type)
            try kind.requireOrder(adding: spec.name, to: UpdateFileRecord.all(db, session: session).map(\.file), in: record.session)
            let before = try UpdateFileRecord.find(db, session: session, name: spec.name)
            if before != nil { try UpdateFileRecord.remove(db, session: session, name: spec.name) }
            try UpdateFileRecord.add(db, session: session, name: spec.name, key: key, expectation, from: endpoint, stays: kind.keeps(spec.name))
            return (try UpdateFileRecord.require(db, session: session, name: spec.name), before?.key)
        }
        if let replaced { await stop(replaced, of: session) }
        // What was announced, not how far a pull has come meanwhile: the answer is the same each time.
        let announced = info(file, user)
        if file.source != nil { puller.start(key.entry) }
        return announced
    }

    /// What is announced, and of a file to be pulled where from.
    private static func check(_ spec: UpdateSession.File.AddSpec, _ hosts: PullHosts) throws -> (UploadExpectation, TransferEndpoint?) {
        try FileName.check(spec.name)
        let expectation = try UploadExpectation(announced: spec)
        switch spec.source {
        case .push: return (expectation, nil)
        case .pull(let endpoint):
            let thumbprint: String? = if case .web(_, let thumbprint) = try PullSource(endpoint, hosts: hosts) { thumbprint?.description } else { nil }
            return (expectation, TransferEndpoint(uri: endpoint.uri, sslCertificateThumbprint: thumbprint))
        case .none: throw APIError.invalidArgument("file_spec.source_type", "a file is added by PUSH or PULL, not by NONE")
        }
    }

    /// Reading what lies on a storage needs a privilege of its own: on the session's library, and on the one whose content it may be. Of what is wrong
    /// with the specification otherwise, `check` tells.
    private func requireStorage(_ spec: UpdateSession.File.AddSpec, _ session: String, _ user: Principal) async throws {
        guard case .pull(let endpoint) = spec.source, let source = try? PullSource(endpoint, hosts: puller.hosts) else { return }
        if case .web = source { return }
        let (now, storage) = (context.now(), context.storage)
        let home = try await context.store.read { db in
            let record = try SessionRecord.require(db, .update, session, now: now)
            try record.requireOwner(user)
            return try LibraryRecord.find(db, holding: record.item)?.id
        }
        let path: String?
        do { path = try await context.disk.run { try storage.path(of: source) } } catch is PullFailure { path = nil }
        let owners = [home].compactMap(\.self) + (path.map(ContentPath.libraries(in:)) ?? [])
        try await context.store.read { db in
            for id in owners {
                let library = try LibraryRecord.find(db, id)
                let holds = library.map { user.access.holds(.readStorage, onLibrary: $0.id, named: $0.name) } ?? user.access.holds(.readStorage)
                guard holds else { throw APIError.unauthorized(user.user, lacks: Privilege.readStorage.rawValue, on: "the library \(id)") }
            }
        }
    }

    private func remove(_ name: String, from session: String, _ user: Principal) async throws {
        let now = context.now()
        let removed = try await context.store.write { db in
            let record = try SessionRecord.require(db, .update, session, now: now)
            try record.requireOwner(user)
            try record.session.requireOpen(for: "remove")
            let file = try UpdateFileRecord.require(db, session: session, name: name)
            try UpdateFileRecord.remove(db, session: session, name: name)
            return file.key
        }
        if let removed { await stop(removed, of: session) }
    }

    private func stop(_ key: TransferKey, of session: String) async {
        await context.discard(context.transfers.stop(session: session, entry: key.entry))
        await context.collectGarbage()
    }

    private func info(_ file: UpdateFileRecord, _ caller: Principal) -> UpdateSession.File.Info {
        guard let key = file.key, let progress = file.file.progress else {
            return UpdateSession.File.Info(
                name: file.name, transfer: .none, size: file.content?.size, checksumInfo: file.content?.checksum.info,
                bytesTransferred: file.content?.size ?? 0, status: .ready, keepInStorage: file.stays)
        }
        let transfer: UpdateSession.File.Transfer =
            file.source.map { .pull(from: $0) } ?? .push(to: context.endpoints.endpoint(key, name: file.name, base: caller.base))
        var info = UpdateSession.File.Info(name: file.name, transfer: transfer, status: progress.status, keepInStorage: file.stays)
        switch progress {
        case .ready:
            (info.size, info.checksumInfo, info.bytesTransferred) = (file.content?.size, file.content?.checksum.info, file.content?.size ?? 0)
        case .refused(let message): info.errorMessage = message
        case .waiting: break
        }
        if progress != .ready, let upload = context.transfers.upload(entry: key.entry) {
            let (bytes, phase) = upload.progress
            info.bytesTransferred = bytes
            info.status = phase == .validating ? .validating : .transferring
            info.errorMessage = nil
        }
        return info
    }
}
