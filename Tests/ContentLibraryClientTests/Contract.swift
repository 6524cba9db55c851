import ContentLibraryAPI
import ContentLibraryClient
import Digests
import Glibc
import HTTPTransport
import Testing

/// What any server of the API must do for any client, whatever carries the requests. The same cases run in process, over HTTP, and as far as they apply
/// against VMware's simulator.
struct ContractCase: Sendable, CustomTestStringConvertible {
    var name: String
    /// VMware's simulator is lax: only what does not need a rule of the API kept runs against it.
    var needsRules = true
    var body: @Sendable (ContractPeer) async throws -> Void
    var testDescription: String { name }
}

/// A client that is connected to a server.
struct ContractPeer: Sendable {
    let client: ContentLibraryClient
    let datastore: String
    /// Whether the server reports checksums, states and progress as the API has it.
    let keepsRules: Bool

    func makeLibrary(_ name: String = "Library") async throws -> Library.ID {
        try await client.call(
            LocalLibrary.create(
                nil, .init(name: name, storageBackings: [.init(type: .datastore, datastoreID: datastore)], type: .local)))
    }

    func makeItem(_ name: String = "item", type: String = "iso") async throws -> Item.ID {
        let library = try await makeLibrary("Library of \(name)")
        return try await client.call(Item.create(nil, .init(libraryID: library, name: name, type: type)))
    }

    func openSession(_ item: Item.ID) async throws -> UpdateSession.ID {
        try await client.call(UpdateSession.create(nil, .init(libraryItemID: item)))
    }

    /// Announces a file and gives its endpoint.
    func announce(_ name: String, _ session: UpdateSession.ID, size: Int64?) async throws -> TransferEndpoint {
        let info = try await client.call(UpdateSession.File.add(session, .init(name: name, source: .push, size: size)))
        guard case .push(let endpoint) = info.transfer else { throw ContractBroken("no endpoint for \(name)") }
        return endpoint
    }

    /// Sends the bytes and has their SHA-1 as the sender counted it.
    @discardableResult
    func push(_ bytes: [UInt8], to endpoint: TransferEndpoint) async throws -> Transferred {
        let file = try MemoryFile(bytes)
        return try await client.upload(FileBody(descriptor: file.descriptor, length: Int64(bytes.count), digests: [.sha1, .sha256]), to: endpoint)
    }

    func publish(_ files: [String: [UInt8]], to item: Item.ID) async throws {
        let session = try await openSession(item)
        for (name, bytes) in files { try await push(bytes, to: announce(name, session, size: Int64(bytes.count))) }
        try await complete(session)
    }

    func complete(_ session: UpdateSession.ID) async throws {
        try await client.call(UpdateSession.complete(session))
        while try await client.call(UpdateSession.get(session)).state == .active { try await Task.sleep(for: .milliseconds(5)) }
        try await client.call(UpdateSession.delete(session))
    }

    func names(_ item: Item.ID) async throws -> [String] { try await client.call(Item.File.list(item)).map(\.name).sorted() }

    func read(_ name: String, of item: Item.ID) async throws -> [UInt8] {
        let session = try await client.call(DownloadSession.create(nil, .init(libraryItemID: item)))
        var info = try await client.call(DownloadSession.File.prepare(session, name, .https))
        while info.status != .prepared {
            try await Task.sleep(for: .milliseconds(5))
            info = try await client.call(DownloadSession.File.get(session, name))
        }
        guard let endpoint = info.downloadEndpoint else { throw ContractBroken("no endpoint for \(name)") }
        let file = try MemoryFile([])
        let received = try await client.download(from: endpoint, to: FileSink(descriptor: file.descriptor, digests: [.sha1]))
        let bytes = file.bytes
        #expect(received.byteCount == Int64(bytes.count))
        #expect(try received.digests[.sha1] == DigestAlgorithm.sha1.hexDigest(of: bytes))
        try await client.call(DownloadSession.delete(session))
        return bytes
    }

    /// What the body is refused with.
    func refusal<Output>(_ call: Call<Output>) async throws -> APIError.Kind? {
        do {
            _ = try await client.call(call)
            return nil
        } catch let error as APIError { return error.kind }
    }
}

struct ContractBroken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A file that is nowhere but in memory.
final class MemoryFile: Sendable {
    let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        descriptor = Self.nameless()
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, off_t(done)) }
            guard count > 0 else { throw ContractBroken("no room in memory") }
            done += count
        }
    }

    /// Zeros that take no room.
    init(zeros length: Int) {
        descriptor = Self.nameless()
        ftruncate(descriptor, off_t(length))
    }

    deinit { close(descriptor) }

    private static func nameless() -> Int32 {
        var path = Array("/dev/shm/contract-XXXXXX".utf8CString)
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

func someBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        withUnsafeBytes(of: state ^ (state >> 32)) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
}
