import ContentLibraryAPI
import Digests
import Testing

@testable import ContentLibraryServer

@Suite struct UploadTests {
    /// More than two write buffers, and no multiple of anything.
    static let large: [UInt8] = {
        var generator = SplitMix64(seed: 7)
        return generator.bytes(1_300_007)
    }()

    @Test(arguments: DigestAlgorithm.allCases, [1, 65_536, 700_000, 2_000_000])
    func `bytes arrive as they were, verified by every algorithm, in parts of any size`(_ algorithm: DigestAlgorithm, _ part: Int) async throws {
        try await TestServer.with { server, _ in
            let bytes = part == 1 ? Array(Self.large.prefix(5000)) : Self.large
            let hex = try algorithm.hexDigest(of: bytes)
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            let checksum = Item.File.ChecksumInfo(algorithm: .init(rawValue: algorithm.rawValue), checksum: hex.uppercased())
            let path = try await server.announce("f", in: session, size: Int64(bytes.count), checksum: checksum)
            #expect(await server.put(bytes, to: path, part: part).status == 200)
            try await server.call(UpdateSession.complete(session))
            let info = try await server.call(Item.File.get(item, "f"))
            #expect(info.checksumInfo == .init(algorithm: checksum.algorithm, checksum: hex) && info.size == Int64(bytes.count))
            #expect(try await server.download("f", of: item) == bytes)
        }
    }

    @Test(arguments: Dialect.allCases, DigestAlgorithm.allCases)
    func `other bytes are refused, and may be sent right after`(_ dialect: Dialect, _ algorithm: DigestAlgorithm) async throws {
        try await TestServer.with(dialect) { server, directory in
            let (right, wrong) = (Array("right".utf8), Array("wrong".utf8))
            let session = try await server.makeSession(try await server.makeItem())
            let checksum = Item.File.ChecksumInfo(algorithm: .init(rawValue: algorithm.rawValue), checksum: try algorithm.hexDigest(of: right))
            let path = try await server.announce("f", in: session, checksum: checksum)
            let response = await server.put(wrong, to: path)
            #expect(response.status == 400)
            #expect(try response.text.contains(algorithm.hexDigest(of: wrong)))
            let info = try await server.call(UpdateSession.File.get(session, "f"))
            #expect(info.status == .error && info.errorMessage?.defaultMessage.contains(checksum.checksum) == true && info.size == nil)
            #expect(try await refusal { try await server.call(UpdateSession.complete(session)) }?.messages.first?.args == ["f", "ERROR"])
            #expect(directory.files("data/datastores") == [:])
            #expect(await server.put(right, to: path).status == 200)
            #expect(try await server.call(UpdateSession.File.get(session, "f")).status == .ready)
            try await server.call(UpdateSession.complete(session))
        }
    }

    @Test(
        arguments: [
            // announced size, Content-Length, bytes sent, breaks, status, state
            (nil, 5, 5, false, 200, "READY"), (5, 5, 5, false, 200, "READY"), (5, nil, 5, false, 200, "READY"), (nil, nil, 5, false, 200, "READY"),
            (0, 0, 0, false, 200, "READY"), (nil, nil, 0, false, 200, "READY"),
            (5, 6, 6, false, 400, "ERROR"), (5, 4, 4, false, 400, "ERROR"), (5, nil, 6, false, 400, "ERROR"), (5, nil, 4, false, 400, "ERROR"),
            (0, nil, 1, false, 400, "ERROR"), (5, 0, 0, false, 400, "ERROR"),
            // The connection broke, whether or not that shows: nobody has said anything about these bytes.
            (nil, 5, 3, false, 400, "WAITING_FOR_TRANSFER"), (nil, 5, 3, true, 400, "WAITING_FOR_TRANSFER"), (5, 5, 3, true, 400, "WAITING_FOR_TRANSFER"),
            (5, 5, 3, false, 400, "WAITING_FOR_TRANSFER"), (nil, nil, 3, true, 400, "WAITING_FOR_TRANSFER"), (5, nil, 3, true, 400, "WAITING_FOR_TRANSFER"),
            (5, nil, 5, true, 400, "WAITING_FOR_TRANSFER"),
        ] as [(Int64?, Int64?, Int, Bool, Int, String)])
    func `lengths`(_ announced: Int64?, _ length: Int64?, _ count: Int, _ breaks: Bool, _ status: Int, _ state: String) async throws {
        try await TestServer.with { server, directory in
            let session = try await server.makeSession(try await server.makeItem())
            let path = try await server.announce("f", in: session, size: announced)
            var request = HTTPRequest("PUT", target: path)
            if let length { request.headers.append(("content-length", String(length))) }
            let parts: [[UInt8]?] = (0..<count).map { [UInt8($0)] } + (breaks ? [nil] : [])
            let response = await server.service.receive(request, body: Parts(parts))
            let info = try await server.call(UpdateSession.File.get(session, "f"))
            #expect(response.status == status && info.status.rawValue == state)
            #expect(info.bytesTransferred == (state == "READY" ? Int64(count) : 0))
            #expect((info.errorMessage != nil) == (state == "ERROR"))
            #expect(directory.files("data/datastores").count == (state == "READY" ? 1 : 0))
            #expect(server.service.transfersUnderWay == 0)
            if state != "READY" {
                let size = Int(announced ?? 5)
                #expect(await server.put((0..<size).map { UInt8($0) }, to: path).status == 200, "a transfer that came to nothing can be repeated")
            }
            try await server.call(UpdateSession.complete(session))
        }
    }

