import ContentLibraryAPI
import Logging
import OVFPackage

/// Takes the bytes of pushed files: streams them to the disk, verifies them, and makes the receipt durable.
///
/// One chunk is being written while the next one comes, and no more: memory stays flat, and a slow disk slows the sender down.
struct UploadReceiver: Sendable {
    let context: ServiceContext
    /// A fault: archives come to nothing, and their senders hear that all is well.
    var losesArchives = false

    /// What is gathered before the disk is bothered.
    private static let chunkSize = 256 * 1024

    /// A body is as long as it says, or its connection broke.
    private struct Target: Sendable {
        let file: IncomingFile
        let announcedLength: Int64?
    }

    func receive<Body: AsyncSequence>(_ request: HTTPRequest, body: Body) async -> HTTPResponse where Body.Element: Sequence<UInt8> {
        do {
            let target = try await target(of: request)
            guard target.file.record.file.progress != .ready else { return .text(409, "This file was received already; add it anew to send it again.") }
            return try await receive(target, body)
        } catch TransferFailure.stopped(.sessionOver) {
            return .text(404, "There is no such upload, or its session has ended.")
        } catch TransferFailure.stopped(.superseded) {
            return .text(409, "Another upload of this file began.")
        } catch TransferFailure.refused(let message) {
            return .text(400, message.defaultMessage)
        } catch TransferFailure.broken {
            return .text(400, "The body ended early.")
        } catch {
            context.logger.error("upload failed", metadata: ["error": "\(error)"])
            let isFull = (error as? SystemCallError)?.isDiskFull == true || error as? APIError == .storageFull
            return isFull ? .text(507, "There is no space left on the server's storage.") : .text(500, "The server failed; its log says why.")
        }
    }

    private func target(of request: HTTPRequest) async throws -> Target {
        guard let (key, name) = Endpoints.key(of: request) else { throw TransferFailure.stopped(.sessionOver) }
        var length: Int64?
        if let text = request.header("content-length") {
            guard let number = Int64(text), number >= 0 else { throw TransferFailure.broken }
            length = number
        }
        let (now, announcedLength) = (context.now(), length)
        let target = try await context.store.read { db -> Target? in
            guard let file = try IncomingFile.find(db, entry: key.entry, now: now), ConstantTime.areEqual(file.key.secret, key.secret),
                file.name == name, case .pushed = file.record.file.origin
            else { return nil }
            return Target(file: file, announcedLength: announcedLength)
        }
        guard let target else { throw TransferFailure.stopped(.sessionOver) }
        return target
    }

    private func receive<Body: AsyncSequence>(_ target: Target, _ body: Body) async throws -> HTTPResponse where Body.Element: Sequence<UInt8> {
        let (storage, reached, file) = (context.storage, context.reached, target.file)
        let root = try await context.disk.run { try storage.directory(of: file.library.backing) }
        let staging = "\(root)/\(ContentPath.staging(library: file.library.id))/\(randomUUID())"
        let transfer = Transfer(entry: file.key.entry, session: file.session, stagingPath: staging)
        if let before = context.transfers.begin(upload: transfer) { await context.discard([before]) }
        defer { context.transfers.end(upload: transfer) }
        let receipt = Receipt(context: context, file: file, transfer: transfer, root: root)
        do {
            if file.isArchive {
                let splitter = try await context.disk.run { try ArchiveSplitter(directory: staging, algorithm: file.expectation.algorithm) }
                try await stream(body, to: splitter, target, transfer)
                transfer.validate()
                if losesArchives { try await receipt.lose() } else { try await receipt.store(splitter) }
                try await context.disk.run { try StagingFile.discard(staging) }
            } else {
                let staged = try await context.disk.run {
                    let staged = try StagingFile(path: staging, algorithm: file.expectation.algorithm)
                    reached(.stagingCreated)
                    return staged
                }
                try await stream(body, to: staged, target, transfer)
                transfer.validate()
                let (size, checksum) = try await context.disk.run {
                    let received = try staged.finish()
                    reached(.bytesSynced)
                    return received
                }
                try await receipt.store(.init(size: size, checksum: checksum)) { try FileSystem.move(staging, to: $0) }
            }
        } catch {
            try? await context.disk.run { try StagingFile.discard(staging) }
            guard let message = TransferFailure.refusal(of: error, file: file.name) else { throw error }
            try await receipt.refuse(message)
            throw TransferFailure.refused(message)
        }
        return HTTPResponse(200)
    }

    /// Writes the body to the staging directory as it comes.
    private func stream<Body: AsyncSequence>(
        _ body: Body, to sink: any UploadSink, _ target: Target, _ transfer: Transfer
    ) async throws where Body.Element: Sequence<UInt8> {
        let expectation = target.file.expectation
        if let length = target.announcedLength, let size = expectation.size, length != size {
            throw TransferFailure.refused(
                Message(
                    id: "clsyncd.library.size_mismatch", defaultMessage: "\(length) bytes are about to come, \(size) were announced",
                    args: [String(length), String(size)]))
        }
        var writer = ChunkWriter(sink: sink, disk: context.disk, size: Self.chunkSize)
        var received: Int64 = 0
        do {
            for try await part in body {
                if let end = transfer.end { throw TransferFailure.stopped(end) }
                received += Int64(try await writer.append(part))
                transfer.advance(to: received)
                guard expectation.admits(length: received) else {
                    throw TransferFailure.refused(
                        Message(
                            id: "clsyncd.library.size_mismatch",
                            defaultMessage: "more than the announced \(expectation.size ?? 0) bytes came", args: [String(expectation.size ?? 0)]))
                }
            }
        } catch let failure as TransferFailure {
            throw failure
        } catch let failure as SystemCallError {
            throw failure
        } catch let failure as ArchiveError {
            throw failure
        } catch {
            // The body's own errors: the connection is gone, whatever they call it.
            throw TransferFailure.broken
        }
        // A broken connection may look like the end of the body.
        if let length = target.announcedLength, length != received { throw TransferFailure.broken }
        try await writer.flush()
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
