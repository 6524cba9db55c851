import Glibc
import Synchronization

/// What systemd listens at for a service of `Type=notify`: keeps every message.
final class NotifySocket: Sendable {
    struct Message: Sendable {
        var at: ContinuousClock.Instant
        /// `NAME=VALUE`, in order.
        var lines: [String]
    }
    let path: String
    private let descriptor: Int32
    private let kept: Mutex<[Message]>

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("create a socket") }
        kept = Mutex([])
        unlink(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw SystemError("listen at \(path)", code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        if bound != 0 { throw SystemError("listen at \(path)") }
        let reader = dup(descriptor)
        SystemThread.start { [weak self] in
            defer { close(reader) }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = recv(reader, &buffer, buffer.count, 0)
                if count <= 0 { return }
                let text = String(decoding: buffer.prefix(count), as: UTF8.self)
                guard let self else { return }
                self.kept.withLock { $0.append(Message(at: .now, lines: text.split(separator: "\n").map(String.init))) }
            }
        }
    }

    deinit {
        // Ends the reader's call.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
        unlink(path)
    }

    var messages: [Message] { kept.withLock { $0 } }
    var lines: [String] { messages.flatMap(\.lines) }
    func count(_ line: String) -> Int { lines.count { $0 == line } }
    /// The value of the last `STATUS=`.
    var status: String? { lines.last { $0.hasPrefix("STATUS=") }.map { String($0.dropFirst("STATUS=".count)) } }
}
