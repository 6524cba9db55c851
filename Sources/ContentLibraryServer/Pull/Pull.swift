import ContentLibraryAPI
import Digests
import GRDB
import HTTPTransport

/// One pull: fetches the bytes of a file from where its client said, verifies them, and makes them the session's.
struct Pull: Sendable {
    let context: ServiceContext
    let reader: WebReader
    /// For reading whole files, apart from the disk's: a long pull must not hold up uploads.
    let reading: Disk
    let file: IncomingFile
    let transfer: Transfer
    /// Directory of the library's backing.
    let root: String
    /// In the staging directory; a file, or of an archive a directory.
    let staging: String
    /// The server is closing.
    let isClosed: @Sendable () -> Bool

    private var receipt: Receipt { Receipt(context: context, file: file, transfer: transfer, root: root) }
    private var algorithm: DigestAlgorithm { file.expectation.algorithm }

    /// Throws `PullFailure`, `TransferFailure`, `APIError`, `ArchiveError`, `SystemCallError`, or `CancellationError`. What it left in the staging
    /// directory is the caller's to remove.
    func run() async throws {
        guard let endpoint = file.record.source else { throw TransferFailure.stopped(.sessionOver) }
        switch try PullSource(endpoint, hosts: reader.hosts) {
        case .web(let url, let thumbprint): try await fetch(url, thumbprint)
        case let source:
            let (storage, expectation) = (context.storage, file.expectation)
            let found = try await reading.run {
                let found = try StorageFile(storage.path(of: source))
                guard expectation.admits(length: found.identity.size) else { throw PullFailure.longer(than: expectation.size ?? 0) }
                return found
            }
            try await take(found)
        }
    }

    private func fetch(_ url: String, _ thumbprint: Thumbprint?) async throws {
        let path = file.isArchive ? "\(staging)/\(randomUUID())" : staging
        let (landing, reached) = (try await context.disk.run { try LandingFile(path) }, context.reached)
        reached(.stagingCreated)
        let received = try await reader.read(
            url, thumbprint,
            to: FileSink(descriptor: landing.descriptor, digests: [algorithm], progress: transfer.counter, limit: file.expectation.size))
        transfer.validate()
        try await context.disk.run { try landing.finish(size: received.byteCount) }
        reached(.bytesSynced)
        if file.isArchive { return try await split(try await reading.run { try StorageFile(path) }, counts: false) }
        let checksum = Checksum(algorithm: algorithm, hex: received.digests[algorithm] ?? "")
        try await receipt.store(.init(size: received.byteCount, checksum: checksum)) { try FileSystem.move(path, to: $0) }
    }

    private func take(_ found: StorageFile) async throws {
        if file.isArchive { return try await split(found, counts: true) }
        if let name = try await movable(found) {
            do { return try await move(found, from: name) } catch is NoSecondName {}
        }
        let (staging, algorithm) = (staging, algorithm)
        let staged = try await reading.run { [self] in
            if try share(found, as: staging) {
                try found.requireUnchanged()
                return try digest(of: StorageFile(staging), counts: true)
            }
            let copy = try StagingFile(path: staging, algorithm: algorithm)
            try read(found, counts: true) { try copy.write($0) }
            try found.requireUnchanged()
            let (size, checksum) = try copy.finish()
            return Receipt.Staged(size: size, checksum: checksum)
        }
        transfer.validate()
        context.reached(.bytesSynced)
        try await receipt.store(staged) { try FileSystem.move(staging, to: $0) }
    }

    private func share(_ found: StorageFile, as path: String) throws -> Bool {
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        return try found.share(as: path)
    }

    /// The name, below the library's storage, of a file that can be moved: what lies in the library's own folder, and is no item's content already.
    private func movable(_ found: StorageFile) async throws -> String? {
        let library = file.library.id
        guard let name = FileSystem.path(found.path, below: root), FileSystem.path(name, below: ContentPath.library(library)) != nil else { return nil }
        return try await context.store.read { db in try ContentRecord.exists(db, library: library, path: name) } ? nil : name
    }

    /// The storage gives no second names, or not of this file.
    private struct NoSecondName: Error {}

    private func move(_ found: StorageFile, from name: String) async throws {
        let staged = try await reading.run { [self] in
            let staged = try digest(of: found, counts: true)
            try found.requireUnchanged()
            return staged
        }
        transfer.validate()
        let moved = MovedFile(path: name, mark: found.identity.mark)
        try await receipt.store(staged, moved: moved) { path in
            guard try found.link(as: path) else { throw NoSecondName() }
        }
    }

    private func split(_ archive: StorageFile, counts: Bool) async throws {
        let (staging, algorithm) = (staging, algorithm)
        let splitter = try await reading.run { [self] in
            let splitter = try ArchiveSplitter(directory: "\(staging)/members", algorithm: algorithm)
            try read(archive, counts: counts) { try splitter.write($0) }
            try archive.requireUnchanged()
            return splitter
        }
        transfer.validate()
        try await receipt.store(splitter)
    }

    private func digest(of source: StorageFile, counts: Bool) throws -> Receipt.Staged {
        let digest = try MultiDigest([algorithm])
        try read(source, counts: counts) { bytes in bytes.withUnsafeBytes { digest.update($0) } }
        return Receipt.Staged(size: digest.byteCount, checksum: Checksum(algorithm: algorithm, hex: digest.finish()[algorithm] ?? ""))
    }

    /// Reads a file to its end, unless the pull is to stop.
    private func read(_ source: StorageFile, counts: Bool, _ body: ([UInt8]) throws -> Void) throws {
        var count: Int64 = 0
        try source.read { bytes in
            if let end = transfer.end { throw TransferFailure.stopped(end) }
            if isClosed() { throw CancellationError() }
            try body(bytes)
            count += Int64(bytes.count)
            if counts { transfer.advance(to: count) }
        }
    }
}
