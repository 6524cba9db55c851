import ContentLibraryAPI
import ContentLibraryClient
import Digests
import HTTPTransport
import Testing

extension ContractCase {
    static let all = loginCases + libraryCases + metadataCases + uploadCases + sessionCases + downloadCases

    static let loginCases = [
        ContractCase(name: "the login is kept, ended, and had again", needsRules: false) { peer in
            _ = try await peer.client.call(Library.list())
            try await peer.client.keepAlive()
            try await peer.client.logout()
            _ = try await peer.client.call(Library.list())
            try await peer.client.logout()
        },
        ContractCase(name: "many calls at once", needsRules: false) { peer in
            let library = try await peer.makeLibrary()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        let id = try await peer.client.call(Item.create(nil, .init(libraryID: library, name: "item \(number)", type: "iso")))
                        #expect(try await peer.client.call(Item.get(id)).name == "item \(number)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await peer.client.call(Item.list(library)).count == 32)
        },
        ContractCase(name: "the reply has a date") { peer in
            let answer = try await peer.client.answer(Library.list())
            #expect(answer.date != nil)
        },
    ]

    static let libraryCases = [
        ContractCase(name: "a library from beginning to end", needsRules: false) { peer in
            let id = try await peer.makeLibrary("ISO images #1 %2F ü")
            #expect(try await peer.client.call(Library.get(id)).name == "ISO images #1 %2F ü")
            #expect(try await peer.client.call(Library.list()).contains(id))
            #expect(try await peer.client.call(Library.find(.init(name: "ISO images #1 %2F ü"))) == [id])
            try await peer.client.call(LocalLibrary.delete(id))
            #expect(try await peer.refusal(Library.get(id)) == .notFound)
        },
        ContractCase(name: "an item from beginning to end", needsRules: false) { peer in
            let library = try await peer.makeLibrary()
            let id = try await peer.client.call(Item.create(nil, .init(libraryID: library, description: "d", name: "a b#c", type: "iso")))
            let model = try await peer.client.call(Item.get(id))
            #expect(model.name == "a b#c")
            #expect(model.libraryID == library)
            #expect(try await peer.client.call(Item.list(library)) == [id])
            #expect(try await peer.client.call(Item.find(.init(name: "a b#c", libraryID: library))) == [id])
            #expect(try await peer.names(id) == [])
            try await peer.client.call(Item.delete(id))
            #expect(try await peer.refusal(Item.get(id)) == .notFound)
        },
        ContractCase(name: "an item is renamed and stays the same") { peer in
            let id = try await peer.makeItem("before")
            try await peer.client.call(Item.update(id, .init(name: "after")))
            #expect(try await peer.client.call(Item.get(id)).name == "after")
        },
        ContractCase(name: "a token makes one item of two requests") { peer in
            let library = try await peer.makeLibrary()
            let token = "b8a2a2e3-2314-43cd-a871-6ede0f429751"
            let first = try await peer.client.call(Item.create(token, .init(libraryID: library, name: "n", type: "iso")))
            #expect(try await peer.client.call(Item.create(token, .init(libraryID: library, name: "n", type: "iso"))) == first)
            #expect(try await peer.refusal(Item.create(nil, .init(libraryID: library, name: "N", type: "iso"))) == .alreadyExists)
            #expect(try await peer.refusal(Item.create("no token", .init(libraryID: library, name: "m", type: "iso"))) == .invalidArgument)
        },
    ]

