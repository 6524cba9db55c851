import ContentLibraryAPI
import Digests
import GRDB
import Logging
import OVFPackage
import Synchronization

/// Takes the bytes of pushed files: streams them to the disk, verifies them, and makes the receipt durable.
///
/// One chunk is being written while the next one comes, and no more: memory stays flat, and a slow disk slows the sender down.
struct UploadReceiver: Sendable {
    let context: ServiceContext

    /// What is gathered before the disk is bothered.
    private static let chunkSize = 512 * 1024

    /// Why an upload ended without a receipt.
    private enum Failure: Error {
        case stopped(Transfer.End)
        /// More came than was announced, or otherwise not what was announced.
        case refused(Message)
        /// The sender went away.
        case broken

        var refusal: Message? { if case .refused(let message) = self { message } else { nil } }
    }

    /// A body is as long as it says, or its connection broke.
    private struct Target: Sendable {
        let file: UpdateFileRecord
        let key: TransferKey
        let item: String
        let library: LibraryRecord
        let announcedLength: Int64?
        let kind: ItemKind

        /// Its members are received, not the file itself.
        var isArchive: Bool { kind == .package && PackageFile(name: file.name) == .archive }
    }

    func receive<Body: AsyncSequence>(_ request: HTTPRequest, body: Body) async -> HTTPResponse where Body.Element: Sequence<UInt8> {
        do {
            let target = try await target(of: request)
            guard target.file.file.origin != .pushed(.ready) else { return .text(409, "This file was received already; add it anew to send it again.") }
            return try await receive(target, body)
        } catch Failure.stopped(.sessionOver) {
            return .text(404, "There is no such upload, or its session has ended.")
        } catch Failure.stopped(.superseded) {
            return .text(409, "Another upload of this file began.")
        } catch Failure.refused(let message) {
            return .text(400, message.defaultMessage)
        } catch Failure.broken {
            return .text(400, "The body ended early.")
        } catch {
            context.logger.error("upload failed", metadata: ["error": "\(error)"])
            let isFull = (error as? SystemCallError)?.isDiskFull == true || error as? APIError == .storageFull
            return isFull ? .text(507, "There is no space left on the server's storage.") : .text(500, "The server failed; its log says why.")
        }
    }

    private func target(of request: HTTPRequest) async throws -> Target {
        guard let (key, name) = Endpoints.key(of: request) else { throw Failure.stopped(.sessionOver) }
        var length: Int64?
        if let text = request.header("content-length") {
            guard let number = Int64(text), number >= 0 else { throw Failure.broken }
            length = number
        }
        let (now, announcedLength) = (context.now(), length)
        let target = try await context.store.read { db -> Target? in
            guard let file = try UpdateFileRecord.find(db, entry: key.entry), ConstantTime.areEqual(file.key?.secret ?? "", key.secret),
                file.name == name, let record = try SessionRecord.find(db, .update, file.session, now: now), record.session.state == .active,
                let item = try ItemRecord.find(db, record.item), let library = try LibraryRecord.find(db, item.library)
            else { return nil }
            return Target(file: file, key: key, item: item.id, library: library, announcedLength: announcedLength, kind: ItemKind(type: item.type))
        }
        guard let target else { throw Failure.stopped(.sessionOver) }
        return target
    }

    private func receive<Body: AsyncSequence>(_ target: Target, _ body: Body) async throws -> HTTPResponse where Body.Element: Sequence<UInt8> {
        let (storage, reached) = (context.storage, context.reached)
        let root = try await context.disk.run { try storage.directory(of: target.library.backing) }
        let content = RandomText.uuid()
        let staging = "\(root)/\(ContentPath.staging(library: target.library.id))/\(content)"
        let transfer = Transfer(entry: target.key.entry, session: target.file.session, stagingPath: staging)
        if let before = context.transfers.begin(upload: transfer) { await context.discard([before]) }
        defer { context.transfers.end(upload: transfer) }
        do {
            if target.isArchive {
                let splitter = try await context.disk.run { try ArchiveSplitter(directory: staging, algorithm: target.file.expectation.algorithm) }
                try await stream(body, to: splitter, target, transfer)
                try await store(splitter, of: target, transfer, root: root)
                try await context.disk.run { try StagingFile.discard(staging) }
            } else {
                let file = try await context.disk.run {
                    let file = try StagingFile(path: staging, algorithm: target.file.expectation.algorithm)
                    reached(.stagingCreated)
                    return file
                }
                try await stream(body, to: file, target, transfer)
                try await store(file, of: target, transfer, content: content, root: root)
            }
        } catch let error where error is ArchiveError || (error as? Failure)?.refusal != nil {
            let message = (error as? Failure)?.refusal ?? Message(id: "clsyncd.library.invalid_archive", defaultMessage: "\(error)", args: [target.file.name])
            try await context.disk.run { try StagingFile.discard(staging) }
            try await refuse(target, transfer, message)
            throw Failure.refused(message)
        } catch {
            try? await context.disk.run { try StagingFile.discard(staging) }
            throw error
        }
        return HTTPResponse(200)
    }

