import MirrorCore
import Synchronization

/// Says what changes below a mirror's root, as the kernel tells it through inotify.
///
/// Each watcher has its own thread and inotify instance. Adding a watch looks up a path, so a source that does not answer can hold it; and a
/// burst in one mirror fills one queue. Neither touches another mirror. Idle, the thread sleeps in `poll(2)` and no descriptor below the
/// root is open.
///
/// A batch is a hint, complete unless the state says otherwise: watches stand before what they cover is marked dirty, a new or moved
/// directory is marked dirty as a whole, and a lost event marks the root.
public final class InotifyWatcher: Sendable {
    public let path: String
    /// 0 watches the root alone, 1 its immediate subdirectories too, `Int.max` the whole tree.
    public let depth: Int
    /// One element when `take()` or `state` has something new; wake-ups that nobody takes fold into one. Ends with `close()`. One listener.
    public let wakeUps: AsyncStream<Void>
    private let shared: WatchShared
    /// Nil where a thread runs it.
    private let pumped: PumpedLoop?

    /// Whose thread reads the kernel's queue.
    public enum Kind: Sendable {
        case own
        /// Whoever calls `pump()`, and whoever asks: for simulations, in which one executor sees one order of events.
        case pumped
    }

    /// Starts the thread; nothing is watched before `rearm()`.
    /// - Parameter now: what `silentSince` is told by.
    public convenience init(path: String, depth: Int, kind: Kind = .own, now: @escaping @Sendable () -> BootTime = { .now() }) throws(HostError) {
        try self.init(path: path, depth: depth, kind: kind, hooks: WatchHooks(), now: now)
    }

    init(
        path: String, depth: Int, kind: Kind = .own, hooks: WatchHooks, limits: WatchNotes = WatchNotes(),
        now: @escaping @Sendable () -> BootTime = { .now() }
    ) throws(HostError) {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let shared = WatchShared(waker: try ThreadWaker(), wakeUps: continuation, notes: limits, progress: Progress(now: now))
        (self.path, self.depth, self.shared, wakeUps) = (path, depth, shared, stream)
        switch kind {
        case .own:
            pumped = nil
            try HostThread.start("watch") { WatchLoop(path: path, depth: depth, shared: shared, hooks: hooks).run() }
        case .pumped:
            pumped = PumpedLoop(WatchLoop(path: path, depth: depth, shared: shared, hooks: hooks))
        }
    }
    deinit { close() }

    /// Takes what the kernel has queued. Of a watcher of the kind `pumped` only.
    /// - Parameter losesEvents: they are read and lost, as when the queue had overflowed.
    public func pump(losesEvents: Bool = false) { pumped?.turn(losesEvents: losesEvents) }

    /// Sets up or completes the watches: after the start, after `rootGone`, after a limit was met, after mounts changed. What gets a new
    /// watch is marked dirty. Returns the state that follows, or the one before it if the watcher is closed or the caller cancelled.
    @discardableResult public func rearm() async -> WatchState { await ask { .rearm($0) } ?? state }

    /// Whether the thread answers. Waits while it is busy, for ever while a source holds it; false if the watcher is closed or the caller
    /// cancelled.
    public func ping() async -> Bool { await ask { .ping($0) } ?? false }

    private func ask<T>(_ command: (Reply<T>) -> WatchShared.Command) async -> T? { await shared.ask(command) { pumped?.turn() } }

    /// When the work under way last showed progress; nil while the thread waits for events.
    public var silentSince: BootTime? { shared.progress.since }

    public var state: WatchState { shared.content.withLock { $0.state } }

    /// The root that is watched; nil while none is. Another one at the path says that the root was replaced or mounted over.
    public var rootIdentity: DirectoryIdentity? { shared.content.withLock { $0.root } }

    /// What happened since the last call.
    public func take() -> WatchBatch { shared.content.withLock { $0.notes.take() } }

    /// Ends the thread, once a call that hangs returns, and the wake-ups. Returns at once.
    public func close() {
        shared.close()
        pumped?.turn()
    }
}

/// The loop without a thread: whoever calls runs one turn of it, one caller at a time.
private final class PumpedLoop: Sendable {
    private let loop: Mutex<WatchLoop?>

    init(_ loop: sending WatchLoop) { self.loop = Mutex(loop) }

    func turn(losesEvents: Bool = false) { loop.withLock { loop in if loop?.turn(losesEvents: losesEvents) == false { loop = nil } } }
}

/// Where tests step in between the kernel and the watcher.
struct WatchHooks: Sendable {
    /// Runs on the thread before the queue is read.
    var beforeRead: @Sendable () -> Void = {}
    /// Replaces the kernel's answer to a new watch.
    var refuseWatch: @Sendable (RelativePath) -> Int32? = { _ in nil }
    /// Names the file systems that count as remote, by their magic number.
    var remoteName: @Sendable (Int64) -> String? = FileSystemKind.remoteName(magic:)
}

/// What the thread and its users share.
final class WatchShared: Sendable {
    enum Command: Sendable {
        case ping(Reply<Bool>)
        case rearm(Reply<WatchState>)
    }
    struct Content: Sendable {
        var notes: WatchNotes
        var state = WatchState.scanning(.notArmed)
        var root: DirectoryIdentity?
        var commands: [Command] = []
        var closed = false
    }
    let content: Mutex<Content>
    let progress: Progress
    let waker: ThreadWaker
    let wakeUps: AsyncStream<Void>.Continuation

    init(waker: ThreadWaker, wakeUps: AsyncStream<Void>.Continuation, notes: WatchNotes, progress: Progress) {
        (self.waker, self.wakeUps, self.progress) = (waker, wakeUps, progress)
        content = Mutex(Content(notes: notes))
    }

    /// Asks the thread; nil if it is closed or the caller is cancelled.
    /// - Parameter asked: runs when the question is there.
    func ask<T>(_ command: (Reply<T>) -> Command, asked: () -> Void) async -> T? {
        let reply = Reply<T>()
        let command = command(reply)
        return try? await reply.wait { [self] in
            let closed = content.withLock { content in
                if !content.closed { content.commands.append(command) }
                return content.closed
            }
            if closed { return reply.settle(.failure(CancellationError())) }
            waker.wake()
            asked()
        }
    }

    func close() {
        content.withLock { $0.closed = true }
        waker.wake()
    }
}