    /// Of operations that the simulator does not have.
    static let metadataCases = [
        ContractCase(name: "a library is renamed, and an old version is refused") { peer in
            let id = try await peer.makeLibrary("before")
            let version = try await peer.client.call(Library.get(id)).version
            try await peer.client.call(Library.update(id, .init(name: "between")))
            try await peer.client.call(LocalLibrary.update(id, .init(description: "d", name: "after")))
            let model = try await peer.client.call(Library.get(id))
            #expect(model.name == "after" && model.description == "d" && model.version != version)
            #expect(try await peer.refusal(LocalLibrary.update(id, .init(name: "x", version: version))) == .concurrentChange)
            #expect(try await peer.refusal(Library.update(id, .init(name: "x", version: version))) == .invalidArgument)
            #expect(try await peer.refusal(LocalLibrary.update(id, .init(name: ""))) == .invalidArgument)
        },
        ContractCase(name: "an item is copied") { peer in
            let item = try await peer.makeItem("source")
            let bytes = someBytes(300_000)
            try await peer.publish(["a.iso": bytes], to: item)
            let library = try await peer.makeLibrary("another")
            let token = "5a1c1f1e-6d2e-4a57-9f1b-0d5f9d1c7a11"
            let copy = try await peer.client.call(Item.copy(token, item, .init(libraryID: library, name: "copy")))
            #expect(try await peer.client.call(Item.copy(token, item, .init(libraryID: library, name: "copy"))) == copy)
            #expect(try await peer.client.call(Item.get(copy)).type == "iso")
            try await peer.client.call(Item.delete(item))
            #expect(try await peer.read("a.iso", of: copy) == bytes)
            #expect(try await peer.refusal(Item.copy(nil, item, .init(libraryID: library, name: "again"))) == .notFound)
        },
        ContractCase(name: "storage shows where files lie, and the types what is known") { peer in
            let item = try await peer.makeItem(type: "other")
            try await peer.publish(["a b": [1], "c": [2, 3]], to: item)
            let infos = try await peer.client.call(Item.Storage.list(item))
            #expect(infos.map(\.name) == ["a b", "c"])
            #expect(infos.allSatisfy { $0.storageBacking.datastoreID == peer.datastore && $0.storageURIs.allSatisfy { $0.hasPrefix("ds:///vmfs/volumes/") } })
            #expect(try await peer.client.call(Item.Storage.get(item, "a b")) == Array(infos.prefix(1)))
            #expect(try await peer.refusal(Item.Storage.get(item, "d")) == .notFound)
            #expect(try await peer.client.call(ItemType.list()).contains { $0.type == "iso" })
        },
        ContractCase(name: "a publisher that does not answer, and the operations of each kind of library") { peer in
            let nowhere = SubscriptionInfo(
                authenticationMethod: AuthenticationMethod.none, automaticSyncEnabled: false, onDemand: false, subscriptionURL: "http://127.0.0.1:1/lib.json")
            let backing = StorageBacking(type: .datastore, datastoreID: peer.datastore)
            func spec(_ info: SubscriptionInfo?) -> Library.Model { .init(name: "S", storageBackings: [backing], subscriptionInfo: info) }
            #expect(try await peer.refusal(SubscribedLibrary.create(nil, spec(nowhere))) == .resourceInaccessible)
            #expect(try await peer.refusal(SubscribedLibrary.create(nil, spec(nil))) == .invalidArgument)
            #expect(try await peer.client.call(SubscribedLibrary.probe(nowhere)).status == .unknownError)
            #expect(try await peer.client.call(SubscribedLibrary.list()) == [])
            let item = try await peer.makeItem()
            let library = try #require(try await peer.client.call(Item.get(item)).libraryID)
            #expect(try await peer.refusal(SubscribedLibrary.get(library)) == .invalidElementType)
            #expect(try await peer.refusal(SubscribedLibrary.update(library, .init(name: "x"))) == .invalidElementType)
            #expect(try await peer.refusal(SubscribedLibrary.sync(library)) == .invalidElementType)
            #expect(try await peer.refusal(SubscribedLibrary.evict(library)) == .invalidElementType)
            #expect(try await peer.refusal(SubscribedLibrary.delete(library)) == .invalidElementType)
            #expect(try await peer.refusal(SubscribedItem.sync(item, false, nil)) == .invalidElementType)
            #expect(try await peer.refusal(SubscribedItem.evict("nope")) == .notFound)
        },
        ContractCase(name: "an address is probed before anything is pulled from it") { peer in
            let nowhere = try await peer.client.call(UpdateSession.File.probe(.init(uri: "http://127.0.0.1:1/f")))
            #expect(nowhere.status == .unknownError && nowhere.errorMessages.count == 1 && nowhere.sslThumbprint == nil)
            #expect(try await peer.client.call(UpdateSession.File.probe(.init(uri: "nothing"))).status == .invalidURL)
            #expect(try await peer.refusal(UpdateSession.File.probe(.init(uri: "https://h/f", sslCertificateThumbprint: "AA"))) == .invalidArgument)
        },
        ContractCase(name: "a session is told which warnings to ignore") { peer in
            let session = try await peer.openSession(try await peer.makeItem())
            let behavior = [UpdateSession.WarningBehavior(type: .selfSignedCertificate, ignored: true)]
            try await peer.client.call(UpdateSession.update(session, .init(warningBehavior: behavior)))
            #expect(try await peer.client.call(UpdateSession.get(session)).warningBehavior == behavior)
            #expect(try await peer.refusal(UpdateSession.update(session, .init(clientProgress: 50))) == .invalidArgument)
            try await peer.client.call(UpdateSession.cancel(session))
            #expect(try await peer.refusal(UpdateSession.update(session, .init(warningBehavior: behavior))) == .notAllowedInCurrentState)
        },
    ]

