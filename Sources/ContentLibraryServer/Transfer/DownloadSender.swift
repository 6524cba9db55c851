import ContentLibraryAPI
import GRDB
import Logging

/// What answers a request for the bytes of a file.
public struct Download: Sendable {
    public let status: Int
    public internal(set) var headers: [(name: String, value: String)]
    /// Length of the body that a GET has: also told to a HEAD, which gets no body.
    public let length: Int64
    /// Whether the length is told; if not, the body ends where it ends, or there is none by the status.
    public internal(set) var announcesLength = true
    /// The file, or the part of it that was asked for. Nil for a HEAD, and for an error.
    public internal(set) var body: DownloadBody?
    /// A line about the error.
    public let text: [UInt8]
}

/// Gives out the bytes of prepared files.
struct DownloadSender: Sendable {
    let context: ServiceContext

    func send(_ request: HTTPRequest) async -> Download {
        do {
            guard let (key, name) = Endpoints.key(of: request), let (file, library) = try await find(key, name) else { return .gone }
            let running = RunningDownload(Transfer(entry: key.entry, session: file.session, stagingPath: nil), context.transfers)
            let (storage, content) = (context.storage, file.content)
            let opened = try await context.disk.run { Result { try OpenFile("\(storage.directory(of: library.backing))/\(content.path)") } }
            // A session that ended before this was on the list did not stop it, and its bytes may be off the disk; one that ends from here on does.
            guard try await find(key, name) != nil else { return .gone }
            let open = try opened.get()
            guard open.size == content.size else {
                context.logger.error("stored file has changed", metadata: ["path": "\(content.path)", "expected": "\(content.size)", "found": "\(open.size)"])
                return .failed
            }
            return answer(DownloadAnswer(request, size: content.size, tag: EntityTag(content: content.id)), to: request, from: open, of: file, running)
        } catch {
            context.logger.error("download failed", metadata: ["error": "\(error)"])
            return .failed
        }
    }

    private func answer(
        _ answer: DownloadAnswer, to request: HTTPRequest, from open: OpenFile, of file: DownloadFileRecord, _ running: RunningDownload
    ) -> Download {
        if let part = answer.part {
            let isHead = request.method == "HEAD"
            return Download(
                status: answer.status, headers: answer.headers, length: part.upperBound - part.lowerBound,
                body: isHead ? nil : body(part, of: open, file, running), text: [])
        }
        guard let line = answer.refusal else {
            return Download(status: answer.status, headers: answer.headers, length: 0, announcesLength: false, body: nil, text: [])
        }
        return .refusal(answer.status, line, headers: answer.headers)
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

    private func body(_ part: Range<Int64>, of open: OpenFile, _ file: DownloadFileRecord, _ running: RunningDownload) -> DownloadBody {
        let (store, logger, transfers, transfer) = (context.store, context.logger, context.transfers, running.transfer)
        let isToldAlready = file.transferred != nil
        return DownloadBody(file: open, part: part, disk: context.disk, transfer: transfer) { piece in
            if !isToldAlready { transfers.give(piece, by: transfer) }
        } onEnd: {
            running.end()
            // The end of a body decides: what another one handed out last may not have arrived.
            let isWhole = part == 0..<open.size || transfers.given(entry: transfer.entry, session: transfer.session) == open.size
            guard isWhole, !isToldAlready else { return }
            do {
                try await store.write { db in try DownloadFileRecord.markTransferred(db, entry: transfer.entry, bytes: open.size) }
                transfers.forgetGiven(entry: transfer.entry, session: transfer.session)
            } catch {
                logger.warning("a download's end was not recorded", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// A download on the list of what is under way, until its body is used up, or dropped, or it has none.
private final class RunningDownload: Sendable {
    let transfer: Transfer
    private let transfers: Transfers

    init(_ transfer: Transfer, _ transfers: Transfers) {
        (self.transfer, self.transfers) = (transfer, transfers)
        transfers.begin(download: transfer)
    }

    deinit { end() }

    func end() { transfers.end(download: transfer) }
}

extension Download {
    static func refusal(_ status: Int, _ line: String, headers: [(name: String, value: String)] = []) -> Download {
        let text = Array((line + "\n").utf8)
        return Download(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers, length: Int64(text.count), body: nil, text: text)
    }

    fileprivate static var gone: Download { .refusal(404, "There is no such download, or its session has ended.") }
    fileprivate static var failed: Download { .refusal(500, "The server failed; its log says why.") }
}
