import ContentLibraryAPI
import Digests
import GRDB
import OVFPackage
import Synchronization

/// Makes bytes that came whole a file of their session: on the disk first, then in the database.
struct Receipt: Sendable {
    let context: ServiceContext
    let file: IncomingFile
    let transfer: Transfer
    /// Directory of the library's backing.
    let root: String

    /// Bytes that are on the disk already.
    struct Staged: Sendable {
        let size: Int64
        let checksum: Checksum
    }

    /// A place for the bytes, with an id for them.
    func newPlace() -> (content: String, path: String) {
        let content = randomUUID()
        return (content, ContentPath.file(file.name, content: content, item: file.item, library: file.library.id))
    }

    /// Verifies one file, has `place` bring it to its path, and writes it down. `place` gets the absolute path, whose directory exists; it blocks.
    /// - Parameter moved: of a file that keeps a name of its owner's until the session is complete: that name, and what the file is.
    func store(_ staged: Staged, moved: MovedFile? = nil, place: @escaping @Sendable (String) throws -> Void) async throws {
        if let refusal = file.expectation.refusal(size: staged.size, checksum: staged.checksum) { throw TransferFailure.refused(refusal) }
        if let end = transfer.end { throw TransferFailure.stopped(end) }
        let (content, path) = newPlace()
        let (target, reached) = ("\(root)/\(path)", context.reached)
        try await context.disk.run { try Self.place(at: target, reached, place) }
        let record = ContentRecord(id: content, library: file.library.id, path: path, size: staged.size, checksum: staged.checksum)
        // If this throws, it is not known whether the receipt is durable: the file stays, and the next start decides by the database.
        let isReceived = try await commit { file, db in try file.markReady(db, record, moved: moved) }
        guard isReceived else {
            try await context.disk.run { try FileSystem.remove(target) }
            throw TransferFailure.stopped(transfer.end ?? .sessionOver)
        }
        reached(.receiptCommitted)
    }

    /// As for one file, for all members of an archive: they are the session's together, or not at all.
    func store(_ splitter: ArchiveSplitter) async throws {
        let reached = context.reached
        let (size, checksum, findings) = try await context.disk.run {
            let received = try splitter.finish()
            let members = splitter.members.map { PackageMember(name: $0.name, path: $0.path, size: $0.size, digests: $0.digests) }
            reached(.bytesSynced)
            return (received.size, received.checksum, try PackageReader.findings(of: members))
        }
        if let refusal = file.expectation.refusal(size: size, checksum: checksum) { throw TransferFailure.refused(refusal) }
        if let message = findings.firstProblem { throw TransferFailure.refused(message) }
        if let end = transfer.end { throw TransferFailure.stopped(end) }
        let (root, kind) = (root, file.kind)
        let members = splitter.members.map { [file] member in
            let path = ContentPath.file(member.name, content: member.content, item: file.item, library: file.library.id)
            let checksum = Checksum(algorithm: .sha1, hex: member.digests[.sha1] ?? "")
            return (
                staging: member.path, stays: kind.keeps(member.name), name: member.name,
                content: ContentRecord(id: member.content, library: file.library.id, path: path, size: member.size, checksum: checksum)
            )
        }
        try await context.disk.run {
            for member in members { try Self.place(at: "\(root)/\(member.content.path)", reached) { try FileSystem.move(member.staging, to: $0) } }
        }
        let twice = Mutex<String?>(nil)
        let isReceived = try await commit { file, db in
            let others = Set(try UpdateFileRecord.all(db, session: file.session).filter { $0.key != nil && $0.name != file.name }.map(\.name))
            if let name = members.first(where: { others.contains($0.name) })?.name { return twice.withLock { $0 = name } }
            try file.markUnpacked(db, members.map { ($0.content, $0.name, $0.stays) })
        }
        let name = twice.withLock { $0 }
        guard isReceived, name == nil else {
            try await context.disk.run { for member in members { try FileSystem.remove("\(root)/\(member.content.path)") } }
            guard let name else { throw TransferFailure.stopped(transfer.end ?? .sessionOver) }
            throw TransferFailure.refused(
                Message(
                    id: "clsyncd.library.member_pushed_too", defaultMessage: "the archive holds \(name), which the session has already",
                    args: [file.name, name]))
        }
        reached(.receiptCommitted)
    }

    /// Leaves the entry of an archive as if nothing had come.
    func lose() async throws {
        let isLost = try await commit { file, db in try file.markWaiting(db) }
        guard isLost else { throw TransferFailure.stopped(transfer.end ?? .sessionOver) }
    }

    /// Writes down that the bytes are of no use, and why.
    func refuse(_ message: Message) async throws {
        try await context.store.write { [entry = file.key.entry, transfer] db in
            guard transfer.end == nil, let file = try UpdateFileRecord.find(db, entry: entry), file.file.progress != .ready else { return }
            try file.markRefused(db, message)
        }
    }

    /// Blocks.
    private static func place(at path: String, _ reached: (DurableStep) -> Void, _ bring: (String) throws -> Void) throws {
        let directory = FileSystem.parent(of: path)
        try FileSystem.makeDirectories(directory)
        try bring(path)
        reached(.renamed)
        try FileSystem.syncDirectory(directory)
        reached(.directorySynced)
    }

    /// False when the session ended, the file was announced anew, or another upload took over, while the bytes came.
    private func commit(_ receipt: @escaping @Sendable (UpdateFileRecord, Database) throws -> Void) async throws -> Bool {
        let (now, entry, transfer) = (context.now(), file.key.entry, transfer)
        return try await context.store.write { db in
            guard transfer.end == nil, let file = try IncomingFile.find(db, entry: entry, now: now)?.record, file.file.progress != .ready else {
                return false
            }
            try receipt(file, db)
            return true
        }
    }
}
