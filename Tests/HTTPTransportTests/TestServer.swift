import COpenSSL
import Digests
import Glibc
import Synchronization

@testable import HTTPTransport

/// A server on a loopback port of its own. A script, one call for each connection, decides every byte that it sends; it understands no HTTP beyond
/// taking a request's head apart, and closes the connection when the script returns.
final class TestServer: Sendable {
    private struct State {
        var accepted = 0
        var open = 0
        var mostOpen = 0
        var isStopped = false
        var sockets: Set<Int32> = []
    }
    let port: Int
    private let listener: Int32
    private let identity: TestIdentity?
    private let state = Mutex(State())

    init(_ identity: TestIdentity? = nil, script: @escaping @Sendable (Connection) throws -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.identity = identity
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 1024) == 0 && getsockname(listener, generic, &length) == 0
            }
        }
        guard code else { throw TestIdentity.Failure() }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard startThread("test-accept", { self.accept(script) }) == 0 else { throw TestIdentity.Failure() }
    }

    var url: String { "\(identity == nil ? "http" : "https")://127.0.0.1:\(port)" }
    var accepted: Int { state.withLock { $0.accepted } }
    var open: Int { state.withLock { $0.open } }
    var mostOpen: Int { state.withLock { $0.mostOpen } }

    /// Ends the accepting thread and every connection.
    func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func accept(_ script: @escaping @Sendable (Connection) throws -> Void) {
        defer { Glibc.close(listener) }
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            let isStopped = state.withLock { state in
                state.accepted += 1
                state.open += 1
                state.mostOpen = max(state.mostOpen, state.open)
                state.sockets.insert(socket)
                return state.isStopped
            }
            if isStopped || startThread("test-serve", { self.serve(socket, script) }) != 0 { close(socket) }
        }
    }

    private func serve(_ socket: Int32, _ script: (Connection) throws -> Void) {
        defer { close(socket) }
        guard let identity else {
            try? script(Connection(socket, nil))
            return
        }
        guard let tls = SSL_new(identity.context) else { return }
        defer { SSL_free(tls) }
        SSL_set_fd(tls, socket)
        guard SSL_accept(tls) == 1 else { return }
        try? script(Connection(socket, tls))
        SSL_shutdown(tls)
    }

    private func close(_ socket: Int32) {
        state.withLock { state in
            state.sockets.remove(socket)
            state.open -= 1
            Glibc.close(socket)
        }
    }
}

/// One connection of a `TestServer`, on a thread of its own.
final class Connection {
    struct Closed: Error {}
    struct Head {
        var method: String
        var target: String
        var headers: Headers
        /// All of it, as it came.
        var text: String
        var length: Int { headers["Content-Length"].flatMap { Int($0) } ?? 0 }
    }
    private let socket: Int32
    private let tls: OpaquePointer?
    private var pending: [UInt8] = []

    init(_ socket: Int32, _ tls: OpaquePointer?) { (self.socket, self.tls) = (socket, tls) }

    /// Nil at the end of the connection.
    func head() throws -> Head? {
        while true {
            if let end = Self.headEnd(pending) {
                let text = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end)
                return Self.parse(text)
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = receive(&chunk)
            if count == 0 { return nil }
            pending += chunk.prefix(count)
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10 }.map { $0 + 4 }
    }

    private static func parse(_ text: String) -> Head {
        let lines = text.split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        var headers = Headers()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.append(String(parts[0]), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
        return Head(method: String(words.first ?? ""), target: words.count > 1 ? String(words[1]) : "", headers: headers, text: text)
    }

    /// Takes exactly `count` bytes, hands them over in pieces.
    func body(_ count: Int, _ take: ([UInt8]) -> Void = { _ in }) throws {
        var left = count
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while left > 0 {
            if !pending.isEmpty {
                let part = Array(pending.prefix(left))
                pending.removeFirst(part.count)
                take(part)
                left -= part.count
                continue
            }
            let got = receive(&chunk, limit: left)
            guard got > 0 else { throw Closed() }
            take(Array(chunk.prefix(got)))
            left -= got
        }
    }

    /// Takes exactly `count` bytes and drops them.
    func discard(_ count: Int) throws {
        var left = count - pending.count
        pending = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while left > 0 {
            let got = receive(&chunk, limit: left)
            guard got > 0 else { throw Closed() }
            left -= got
        }
    }

    /// Takes and drops bytes until the other side closes; how many.
    func drain() -> Int {
        var total = pending.count
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = receive(&chunk)
            if count == 0 { return total }
            total += count
        }
    }

    private func receive(_ chunk: inout [UInt8], limit: Int = .max) -> Int {
        let want = min(chunk.count, limit)
        if let tls { return max(0, Int(SSL_read(tls, &chunk, Int32(want)))) }
        return max(0, recv(socket, &chunk, want, 0))
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count =
                    if let tls { Int(SSL_write(tls, buffer.baseAddress.map { $0 + done }, Int32(buffer.count - done))) } else {
                        Glibc.send(socket, buffer.baseAddress.map { $0 + done }, buffer.count - done, Int32(MSG_NOSIGNAL))
                    }
                guard count > 0 else { throw Closed() }
                done += count
            }
        }
    }

    /// A whole answer with its length.
    func answer(_ status: Int, _ body: String = "", headers: String = "") throws {
        try send("HTTP/1.1 \(status) Some Words\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// Reads nothing until the other side is gone.
    func holdUntilClosed() {
        // POLLRDHUP, which the Glibc module leaves out.
        var wanted = pollfd(fd: socket, events: 0x2000, revents: 0)
        while poll(&wanted, 1, -1) < 0, errno == EINTR {}
    }

    /// Has the close send a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
}

/// Answers every request of a connection in turn.
func everyRequest(_ answer: @escaping @Sendable (Connection, Connection.Head) throws -> Void) -> @Sendable (Connection) throws -> Void {
    { connection in
        while let head = try connection.head() { try answer(connection, head) }
    }
}

/// Waits for a condition that another thread brings about.
func eventually(within seconds: Double = 30, _ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return await condition()
}

/// A file without a name, gone with this object.
final class TestFile: Sendable {
    let descriptor: Int32

    init(_ bytes: [UInt8] = []) {
        descriptor = Self.nameless()
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, off_t(done)) }
            guard count > 0 else { break }
            done += count
        }
    }

    /// Zeros that take no room.
    init(sparse length: Int) {
        descriptor = Self.nameless()
        ftruncate(descriptor, off_t(length))
    }

    deinit { close(descriptor) }

    private static func nameless() -> Int32 {
        var path = Array("/tmp/transport-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        unlink(&path)
        return descriptor
    }

    var bytes: [UInt8] {
        var facts = stat()
        fstat(descriptor, &facts)
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }
}

/// Sebastiano Vigna's generator: small, seeded, good enough to vary a test.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
    return Array(bytes.prefix(count))
}
