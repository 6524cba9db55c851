import ContentLibraryAPI
import GRDB
import Logging

/// What answers a request for the bytes of a file.
public struct Download: Sendable {
    public let status: Int
    public internal(set) var headers: [(name: String, value: String)]
    /// Length of the body that a GET has: also told to a HEAD, which gets no body.
    public let length: Int64
    /// Whether the length is told; if not, the body ends where it ends.
    public internal(set) var announcesLength = true
    /// Nil for a HEAD, and for an error.
    public internal(set) var body: DownloadBody?
    /// A line about the error.
    public let text: [UInt8]
}

/// Gives out the bytes of prepared files.
struct DownloadSender: Sendable {
    let context: ServiceContext

    func send(_ request: HTTPRequest) async -> Download {
        do {
            guard let (key, name) = Endpoints.key(of: request), let (file, library) = try await find(key, name) else {
                return .refusal(404, "There is no such download, or its session has ended.")
            }
            let (storage, content) = (context.storage, file.content)
            let open = try await context.disk.run { try OpenFile("\(storage.directory(of: library.backing))/\(content.path)") }
            guard open.size == content.size else {
                context.logger.error("stored file has changed", metadata: ["path": "\(content.path)", "expected": "\(content.size)", "found": "\(open.size)"])
                return .refusal(500, "The server failed; its log says why.")
            }
            return Download(
                status: 200, headers: [("Content-Type", "application/octet-stream")], length: content.size,
                body: request.method == "HEAD" ? nil : body(of: open, file), text: [])
        } catch {
            context.logger.error("download failed", metadata: ["error": "\(error)"])
            return .refusal(500, "The server failed; its log says why.")
        }
    }

    private func find(_ key: TransferKey, _ name: String) async throws -> (DownloadFileRecord, LibraryRecord)? {
        let now = context.now()
        return try await context.store.read { db in
            guard let file = try DownloadFileRecord.find(db, entry: key.entry), ConstantTime.areEqual(file.key.secret, key.secret),
                file.name == name, file.isPrepared, let record = try SessionRecord.find(db, .download, file.session, now: now),
                record.session.isActive, let library = try LibraryRecord.find(db, file.content.library)
            else { return nil }
            return (file, library)
        }
    }

    private func body(of open: OpenFile, _ file: DownloadFileRecord) -> DownloadBody {
        let transfer = Transfer(entry: file.key.entry, session: file.session, stagingPath: nil)
        context.transfers.begin(download: transfer)
        let running = RunningDownload(transfer, context.transfers)
        let (store, logger) = (context.store, context.logger)
        return DownloadBody(file: open, disk: context.disk, transfer: transfer) {
            running.end()
            do {
                try await store.write { db in try DownloadFileRecord.markTransferred(db, entry: file.key.entry, bytes: open.size) }
            } catch {
                logger.warning("a download's end was not recorded", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Takes a download off the list when its body is used up, or dropped.
private final class RunningDownload: Sendable {
    private let transfer: Transfer
    private let transfers: Transfers

    init(_ transfer: Transfer, _ transfers: Transfers) { (self.transfer, self.transfers) = (transfer, transfers) }

    deinit { end() }

    func end() { transfers.end(download: transfer) }
}

extension Download {
    static func refusal(_ status: Int, _ line: String) -> Download {
        let text = Array((line + "\n").utf8)
        return Download(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], length: Int64(text.count), body: nil, text: text)
    }
}
