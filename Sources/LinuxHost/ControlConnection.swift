import CLinux
import Glibc
import Synchronization

/// One connection over the control socket, of either side: lines of bytes in both directions, each a JSON text.
///
/// Reading and writing have a thread each, so that neither waits for the other nor holds the cooperative pool. One reader and one writer at
/// a time; any task.
public final class ControlConnection: Sendable {
    /// In bytes, without the line's end.
    public static let longestLine = 1 << 20

    public struct Peer: Hashable, Sendable {
        public var process: Int32
        public var user: UInt32
        public var group: UInt32
    }
    /// Who opened the other end (SO_PEERCRED).
    public let peer: Peer

    private let socket: Descriptor
    private let reader: DiskThread
    private let writer: DiskThread
    private let lines = Mutex(LineBuffer(limit: longestLine))
    private let slot: ConnectionSlot?

    init(_ socket: Descriptor, slot: ConnectionSlot? = nil) throws(HostError) {
        var (process, user, group): (pid_t, uid_t, gid_t) = (0, 0, 0)
        let result = clinux_peer(socket.number, &process, &user, &group)
        if result < 0 { throw HostError("identify the other side of a connection", code: -result) }
        peer = Peer(process: process, user: user, group: group)
        (reader, writer) = (try DiskThread(name: "control-read"), try DiskThread(name: "control-write"))
        (self.socket, self.slot) = (socket, slot)
    }
    deinit { close() }

    /// Connects to a listener.
    public static func connect(_ path: String) async throws -> ControlConnection {
        let address = try ControlPath(path)
        let thread = try DiskThread(name: "control-connect")
        return try await thread.run {
            let socket = try ControlPath.streamSocket(nonBlocking: false)
            let code = address.connect(socket.number)
            if code != 0 { throw ControlPath.error(code, path) }
            return try ControlConnection(socket)
        }
    }

    /// The next line, without its end; nil once the other side has closed. A cancelled call ends the reading side for good.
    public func readLine() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await reader.run { [self] in try nextLine() }
        } onCancel: {
            shutdown(socket.number, Int32(SHUT_RD))
        }
    }

    private func nextLine() throws -> [UInt8]? {
        while true {
            if let line = try lines.withLock({ try $0.next() }) { return line }
            let more = try receive()
            if more.isEmpty {
                if lines.withLock({ $0.isEmpty }) { return nil }
                throw ControlError.cutOff
            }
            lines.withLock { $0.append(more) }
        }
    }

    /// Waits for bytes; none at the end of the stream.
    private func receive() throws(ControlError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(socket.number, &buffer, buffer.count, 0)
            let code = errno
            if count >= 0 { return Array(buffer.prefix(count)) }
            if code == ECONNRESET { return [] }
            if code != EINTR { throw .failed(HostError("read from the control socket", code: code)) }
        }
    }

    /// Sends a line and its end; returns when the kernel has all of it. A cancelled call ends the connection, since half a line may be out.
    public func write(_ line: [UInt8]) async throws {
        guard line.count <= Self.longestLine, !line.contains(UInt8(ascii: "\n")) else { throw ControlError.badLine }
        try await withTaskCancellationHandler {
            try await writer.run { [self] in try transmit(line + [UInt8(ascii: "\n")]) }
        } onCancel: {
            shutdown(socket.number, Int32(SHUT_RDWR))
        }
    }

    private func transmit(_ bytes: [UInt8]) throws(ControlError) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            let code = errno
            if count >= 0 { done += count; continue }
            if code == EPIPE || code == ECONNRESET { throw .disconnected }
            if code != EINTR { throw .failed(HostError("write to the control socket", code: code)) }
        }
    }

    /// Ends the connection in both directions; calls under way end too.
    public func close() {
        shutdown(socket.number, Int32(SHUT_RDWR))
        reader.close()
        writer.close()
    }
}

/// One of the connections that a listener serves at once; given back with the connection.
final class ConnectionSlot: Sendable {
    final class Count: Sendable {
        private let taken = Atomic(0)
        let limit: Int

        init(limit: Int) { self.limit = limit }
        func take() -> ConnectionSlot? {
            if taken.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return ConnectionSlot(self) }
            giveBack()
            return nil
        }
        fileprivate func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
    }
    private let count: Count

    private init(_ count: Count) { self.count = count }
    deinit { count.giveBack() }
}
