import Digests
import Glibc
import HTTPTransport
import Testing

/// Each in a process of its own, where nothing else takes memory.
@Suite struct MemoryTests {
    @Test func anUploadTakesNoMoreForALongFile() async {
        await #expect(processExitsWith: .success) {
            let server = try TestServer(
                script: everyRequest { connection, head in
                    try connection.discard(head.length)
                    try connection.answer(200)
                })
            try await growsLittle(server) { loop, length in
                let file = TestFile(sparse: length)
                let body = FileBody(descriptor: file.descriptor, length: Int64(length), digests: [.sha1, .sha256])
                return try await loop.send(Request(method: "PUT", url: server.url + "/", body: .file(body), timeouts: .transfer)).sent
            }
        }
    }

    @Test func aDownloadTakesNoMoreForALongFile() async {
        await #expect(processExitsWith: .success) {
            let server = try TestServer(
                script: everyRequest { connection, head in
                    guard let length = Int(head.target.dropFirst()) else { return }
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
                    let piece = [UInt8](repeating: 0, count: 1 << 20)
                    for _ in 0..<(length / piece.count) { try connection.send(piece) }
                })
            try await growsLittle(server) { loop, length in
                let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
                defer { close(null) }
                return try await loop.send(
                    Request(method: "GET", url: "\(server.url)/\(length)", sink: .file(FileSink(descriptor: null, digests: [.sha1])))
                ).received
            }
        }
    }
}

struct GrownTooMuch: Error { let kibibytes: Int }

/// After a short transfer that has everything set up, a long one may take little more.
private func growsLittle(_ server: TestServer, _ transfer: (HTTPLoop, Int) async throws -> Transferred?) async throws {
    let loop = try HTTPLoop()
    _ = try await transfer(loop, 1 << 20)
    let before = try #require(residentMemory("VmHWM"))
    let length = 256 << 20
    let done = try await transfer(loop, length)
    guard done?.byteCount == Int64(length) else { throw GrownTooMuch(kibibytes: -1) }
    let grown = try #require(residentMemory("VmHWM")) - before
    guard grown < 16 << 10 else { throw GrownTooMuch(kibibytes: grown) }
    await loop.close()
    server.stop()
}

/// In KiB.
private func residentMemory(_ name: String) -> Int? {
    guard let file = fopen("/proc/self/status", "re") else { return nil }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 8192)
    let count = fread(&text, 1, text.count, file)
    let line = String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line.flatMap { Int($0.drop { !$0.isNumber }.prefix { $0.isNumber }) }
}
