import Foundation
import Glibc

/// A plain TCP connection that says exactly what a test wants it to say. Blocks, on a thread of its own.
enum RawConnection {
    enum Step: Sendable {
        case send(String)
        /// Reads until the text came, or the connection ends.
        case await(String)
        /// No more is sent; what comes is still read.
        case halfClose
    }

    /// Runs the steps, closes, and returns everything that was read.
    static func talk(_ port: Int, _ steps: [Step]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try blocking(port, steps) }) }
        }
    }

    private static func blocking(_ port: Int, _ steps: [Step]) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Unexpected("socket: \(errno)") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw Unexpected("connect: \(errno)") }
        var read = ""
        for step in steps {
            switch step {
            case .send(let text):
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                    guard count > 0 else { return read }
                    rest = rest.dropFirst(count)
                }
            case .await(let text):
                var buffer = [UInt8](repeating: 0, count: 65536)
                while !read.contains(text) {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { return read }
                    read += String(decoding: buffer[..<count], as: UTF8.self)
                }
            case .halfClose: shutdown(descriptor, Int32(SHUT_WR))
            }
        }
        return read
    }
}
