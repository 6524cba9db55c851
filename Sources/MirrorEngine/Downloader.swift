import ContentLibraryAPI
import ContentLibraryClient
import Digests
import Glibc
import HTTPTransport
import LinuxHost
import MirrorCore

/// Reads files of an item back through a download session, which is always ended.
struct Downloader: Sendable {
    /// Between two looks at a file that is being prepared.
    static let pollInterval = Duration.milliseconds(200)

    let client: ContentLibraryClient
    let clock: any HostClock

    /// The checksum of the bytes that the server gives for the file. Nothing of them is kept.
    func checksum(of file: String, in item: Item.ID, _ algorithm: ChecksumAlgorithm) async throws -> Checksum {
        let session = try await client.call(DownloadSession.create(randomUUID(), DownloadSession.Model(libraryItemID: item)))
        do {
            let checksum = try await read(file, session, algorithm)
            try await end(session)
            return checksum
        } catch {
            await detachedFromCancellation { try? await end(session) }
            throw error
        }
    }

    private func read(_ file: String, _ session: DownloadSession.ID, _ algorithm: ChecksumAlgorithm) async throws -> Checksum {
        try await withThrowingTaskGroup(of: Checksum?.self) { group in
            group.addTask {
                let endpoint = try await endpoint(file, session)
                return try await digest(of: endpoint, algorithm)
            }
            group.addTask {
                while true {
                    try await clock.sleep(for: .seconds(60))
                    try await client.call(DownloadSession.keepAlive(session, nil))
                }
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func digest(of endpoint: TransferEndpoint, _ algorithm: ChecksumAlgorithm) async throws -> Checksum {
        let nowhere = Glibc.open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard nowhere >= 0 else { throw HostError("open /dev/null", code: errno) }
        defer { close(nowhere) }
        let received = try await client.download(from: endpoint, to: FileSink(descriptor: nowhere, digests: [DigestAlgorithm(algorithm)]))
        guard let hex = received.digests[DigestAlgorithm(algorithm)] else { throw SessionFault.noDigest("the downloaded file") }
        return Checksum(algorithm, hex: hex)
    }

    private func endpoint(_ file: String, _ session: DownloadSession.ID) async throws -> TransferEndpoint {
        var info = try await client.call(DownloadSession.File.prepare(session, file, .https))
        while true {
            if info.status == .error { throw SessionFault.file(file, info.errorMessage) }
            if let endpoint = info.downloadEndpoint { return endpoint }
            if info.status == .prepared { throw SessionFault.noEndpoint(file) }
            try await clock.sleep(for: Self.pollInterval)
            info = try await client.call(DownloadSession.File.get(session, file))
        }
    }

    private func end(_ session: DownloadSession.ID) async throws {
        do {
            try await client.call(DownloadSession.cancel(session))
        } catch let error as APIError where error.kind == .notFound || error.kind == .notAllowedInCurrentState {}
        do {
            try await client.call(DownloadSession.delete(session))
        } catch let error as APIError where error.kind == .notFound {}
    }
}
