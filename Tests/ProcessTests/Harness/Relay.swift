import Glibc
import Synchronization

/// A port that passes everything on to another port of this machine, and counts what clients send.
final class Relay: Sendable {
    let port: UInt16
    /// What becomes of a call that is lost.
    enum Loss: CaseIterable { case request, answer }

    private struct State {
        var isOpen = true
        var loss: (Loss, matches: @Sendable (String) -> Bool, times: Int)?
        var lost = 0

        /// Whether a request with this first line is to be lost.
        mutating func lose(_ line: String) -> Loss? {
            guard let (loss, matches, times) = self.loss, times > 0, matches(line) else { return nil }
            self.loss = (loss, matches, times - 1)
            lost += 1
            return loss
        }

        var connections = 0
        var sent = 0
        var beginning: [UInt8] = []

        mutating func note(_ bytes: ArraySlice<UInt8>) {
            sent += bytes.count
            beginning += bytes.prefix(max(0, Relay.kept - beginning.count))
        }
    }
    /// How much of what clients send is kept, to be looked into.
    private static let kept = 8 << 20
    private let state: Shared
    /// What the threads hold on to.
    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    /// - Parameter bytesPerSecond: how much each connection may send.
    init(to target: UInt16, bytesPerSecond: Int = .max) throws {
        let listener = try LoopbackSocket.listening()
        port = listener.port
        let shared = Shared()
        state = shared
        SystemThread.start {
            while shared.state.withLock({ $0.isOpen }) {
                guard let client = listener.accept(within: 100), let server = try? LoopbackSocket.connected(to: target) else { continue }
                shared.state.withLock { $0.connections += 1 }
                SystemThread.start { Self.pump(client, server, bytesPerSecond, shared) }
            }
        }
    }

    deinit { state.state.withLock { $0.isOpen = false } }

    /// How many bytes clients have sent so far.
    var sent: Int { state.state.withLock { $0.sent } }
    var connections: Int { state.state.withLock { $0.connections } }
    /// How often the text is in the first 8 MiB of what clients have sent.
    func count(_ text: String) -> Int {
        let beginning = state.state.withLock { $0.beginning }
        return String(decoding: beginning, as: UTF8.self).split(separator: text, omittingEmptySubsequences: false).count - 1
    }

    /// From now on, loses the next calls whose first line matches: before they reach the server, or their answers.
    func lose(_ loss: Loss, times: Int = 1, where matches: @escaping @Sendable (String) -> Bool) { state.state.withLock { $0.loss = (loss, matches, times) } }
    /// How many calls were lost.
    var lost: Int { state.state.withLock { $0.lost } }

    private static func pump(_ client: LoopbackSocket, _ server: LoopbackSocket, _ bytesPerSecond: Int, _ shared: Shared) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var isAnswerLost = false
        while true {
            var polled = [client, server].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, 2, -1) > 0 else { continue }
            for (index, (from, to)) in [(client, server), (server, client)].enumerated() where polled[index].revents != 0 {
                let count = recv(from.descriptor, &buffer, buffer.count, 0)
                if count <= 0 || (index == 1 && isAnswerLost) { return }
                if index == 0 {
                    let line = String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
                    switch shared.state.withLock({ $0.lose(line) }) {
                    case .request?: return
                    case .answer?: isAnswerLost = true
                    case nil: break
                    }
                    shared.state.withLock { $0.note(buffer[..<count]) }
                }
                guard to.send(buffer[..<count]) else { return }
                // Small messages, such as the renewal of a lease, pass at once.
                if index == 0, count > 4096 { usleep(UInt32(count * 1_000_000 / bytesPerSecond)) }
            }
        }
    }
}
