import CLinux
import Glibc

/// The daemon's end of the control socket: a Unix stream socket with mode 0600 that serves the daemon's own user and root.
public final class ControlListener: Sendable {
    /// How many connections are served at once; more are closed as they come.
    public static let mostConnections = 32

    public let path: String
    /// New connections. Ends with `close()`. One listener.
    public let connections: AsyncStream<ControlConnection>
    private let waker: ThreadWaker
    private let bound: FileStatus

    /// Listens at `path`. What a daemon left there that was killed is replaced; a socket that somebody listens at is not (`alreadyRunning`).
    /// The caller holds the `StateLock`, so that no second daemon replaces it in the same moment.
    public static func open(_ path: String) throws(ControlError) -> ControlListener {
        let address = try ControlPath(path)
        try removeStale(path, address)
        let socket = try ControlPath.streamSocket(nonBlocking: true)
        // The new inode takes the socket's mode: there is no moment in which others could connect.
        fchmod(socket.number, 0o600)
        let code = address.bind(socket.number)
        if code != 0 { throw code == EADDRINUSE ? .alreadyRunning(path: path) : .failed(HostError("listen at \(path)", code: code)) }
        let failure = listen(socket.number, 16) == 0 ? 0 : errno
        if failure != 0 { throw .failed(HostError("listen at \(path)", code: failure)) }
        switch FileStatus.of(cString(Array(path.utf8)), in: AT_FDCWD) {
        case .failure(let failure): throw .failed(HostError("look at \(path)", code: failure.code))
        case .success(let bound): do { return try ControlListener(path, socket, bound) } catch { throw .failed(error) }
        }
    }

    private init(_ path: String, _ socket: Descriptor, _ bound: FileStatus) throws(HostError) {
        let waker = try ThreadWaker()
        let (stream, continuation) = AsyncStream.makeStream(of: ControlConnection.self)
        (self.path, self.bound, self.waker, connections) = (path, bound, waker, stream)
        try HostThread.start("control") {
            Self.loop(socket, waker, continuation)
            continuation.finish()
        }
    }
    deinit { close() }

    /// Takes no more connections and removes the socket, if it still is ours. Connections that are open stay.
    public func close() {
        waker.wake()
        if case .success(let now) = FileStatus.of(cString(Array(path.utf8)), in: AT_FDCWD), now.inode == bound.inode, now.device == bound.device {
            unlink(path)
        }
    }

    private static func removeStale(_ path: String, _ address: ControlPath) throws(ControlError) {
        switch FileStatus.of(cString(Array(path.utf8)), in: AT_FDCWD) {
        case .failure(let failure) where failure.isAbsence: return
        case .failure(let failure): throw .failed(HostError("look at \(path)", code: failure.code))
        case .success(let status) where status.kind != .special: throw .failed(HostError("listen at \(path)", code: EEXIST))
        case .success: break
        }
        // Without waiting: EAGAIN says that a listener is there, whose queue is full.
        let probe = try ControlPath.streamSocket(nonBlocking: true)
        switch address.connect(probe.number) {
        case ECONNREFUSED: unlink(path)
        case ENOENT: return
        case 0, EAGAIN: throw .alreadyRunning(path: path)
        case let code: throw ControlPath.error(code, path)
        }
    }

    private static func loop(_ socket: Descriptor, _ waker: ThreadWaker, _ out: AsyncStream<ControlConnection>.Continuation) {
        let slots = ConnectionSlot.Count(limit: mostConnections)
        var polled = [
            pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0), pollfd(fd: waker.descriptor.number, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            if poll(&polled, 2, -1) < 0 { continue }
            if polled[1].revents != 0 { return }
            let number = clinux_accept(socket.number)
            if number < 0 {
                // Out of descriptors: the connection stays in the queue, and poll would return at once for ever.
                if number == -EMFILE || number == -ENFILE { usleep(100_000) }
                continue
            }
            let accepted = Descriptor(owning: number)
            guard let slot = slots.take(), let connection = try? ControlConnection(accepted, slot: slot) else { continue }
            if connection.peer.user == geteuid() || connection.peer.user == 0 { out.yield(connection) }
        }
    }
}