    /// Writes the body to the staging directory as it comes.
    private func stream<Body: AsyncSequence>(
        _ body: Body, to sink: any UploadSink, _ target: Target, _ transfer: Transfer
    ) async throws where Body.Element: Sequence<UInt8> {
        let expectation = target.file.expectation
        if let length = target.announcedLength, let size = expectation.size, length != size {
            throw Failure.refused(
                Message(
                    id: "clsyncd.library.size_mismatch", defaultMessage: "\(length) bytes are about to come, \(size) were announced",
                    args: [String(length), String(size)]))
        }
        var writer = ChunkWriter(sink: sink, disk: context.disk, size: Self.chunkSize)
        var received: Int64 = 0
        do {
            for try await part in body {
                if let end = transfer.end { throw Failure.stopped(end) }
                received += Int64(try await writer.append(part))
                transfer.advance(to: received)
                guard expectation.admits(length: received) else {
                    throw Failure.refused(
                        Message(
                            id: "clsyncd.library.size_mismatch",
                            defaultMessage: "more than the announced \(expectation.size ?? 0) bytes came", args: [String(expectation.size ?? 0)]))
                }
            }
        } catch let failure as Failure {
            throw failure
        } catch let failure as SystemCallError {
            throw failure
        } catch let failure as ArchiveError {
            throw failure
        } catch {
            // The body's own errors: the connection is gone, whatever they call it.
            throw Failure.broken
        }
        // A broken connection may look like the end of the body.
        if let length = target.announcedLength, length != received { throw Failure.broken }
        try await writer.flush()
    }

    /// Verifies what came, and makes it the session's: on the disk first, then in the database.
    private func store(_ file: StagingFile, of target: Target, _ transfer: Transfer, content: String, root: String) async throws {
        transfer.validate()
        let reached = context.reached
        let (size, checksum) = try await context.disk.run {
            let received = try file.finish()
            reached(.bytesSynced)
            return received
        }
        if let refusal = target.file.expectation.refusal(size: size, checksum: checksum) { throw Failure.refused(refusal) }
        if let end = transfer.end { throw Failure.stopped(end) }
        let path = ContentPath.file(target.file.name, content: content, item: target.item, library: target.library.id)
        try await context.disk.run { try Self.place(file.path, at: "\(root)/\(path)", reached) }
        let record = ContentRecord(id: content, library: target.library.id, path: path, size: size, checksum: checksum)
        // If this throws, it is not known whether the receipt is durable: the file stays, and the next start decides by the database.
        let isReceived = try await commit(target, transfer) { file, db in try file.markReady(db, record) }
        guard isReceived else {
            try await context.disk.run { try FileSystem.remove("\(root)/\(path)") }
            throw Failure.stopped(transfer.end ?? .sessionOver)
        }
        reached(.receiptCommitted)
    }