    static let uploadCases = [
        ContractCase(name: "a file is published", needsRules: false) { peer in
            let item = try await peer.makeItem()
            let bytes = someBytes(3_000_001)
            let session = try await peer.openSession(item)
            let endpoint = try await peer.announce("a.iso", session, size: Int64(bytes.count))
            let sent = try await peer.push(bytes, to: endpoint)
            #expect(sent.byteCount == Int64(bytes.count))
            #expect(try sent.digests[.sha1] == DigestAlgorithm.sha1.hexDigest(of: bytes))
            if peer.keepsRules {
                let file = try await peer.client.call(UpdateSession.File.get(session, "a.iso"))
                #expect(file.status == .ready)
                #expect(file.bytesTransferred == Int64(bytes.count))
                #expect(file.checksumInfo?.checksum.lowercased() == sent.digests[.sha1])
                #expect(try await peer.names(item) == [], "nothing shows before the end")
                #expect(try await peer.client.call(UpdateSession.File.validate(session)).hasErrors == false)
            }
            try await peer.complete(session)
            #expect(try await peer.names(item) == ["a.iso"])
            let info = try #require(try await peer.client.call(Item.File.list(item)).first)
            #expect(info.size == Int64(bytes.count))
            if peer.keepsRules { #expect(info.checksumInfo?.checksum.lowercased() == sent.digests[.sha1]) }
        },
        ContractCase(name: "an empty file, and names that need encoding") { peer in
            let item = try await peer.makeItem(type: "other")
            let files = ["empty": [], "a b#c%20?.iso": someBytes(5), "ü+&=;:@.bin": someBytes(70_000), "%": [1]]
            try await peer.publish(files, to: item)
            #expect(try await peer.names(item) == files.keys.sorted())
            for (name, bytes) in files { #expect(try await peer.read(name, of: item) == bytes) }
        },
        ContractCase(name: "a file is replaced, another removed, in one session") { peer in
            let item = try await peer.makeItem(type: "other")
            try await peer.publish(["kept": [1], "changed": [2], "gone": [3]], to: item)
            let before = try await peer.client.call(Item.get(item)).contentVersion
            let session = try await peer.openSession(item)
            try await peer.push([4, 5], to: peer.announce("changed", session, size: 2))
            try await peer.client.call(UpdateSession.File.remove(session, "gone"))
            #expect(try await peer.names(item) == ["changed", "gone", "kept"])
            try await peer.complete(session)
            #expect(try await peer.names(item) == ["changed", "kept"])
            #expect(try await peer.read("changed", of: item) == [4, 5])
            #expect(try await peer.client.call(Item.get(item)).contentVersion != before)
        },
        ContractCase(name: "files of one session go up at once") { peer in
            let item = try await peer.makeItem(type: "other")
            let session = try await peer.openSession(item)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let bytes = someBytes(200_000 + number, seed: UInt64(number))
                        try await peer.push(bytes, to: peer.announce("file \(number)", session, size: Int64(bytes.count)))
                    }
                }
                try await group.waitForAll()
            }
            try await peer.complete(session)
            #expect(try await peer.names(item).count == 12)
            #expect(try await peer.read("file 7", of: item) == someBytes(200_007, seed: 7))
        },
        ContractCase(name: "a file that ends early is announced anew") { peer in
            let item = try await peer.makeItem()
            let session = try await peer.openSession(item)
            let bytes = someBytes(1_000_000)
            let file = try MemoryFile(bytes)
            let endpoint = try await peer.announce("a.iso", session, size: 1_000_001)
            let error = await #expect(throws: TransportError.self) {
                try await peer.client.upload(FileBody(descriptor: file.descriptor, length: 1_000_001, digests: [.sha1]), to: endpoint)
            }
            #expect(error?.reason == .source(.short(at: 1_000_000, expected: 1_000_001)))
            #expect(try await peer.refusal(UpdateSession.complete(session)) == .notAllowedInCurrentState)
            try await peer.push(bytes, to: peer.announce("a.iso", session, size: 1_000_000))
            try await peer.complete(session)
            #expect(try await peer.read("a.iso", of: item) == bytes)
        },
        ContractCase(name: "an upload of another size than announced is refused") { peer in
            let item = try await peer.makeItem()
            let session = try await peer.openSession(item)
            let endpoint = try await peer.announce("a.iso", session, size: 10)
            let error = await #expect(throws: TransferRefusal.self) { try await peer.push(someBytes(9), to: endpoint) }
            #expect(error.map { 400..<500 ~= $0.status } == true)
            #expect(error.map { ContentLibraryClient.isTransient($0) } == false)
            #expect(try await peer.refusal(UpdateSession.complete(session)) == .notAllowedInCurrentState)
        },
        ContractCase(name: "a refusal in the middle of a long upload arrives as one") { peer in
            let session = try await peer.openSession(peer.makeItem())
            let endpoint = try await peer.announce("a.iso", session, size: 10)
            let file = MemoryFile(zeros: 64 << 20)
            let error = await #expect(throws: TransferRefusal.self) {
                try await peer.client.upload(FileBody(descriptor: file.descriptor, length: 64 << 20, digests: [.sha1]), to: endpoint)
            }
            #expect(error.map { 400..<500 ~= $0.status } == true)
        },
        ContractCase(name: "a cancelled upload leaves nothing behind") { peer in
            let item = try await peer.makeItem()
            let session = try await peer.openSession(item)
            let length = Int64(64 << 20)
            let file = MemoryFile(zeros: Int(length))
            let endpoint = try await peer.announce("a.iso", session, size: length)
            let progress = TransferProgress(total: length)
            let task = Task {
                try await peer.client.upload(FileBody(descriptor: file.descriptor, length: length, digests: [.sha512, .md5], progress: progress), to: endpoint)
            }
            while progress.moved == 0 { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await peer.client.call(UpdateSession.cancel(session))
            try await peer.client.call(UpdateSession.delete(session))
            #expect(try await peer.names(item) == [])
        },
    ]

    static let sessionCases = [
        ContractCase(name: "one active session for an item") { peer in
            let item = try await peer.makeItem()
            let session = try await peer.openSession(item)
            #expect(try await peer.refusal(UpdateSession.create(nil, .init(libraryItemID: item))) == .resourceBusy)
            #expect(try await peer.refusal(UpdateSession.delete(session)) == .notAllowedInCurrentState)
            try await peer.client.call(UpdateSession.cancel(session))
            try await peer.client.call(UpdateSession.delete(session))
            try await peer.complete(peer.openSession(item))
        },
        ContractCase(name: "keep-alive moves the end of the lease", needsRules: false) { peer in
            let session = try await peer.openSession(peer.makeItem())
            let before = try #require(try await peer.client.call(UpdateSession.get(session)).expirationTime)
            try await peer.client.call(UpdateSession.keepAlive(session, 40))
            let model = try await peer.client.call(UpdateSession.get(session))
            #expect(try #require(model.expirationTime) >= before)
            if peer.keepsRules { #expect(model.clientProgress == 40) }
        },
        ContractCase(name: "the endpoint dies with its session") { peer in
            let session = try await peer.openSession(peer.makeItem())
            let endpoint = try await peer.announce("a.iso", session, size: 3)
            try await peer.client.call(UpdateSession.fail(session, "no longer wanted"))
            let model = try await peer.client.call(UpdateSession.get(session))
            #expect(model.state == .error)
            #expect(model.errorMessage.map { "\($0)".contains("no longer wanted") } == true)
            let error = await #expect(throws: TransferRefusal.self) { try await peer.push([1, 2, 3], to: endpoint) }
            #expect(error?.status == 404 || error?.status == 403)
            try await peer.client.call(UpdateSession.delete(session))
            #expect(try await peer.refusal(UpdateSession.get(session)) == .notFound)
        },
        ContractCase(name: "what is not there is not found", needsRules: false) { peer in
            _ = try await peer.makeLibrary()
            #expect(try await peer.refusal(Item.get("00000000-0000-0000-0000-000000000000")) == .notFound)
            #expect(try await peer.refusal(UpdateSession.get("00000000-0000-0000-0000-000000000000")) == .notFound)
        },
    ]

    static let downloadCases = [
        ContractCase(name: "a file comes back as it went", needsRules: false) { peer in
            let item = try await peer.makeItem()
            let bytes = someBytes(2_000_003, seed: 9)
            try await peer.publish(["a.iso": bytes], to: item)
            #expect(try await peer.read("a.iso", of: item) == bytes)
        },
        ContractCase(name: "a download into memory keeps its limit") { peer in
            let item = try await peer.makeItem()
            try await peer.publish(["a.iso": someBytes(1000)], to: item)
            let session = try await peer.client.call(DownloadSession.create(nil, .init(libraryItemID: item)))
            let info = try await peer.client.call(DownloadSession.File.prepare(session, "a.iso", .https))
            let endpoint = try #require(info.downloadEndpoint)
            #expect(try await peer.client.download(from: endpoint, limit: 1000) == someBytes(1000))
            let error = await #expect(throws: TransportError.self) { try await peer.client.download(from: endpoint, limit: 999) }
            #expect(error?.reason == .tooLarge(limit: 999))
            try await peer.client.call(DownloadSession.delete(session))
        },
    ]
}
