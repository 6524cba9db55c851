import Glibc
import Synchronization

/// A web server that answers every request with the same page: what stands at the address of a server that was moved.
final class PageServer: Sendable {
    let port: UInt16
    private let isOpen = Flag()
    private final class Flag: Sendable {
        let value = Atomic(true)
    }

    static let page = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"

    init() throws {
        let listener = try LoopbackSocket.listening()
        port = listener.port
        let isOpen = isOpen
        SystemThread.start {
            while isOpen.value.load(ordering: .relaxed) {
                guard let client = listener.accept(within: 100) else { continue }
                SystemThread.start { Self.answer(client) }
            }
        }
    }

    deinit { isOpen.value.store(false, ordering: .relaxed) }

    private static func answer(_ client: LoopbackSocket) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while recv(client.descriptor, &buffer, buffer.count, 0) > 0 {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: \(page.utf8.count)\r\n\r\n"
            if !client.send(Array((head + page).utf8)[...]) { return }
        }
    }
}