    /// As for one file, for all members of an archive: they are the session's together, or not at all.
    private func store(_ splitter: ArchiveSplitter, of target: Target, _ transfer: Transfer, root: String) async throws {
        transfer.validate()
        let reached = context.reached
        let (size, checksum, findings) = try await context.disk.run {
            let received = try splitter.finish()
            let members = splitter.members.map { PackageMember(name: $0.name, path: $0.path, size: $0.size, digests: $0.digests) }
            reached(.bytesSynced)
            return (received.size, received.checksum, try PackageReader.findings(of: members))
        }
        if let refusal = target.file.expectation.refusal(size: size, checksum: checksum) { throw Failure.refused(refusal) }
        if let message = findings.firstProblem { throw Failure.refused(message) }
        if let end = transfer.end { throw Failure.stopped(end) }
        let members = splitter.members.map { member in
            let path = ContentPath.file(member.name, content: member.content, item: target.item, library: target.library.id)
            let checksum = Checksum(algorithm: .sha1, hex: member.digests[.sha1] ?? "")
            return (
                staging: member.path, stays: target.kind.keeps(member.name), name: member.name,
                content: ContentRecord(id: member.content, library: target.library.id, path: path, size: member.size, checksum: checksum)
            )
        }
        try await context.disk.run { for member in members { try Self.place(member.staging, at: "\(root)/\(member.content.path)", reached) } }
        let twice = Mutex<String?>(nil)
        let isReceived = try await commit(target, transfer) { file, db in
            let pushed = Set(try UpdateFileRecord.all(db, session: file.session).filter { $0.key != nil && $0.name != file.name }.map(\.name))
            if let name = members.first(where: { pushed.contains($0.name) })?.name { return twice.withLock { $0 = name } }
            try file.markUnpacked(db, members.map { ($0.content, $0.name, $0.stays) })
        }
        let name = twice.withLock { $0 }
        guard isReceived, name == nil else {
            try await context.disk.run { for member in members { try FileSystem.remove("\(root)/\(member.content.path)") } }
            guard let name else { throw Failure.stopped(transfer.end ?? .sessionOver) }
            throw Failure.refused(
                Message(
                    id: "clsyncd.library.member_pushed_too", defaultMessage: "the archive holds \(name), which the session has already",
                    args: [target.file.name, name]))
        }
        reached(.receiptCommitted)
    }

    /// Blocks.
    private static func place(_ staging: String, at path: String, _ reached: (DurableStep) -> Void) throws {
        let directory = FileSystem.parent(of: path)
        try FileSystem.makeDirectories(directory)
        try FileSystem.move(staging, to: path)
        reached(.renamed)
        try FileSystem.syncDirectory(directory)
        reached(.directorySynced)
    }

    /// False when the session ended, the file was announced anew, or another upload took over, while the bytes came.
    private func commit(
        _ target: Target, _ transfer: Transfer, _ receipt: @escaping @Sendable (UpdateFileRecord, Database) throws -> Void
    ) async throws -> Bool {
        let now = context.now()
        return try await context.store.write { db in
            guard transfer.end == nil, let file = try UpdateFileRecord.find(db, entry: target.key.entry), file.file.origin != .pushed(.ready),
                let record = try SessionRecord.find(db, .update, file.session, now: now), record.session.state == .active
            else { return false }
            try receipt(file, db)
            return true
        }
    }

    private func refuse(_ target: Target, _ transfer: Transfer, _ message: Message) async throws {
        try await context.store.write { db in
            guard transfer.end == nil, let file = try UpdateFileRecord.find(db, entry: target.key.entry), file.file.origin != .pushed(.ready)
            else { return }
            try file.markRefused(db, message)
        }
    }
}

/// Gathers small parts into large writes, and lets one write run while the next is gathered.
private struct ChunkWriter {
    let sink: any UploadSink
    let disk: Disk
    let size: Int
    private var gathered: [UInt8] = []
    private var writing: DiskJob<Void>?

    init(sink: any UploadSink, disk: Disk, size: Int) { (self.sink, self.disk, self.size) = (sink, disk, size) }

    /// Returns how many bytes the part had.
    mutating func append(_ part: some Sequence<UInt8>) async throws -> Int {
        let before = gathered.count
        if gathered.capacity == 0 { gathered.reserveCapacity(size + 64 * 1024) }
        if part.withContiguousStorageIfAvailable({ gathered.append(contentsOf: $0) }) == nil { gathered.append(contentsOf: part) }
        let added = gathered.count - before
        if gathered.count >= size { try await write() }
        return added
    }

    /// Returns when everything is written.
    mutating func flush() async throws {
        if !gathered.isEmpty { try await write() }
        try await writing?.value
        writing = nil
    }

    private mutating func write() async throws {
        let (sink, bytes) = (sink, gathered)
        gathered = []
        if let writing {
            self.writing = nil
            try await writing.value
        }
        writing = disk.begin { try sink.write(bytes) }
    }
}

extension HTTPResponse {
    /// A line for whoever looks at the answer.
    static func text(_ status: Int, _ line: String) -> HTTPResponse {
        HTTPResponse(status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array((line + "\n").utf8))
    }
}
