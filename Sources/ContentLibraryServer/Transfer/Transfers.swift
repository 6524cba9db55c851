import HTTPTransport
import Synchronization

/// One upload, pull or download under way, and whether it may go on.
final class Transfer: Sendable {
    enum Phase: Sendable { case transferring, validating }

    /// Why it must stop.
    enum End: Sendable {
        /// Its session ended, or its file was replaced or removed.
        case sessionOver
        /// Another upload of the same file began.
        case superseded
    }

    let entry: String
    let session: String
    /// Of an upload or a pull.
    let stagingPath: String?
    /// Counts what a pull has received.
    let counter: TransferProgress?
    private struct State {
        var received: Int64 = 0
        var phase = Phase.transferring
        var end: End?
        var onStop: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    init(entry: String, session: String, stagingPath: String?, counter: TransferProgress? = nil) {
        (self.entry, self.session, self.stagingPath, self.counter) = (entry, session, stagingPath, counter)
    }

    /// Nil as long as it may go on.
    var end: End? { state.withLock(\.end) }
    var progress: (bytes: Int64, phase: Phase) { state.withLock { (max($0.received, counter?.moved ?? 0), $0.phase) } }

    func advance(to bytes: Int64) { state.withLock { $0.received = bytes } }
    func validate() { state.withLock { $0.phase = .validating } }

    /// Has `body` called when it is told to stop, or now if it has been told so already. It must not block.
    func onStop(_ body: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.onStop = body
            return state.end != nil
        }
        if isOver { body() }
    }

    fileprivate func stop(_ why: End) {
        let onStop = state.withLock { state in
            state.end = state.end ?? why
            return state.onStop
        }
        onStop?()
    }
}

/// What is under way now. Only memory: after a restart nothing is.
final class Transfers: Sendable {
    private struct State {
        /// The one upload of an entry that counts.
        var uploads: [String: Transfer] = [:]
        var downloads: [ObjectIdentifier: Transfer] = [:]
        /// Of files that no download has come to the end of yet.
        var given = GivenParts()
    }
    private let state = Mutex(State())

    /// From now on this upload is the one of its entry. Returns the one whose place it took: it has been told, its file is to be discarded.
    func begin(upload: Transfer) -> Transfer? {
        state.withLock { state in
            let before = state.uploads.updateValue(upload, forKey: upload.entry)
            before?.stop(.superseded)
            return before
        }
    }

    func end(upload: Transfer) {
        state.withLock { state in
            if state.uploads[upload.entry] === upload { state.uploads[upload.entry] = nil }
        }
    }

    func upload(entry: String) -> Transfer? { state.withLock { $0.uploads[entry] } }

    func begin(download: Transfer) { state.withLock { $0.downloads[ObjectIdentifier(download)] = download } }
    func end(download: Transfer) { state.withLock { $0.downloads[ObjectIdentifier(download)] = nil } }

    /// Notes a piece of the file that a download hands out. One that was stopped notes nothing any more: its session is forgotten for good.
    func give(_ piece: Range<Int64>, by download: Transfer) {
        state.withLock { state in
            guard state.downloads[ObjectIdentifier(download)] != nil, download.end == nil else { return }
            state.given.add(piece, of: download.entry, in: download.session)
        }
    }

    /// How many bytes of a file were handed out, by all its downloads together.
    func given(entry: String, session: String) -> Int64 { state.withLock { $0.given.bytes(of: entry, in: session) } }

    func forgetGiven(entry: String, session: String) { state.withLock { $0.given.forget(entry, in: session) } }

    /// Stops everything that belongs to a session, or one entry of it. Returns the uploads, whose files are to be discarded.
    func stop(session: String, entry: String? = nil) -> [Transfer] {
        state.withLock { state in
            let uploads = state.uploads.values.filter { $0.session == session && (entry == nil || $0.entry == entry) }
            for transfer in uploads {
                transfer.stop(.sessionOver)
                state.uploads[transfer.entry] = nil
            }
            for transfer in state.downloads.values where transfer.session == session { transfer.stop(.sessionOver) }
            state.given.forget(session: session)
            return uploads
        }
    }

    /// How many are under way.
    var count: Int { state.withLock { $0.uploads.count + $0.downloads.count } }
}
