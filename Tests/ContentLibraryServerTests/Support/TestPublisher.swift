import Glibc
import Synchronization

/// A web server on loopback that answers each path as it is told to: a publisher, good or bad.
final class TestPublisher: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// What it says that its body's length is.
        var length: Int?
    }

    struct Asked: Sendable {
        let path: String
        let authorization: String?
    }

    let port: UInt16
    private let listener: Int32
    private struct State {
        var answers: [String: [Answer]] = [:]
        var asked: [Asked] = []
        var isOpen = true
    }
    private let state = Mutex(State())

    init() throws {
        (listener, port) = try Self.listening()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<TestPublisher>.fromOpaque(context).takeRetainedValue().serve()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    private static func listening() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard isBound else { throw Unexpected("no socket: \(errno)") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var asked: [Asked] { state.withLock(\.asked) }
    var paths: [String] { asked.map(\.path) }

    func close() {
        state.withLock { $0.isOpen = false }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    func forgetAsked() { state.withLock { $0.asked = [] } }

    /// From now on; with several, one after the other, and the last one for good.
    func answer(_ path: String, _ answers: Answer...) { state.withLock { $0.answers[path] = answers } }
    func answer(_ path: String, _ text: String) { answer(path, Answer(body: Array(text.utf8))) }
    func answer(_ path: String, _ bytes: [UInt8]) { answer(path, Answer(body: bytes)) }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0, state.withLock(\.isOpen) else { break }
            respond(connection)
            Glibc.close(connection)
        }
        Glibc.close(listener)
    }

    private func respond(_ connection: Int32) {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            head += buffer[..<count]
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let path = String(lines.first?.split(separator: " ").dropFirst().first ?? "")
        let authorization = lines.first { $0.lowercased().hasPrefix("authorization: ") }.map { String($0.dropFirst("authorization: ".count)) }
        let answer = state.withLock { state -> Answer in
            state.asked.append(Asked(path: path, authorization: authorization))
            guard var list = state.answers[path], let first = list.first else { return Answer(status: 404) }
            if list.count > 1 { list.removeFirst() }
            state.answers[path] = list
            return first
        }
        var text = "HTTP/1.1 \(answer.status) X\r\nContent-Length: \(answer.length ?? answer.body.count)\r\nConnection: close\r\n"
        for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
        var rest = (Array((text + "\r\n").utf8) + answer.body)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension TestPublisher {
    /// Publishes as VMware's script does: `lib.json` and `items.json`, numbers as text, addresses relative to the library.
    func publish(version: Int, _ items: [(id: String, name: String, type: String, files: [(name: String, bytes: [UInt8])])]) {
        let list = items.map { item in
            let files = item.files.map { file in
                answer("/lib/\(item.id)/\(file.name.replacing(" ", with: "%20"))", file.bytes)
                return
                    #"{"name":"\#(file.name)","size":"\#(file.bytes.count)","etag":"\#(version)","generationNum":"\#(version)","hrefs":["\#(item.id)/\#(file.name)"]}"#
            }
            return ##"""
                {"id":"urn:uuid:\##(item.id)","name":"\##(item.name)","description":"d","version":"\##(version)","created":"2026-01-01T00:00Z",
                "type":"vcsp.\##(item.type)","files":[\##(files.joined(separator: ","))],"selfHref":"\##(item.id)/item.json",
                "metadata":[{"key":"type-metadata","value":"{'id': 'not JSON'}"}]}
                """##
        }
        answer("/lib/items.json", #"{"items":[\#(list.joined(separator: ","))]}"#)
        answer(
            "/lib/lib.json",
            ##"{"vcspVersion":"2","version":"\##(version)","contentVersion":"1","name":"P","id":"urn:uuid:l","created":"2026-01-01T00:00Z","itemsHref":"items.json"}"##
        )
    }

    var library: String { "\(url)/lib/lib.json" }
}
