import ContentLibraryAPI
import Digests
import GRDB
import Glibc

/// Brings one item of a subscribed library to what its publisher has.
struct ItemSynchronizer: Sendable {
    let context: ServiceContext
    let library: LibraryRecord
    let client: PublisherClient

    func take(_ published: PublishedItem) async throws {
        try ItemName.check(published.name)
        try Description.check(published.description)
        let files = try await client.files(of: published)
        let mark = published.mark(files.map(\.file))
        let known = try await context.store.read { [library] db in
            try SubscribedItemRecord.all(db, library: library.id).first { $0.source == published.id }
        }
        let item = known?.item ?? randomUUID()
        var contents: [(name: String, content: ContentRecord)]?
        if known?.mark != mark {
            do { contents = try await receive(files, for: item) } catch {
                try? await forgetFiles(of: item, isNew: known == nil)
                throw error
            }
        }
        let isTaken: Bool
        do { isTaken = try await commit(published, item: item, contents, mark: mark) } catch let error as APIError {
            // Only a refusal says that nothing was written; after anything else the next start decides by the database.
            if let contents, error.kind == .alreadyExists { try await discard(contents.map(\.content), of: item, isNew: known == nil) }
            throw error
        }
        if isTaken { context.reached(.receiptCommitted) }
        if !isTaken, let contents { try await discard(contents.map(\.content), of: item, isNew: known == nil) }
        await context.collectGarbage()
    }

    private func receive(_ files: [(file: PublishedFile, url: String)], for item: String) async throws -> [(name: String, content: ContentRecord)] {
        var contents: [(name: String, content: ContentRecord)] = []
        do {
            for (file, url) in files { contents.append((file.name, try await receive(file, at: url, for: item))) }
        } catch {
            try await discard(contents.map(\.content), of: item, isNew: false)
            throw error
        }
        return contents
    }

    /// Streams a file into the staging directory, and puts it in place once it is whole and on the disk.
    private func receive(_ file: PublishedFile, at url: String, for item: String) async throws -> ContentRecord {
        let (storage, library, id) = (context.storage, library, randomUUID())
        let root = try await context.disk.run { try storage.directory(of: library.backing) }
        let staging = "\(root)/\(ContentPath.staging(library: library.id))/\(id)"
        let path = ContentPath.file(file.name, content: id, item: item, library: library.id)
        let descriptor = try await context.disk.run {
            try FileSystem.makeDirectories(FileSystem.parent(of: staging))
            let descriptor = open(staging, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw SystemCallError("open", staging) }
            return descriptor
        }
        let received: Result<Checksum, any Error>
        do { received = .success(try await client.receive(file, at: url, to: descriptor)) } catch { received = .failure(error) }
        let reached = context.reached
        return try await context.disk.run {
            do {
                let checksum = try Self.finish(descriptor, staging, received)
                reached(.bytesSynced)
                try Self.place(staging, at: "\(root)/\(path)", reached)
                return ContentRecord(id: id, library: library.id, path: path, size: file.size, checksum: checksum)
            } catch {
                try StagingFile.discard(staging)
                throw error
            }
        }
    }

    /// Puts the bytes on the disk, if they came.
    private static func finish(_ descriptor: Int32, _ staging: String, _ received: Result<Checksum, any Error>) throws -> Checksum {
        defer { close(descriptor) }
        let checksum = try received.get()
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", staging) }
        return checksum
    }

    private static func place(_ staging: String, at path: String, _ reached: (DurableStep) -> Void) throws {
        let directory = FileSystem.parent(of: path)
        try FileSystem.makeDirectories(directory)
        try FileSystem.move(staging, to: path)
        reached(.renamed)
        try FileSystem.syncDirectory(directory)
        reached(.directorySynced)
    }

    /// False when the library is gone.
    private func commit(_ published: PublishedItem, item id: String, _ contents: [(name: String, content: ContentRecord)]?, mark: String) async throws -> Bool {
        let now = context.now()
        return try await context.store.write { [library] db in
            guard try LibraryRecord.find(db, library.id) != nil else { return false }
            let known = try ItemRecord.find(db, id)
            var item =
                known
                ?? ItemRecord(
                    id: id, library: library.id, name: published.name, description: published.description, type: published.type, created: now)
            let isRenamed = item.name != published.name || item.description != published.description || item.type != published.type
            (item.name, item.description, item.type) = (published.name, published.description, published.type)
            try item.requireUniqueName(db)
            if isRenamed { (item.version, item.metadataVersion) = (item.version + 1, item.metadataVersion + 1) }
            if known == nil { try item.insert(db) }
            if let contents {
                try ItemFileRecord.replaceAll(db, item: id, with: contents)
                if known != nil || !contents.isEmpty { item.contentVersion += 1 }
            }
            if isRenamed || contents != nil { item.modified = max(now, item.modified) }
            try item.update(db)
            try SubscribedItemRecord(item: id, source: published.id, mark: mark, synced: now).save(db)
            return true
        }
    }

    /// Frees files that no row came to name.
    private func discard(_ contents: [ContentRecord], of item: String, isNew: Bool) async throws {
        let (storage, backing) = (context.storage, library.backing)
        try await context.disk.run {
            let root = try storage.directory(of: backing)
            for content in contents { try FileSystem.remove("\(root)/\(content.path)") }
        }
        if isNew { try await forgetFiles(of: item, isNew: true) }
    }

    /// Frees the directory of an item that did not come to be.
    private func forgetFiles(of item: String, isNew: Bool) async throws {
        guard isNew else { return }
        let (storage, library) = (context.storage, library)
        try await context.disk.run {
            try FileSystem.remove("\(storage.directory(of: library.backing))/\(ContentPath.item(item, library: library.id))")
        }
    }
}
