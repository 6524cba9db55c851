import ContentLibraryAPI
import HTTPTransport
import Logging
import Synchronization

/// Carries out pulls, a few at a time, each in a task of its own. It is the database that says what is to be pulled: what a stop or a crash
/// interrupts begins anew.
final class Puller: Sendable {
    private struct State {
        /// Entries whose turn has not come.
        var waiting: [String] = []
        var running: [String: Task<Void, Never>] = [:]
        var isClosed = false
    }

    private let context: ServiceContext
    private let reader: WebReader
    private let reading: Disk
    private let state = Mutex(State())

    static let limit = 8

    init(context: ServiceContext, hosts: PullHosts, pause: @escaping @Sendable () async throws -> Void) throws {
        self.context = context
        reader = WebReader(loop: try HTTPLoop(.init(name: "pulls", userAgent: "content-library-server")), hosts: hosts, pause: pause)
        reading = Disk(threads: 4)
    }

    var hosts: PullHosts { reader.hosts }

    /// Begins a pull, or has it wait for its turn. One that is known already goes on as it is.
    func start(_ entry: String) {
        state.withLock { state in
            guard !state.isClosed, state.running[entry] == nil, !state.waiting.contains(entry) else { return }
            state.waiting.append(entry)
            beginNext(&state)
        }
    }

    /// Begins what is to be pulled and is not, and ends the sessions that wait for nothing any more.
    func resume() async throws {
        let now = context.now()
        let (entries, sessions) = try await context.store.read { db in
            (try UpdateFileRecord.pulling(db, now: now), try SessionRecord.completing(db))
        }
        for entry in entries { start(entry) }
        for session in sessions { await Completion(context: context).settle(session) }
    }

    /// Returns when nothing is being pulled.
    func idle() async {
        while let task = state.withLock({ $0.running.values.first }) { await task.value }
    }

    func close() async {
        let tasks = state.withLock { state in
            (state.isClosed, state.waiting) = (true, [])
            return Array(state.running.values)
        }
        for task in tasks { task.cancel() }
        await idle()
        await reader.loop.close()
        try? await reading.close()
    }

    private func beginNext(_ state: inout State) {
        while state.running.count < Self.limit, !state.waiting.isEmpty {
            let entry = state.waiting.removeFirst()
            // Within the lock: the task's end comes after.
            state.running[entry] = Task {
                await self.pull(entry)
                self.state.withLock { state in
                    state.running[entry] = nil
                    self.beginNext(&state)
                }
            }
        }
    }

    private func cancel(_ entry: String) { state.withLock { $0.running[entry] }?.cancel() }

    private func pull(_ entry: String) async {
        let now = context.now()
        let found: IncomingFile?
        do { found = try await context.store.read { db in try IncomingFile.find(db, entry: entry, now: now) } } catch {
            return context.logger.warning("a pull waits for the database", metadata: ["error": "\(error)"])
        }
        guard let file = found, file.record.file.isPulling else { return }
        do { try await pull(file) } catch let error as APIError {
            context.logger.warning("a pull waits for its storage", metadata: ["file": "\(file.name)", "why": "\(error.messages.first?.defaultMessage ?? "")"])
        } catch {
            context.logger.error("a pull failed, and that could not be written down", metadata: ["file": "\(file.name)", "error": "\(error)"])
        }
        await Completion(context: context).settle(file.session)
    }

    /// Throws only where nothing could be written down.
    private func pull(_ file: IncomingFile) async throws {
        let storage = context.storage
        let root = try await context.disk.run { try storage.directory(of: file.library.backing) }
        let staging = "\(root)/\(ContentPath.staging(library: file.library.id))/\(randomUUID())"
        let counter = TransferProgress(total: file.expectation.size ?? 0)
        let transfer = Transfer(entry: file.key.entry, session: file.session, stagingPath: staging, counter: counter)
        _ = context.transfers.begin(upload: transfer)
        defer { context.transfers.end(upload: transfer) }
        transfer.onStop { [entry = file.key.entry] in self.cancel(entry) }
        let pull = Pull(
            context: context, reader: reader, reading: reading, file: file, transfer: transfer, root: root, staging: staging,
            isClosed: { self.state.withLock(\.isClosed) })
        do { try await pull.run() } catch {
            try? await context.disk.run { try StagingFile.discard(staging) }
            guard transfer.end == nil, let message = message(of: error, file) else { return }
            try await Receipt(context: context, file: file, transfer: transfer, root: root).refuse(message)
            return
        }
        // Of an archive the directory is left.
        try? await context.disk.run { try FileSystem.remove(staging) }
    }

    /// What the client is told; nil where the pull is only interrupted.
    private func message(of error: any Error, _ file: IncomingFile) -> Message? {
        if let message = TransferFailure.refusal(of: error, file: file.name) { return message }
        switch error {
        case let failure as PullFailure: return failure.message
        case TransferFailure.stopped, is CancellationError: return nil
        case let error as SystemCallError where error.isDiskFull: return PullFailure.storageFull.message
        case let error as APIError: return error.messages.first ?? PullFailure.internalFailure.message
        default:
            context.logger.error("pull failed", metadata: ["file": "\(file.name)", "error": "\(error)"])
            return PullFailure.internalFailure.message
        }
    }
}
