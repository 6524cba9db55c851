import ContentLibraryAPI
import GRDB

/// The files of update sessions.
struct UpdateFileOperations: Sendable {
    let context: ServiceContext

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
                try record.session.requireActive(for: "validate")
                let files = try UpdateFileRecord.all(db, session: record.session.id)
                try SessionFile.requireReceived(files.map(\.file))
                return (files, try PackageInSession.find(db, item: record.item))
            }
            return try await package?.findings(of: files, context).result ?? UpdateSession.File.ValidationResult(hasErrors: false)
        }
    }

    /// Announces a file, in place of whatever has the name: the URL of a former announcement is dead from now on.
    private func add(_ spec: UpdateSession.File.AddSpec, to session: String, _ user: Principal) async throws -> UpdateSession.File.Info {
        let (now, key) = (context.now(), TransferKey.random())
        let (file, replaced) = try await context.store.write { db -> (UpdateFileRecord, TransferKey?) in
            let record = try SessionRecord.require(db, .update, session, now: now)
            try record.requireOwner(user)
            try record.session.requireActive(for: "add")
            let expectation = try Self.check(spec)
            let kind = ItemKind(type: try ItemRecord.require(db, record.item).type)
            try kind.requireOrder(adding: spec.name, to: UpdateFileRecord.all(db, session: session).map(\.file), in: record.session)
            let before = try UpdateFileRecord.find(db, session: session, name: spec.name)
            if before != nil { try UpdateFileRecord.remove(db, session: session, name: spec.name) }
            try UpdateFileRecord.push(db, session: session, name: spec.name, key: key, expectation, stays: kind.keeps(spec.name))
            return (try UpdateFileRecord.require(db, session: session, name: spec.name), before?.key)
        }
        if let replaced { await stop(replaced, of: session) }
        return info(file, user)
    }

    private static func check(_ spec: UpdateSession.File.AddSpec) throws -> UploadExpectation {
        try FileName.check(spec.name)
        switch spec.source {
        case .push: return try UploadExpectation(announced: spec)
        case .pull: throw APIError.unsupported("The source type PULL is not supported; push the file")
        case .none: throw APIError.invalidArgument("file_spec.source_type", "a file is added by PUSH, not by NONE")
        }
    }

    private func remove(_ name: String, from session: String, _ user: Principal) async throws {
        let now = context.now()
        let removed = try await context.store.write { db in
            let record = try SessionRecord.require(db, .update, session, now: now)
            try record.requireOwner(user)
            try record.session.requireActive(for: "remove")
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
        guard let key = file.key, case .pushed(let progress) = file.file.origin else {
            return UpdateSession.File.Info(
                name: file.name, transfer: .none, size: file.content?.size, checksumInfo: file.content?.checksum.info,
                bytesTransferred: file.content?.size ?? 0, status: .ready, keepInStorage: file.stays)
        }
        let endpoint = context.endpoints.endpoint(key, name: file.name, base: caller.base)
        var info = UpdateSession.File.Info(name: file.name, transfer: .push(to: endpoint), status: progress.status, keepInStorage: file.stays)
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