    @Test func `methods, unknown URLs and URLs that have served`() async throws {
        try await TestServer.with { server, _ in
            let session = try await server.makeSession(try await server.makeItem())
            let path = try await server.announce("f.iso", in: session)
            for method in ["GET", "DELETE", "PATCH", "OPTIONS"] { #expect(await server.put([1], to: path, method: method).status == 405) }
            let key = path.split(separator: "/")[2]
            let flipped = (key.last == "0" ? "1" : "0")
            for other in [
                "/cls/data/\(key.dropLast())\(flipped)/f.iso", "/cls/data/\(flipped)\(key.dropFirst())/f.iso", "/cls/data/\(key)/g.iso", "/cls/data/\(key)",
                "/cls/data/\(key)/", "/cls/data/\(key)/f.iso/", "/cls/data/\(key)/f%ZZ", "/cls/data//f.iso", "/cls/data/\(key.uppercased())/f.iso",
                "/cls/data/../data/\(key)/f.iso",
            ] where other != path { #expect(await server.put([1], to: other).status == 404, "\(other)") }
            #expect(try await server.get(path).status == 404, "an upload is not read back")
            #expect(await server.put([1], to: path + "?ignored=1", method: "POST").status == 200)
            #expect(await server.put([1], to: path).status == 409, "received is received")
            #expect(try await server.call(UpdateSession.File.get(session, "f.iso")).status == .ready)
        }
    }

    @Test func `progress shows while bytes come`() async throws {
        try await TestServer.with { server, directory in
            let session = try await server.makeSession(try await server.makeItem())
            let path = try await server.announce("f", in: session)
            let body = Parts([Array(repeating: 1, count: 600_000), [1]]) { index in
                guard index == 1 else { return }
                let info = try await server.call(UpdateSession.File.get(session, "f"))
                #expect(info.status == .transferring && info.bytesTransferred == 600_000 && info.size == nil)
                #expect(try await refusal { try await server.call(UpdateSession.complete(session)) }?.kind == .notAllowedInCurrentState)
                #expect(server.service.transfersUnderWay == 1)
            }
            #expect(await server.service.receive(HTTPRequest("PUT", target: path), body: body).status == 200)
            #expect(server.service.transfersUnderWay == 0)
        }
    }

    enum Interruption: String, CaseIterable, Sendable { case cancel, fail, expire, remove, replace, second }

    @Test(arguments: Interruption.allCases, [1, 2])
    func `what happens to a file while its bytes come`(_ interruption: Interruption, _ at: Int) async throws {
        try await TestServer.with(.api, { $0.sessionTimeout = .seconds(60) }) { server, directory in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            let path = try await server.announce("f", in: session)
            let body = Parts([Array(repeating: 1, count: 600_000), [2]]) { index in
                guard index == at else { return }
                switch interruption {
                case .cancel: try await server.call(UpdateSession.cancel(session))
                case .fail: try await server.call(UpdateSession.fail(session, "x"))
                case .expire: server.clock.advance(by: .seconds(61))
                case .remove: try await server.call(UpdateSession.File.remove(session, "f"))
                case .replace: _ = try await server.announce("f", in: session)
                case .second: #expect(await server.put([9], to: path).status == 200)
                }
                let staged = directory.files("data/datastores")
                if interruption != .expire { #expect(staged.values.reduce(0, +) == (interruption == .second ? 1 : 0), "its space is free at once") }
            }
            let response = await server.service.receive(HTTPRequest("PUT", target: path), body: body)
            #expect(response.status == (interruption == .second ? 409 : 404))
            #expect(directory.files("data/datastores").count == (interruption == .second ? 1 : 0))
            #expect(server.service.transfersUnderWay == 0)
            switch interruption {
            case .cancel: #expect(try await server.call(UpdateSession.get(session)).state == .canceled)
            case .fail: #expect(try await server.call(UpdateSession.get(session)).state == .error)
            case .expire: #expect(try await refusal { try await server.call(UpdateSession.get(session)) }?.kind == .notFound)
            case .remove: #expect(try await server.call(UpdateSession.File.list(session)) == [])
            case .replace: #expect(try await server.call(UpdateSession.File.get(session, "f")).status == .waitingForTransfer)
            case .second:
                try await server.call(UpdateSession.complete(session))
                #expect(try await server.download("f", of: item) == [9])
            }
        }
    }

    @Test func `a sweep stops the uploads of expired sessions`() async throws {
        try await TestServer.with(.api, { $0.sessionTimeout = .seconds(60) }) { server, directory in
            let session = try await server.makeSession(try await server.makeItem())
            let path = try await server.announce("f", in: session)
            let body = Parts([Array(repeating: 1, count: 600_000), [2], [3]]) { index in
                guard index == 1 else { return }
                server.clock.advance(by: .seconds(61))
                try await server.service.sweep()
                #expect(directory.files("data/datastores") == [:])
            }
            #expect(await server.service.receive(HTTPRequest("PUT", target: path), body: body).status == 404)
        }
    }

    @Test func `many uploads at once`() async throws {
        try await TestServer.with { server, directory in
            let item = try await server.makeItem()
            let session = try await server.makeSession(item)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<24 {
                    group.addTask {
                        var generator = SplitMix64(seed: UInt64(index))
                        let bytes = generator.bytes(50_000 + index * 30_000)
                        let checksum = Item.File.ChecksumInfo(algorithm: .sha256, checksum: try DigestAlgorithm.sha256.hexDigest(of: bytes))
                        let path = try await server.announce("f\(index)", in: session, size: Int64(bytes.count), checksum: checksum)
                        #expect(await server.put(bytes, to: path, part: 10_000).status == 200)
                    }
                }
                try await group.waitForAll()
            }
            try await server.call(UpdateSession.complete(session))
            #expect(try await server.call(Item.File.list(item)).count == 24)
            #expect(directory.files("data/datastores").count == 24)
        }
    }
}
