import ContentLibraryAPI
import Digests

@testable import ContentLibraryServer

/// What happens in a history.
extension ModelRun {
    mutating func step() async throws {
        model.now = clock.now
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<1: try await createLibrary()
        case 1..<5: try await createItem()
        case 5..<7: try await updateItem()
        case 7: try await (Int.random(in: 0..<3, using: &random) > 0 ? deleteItem() : deleteLibrary())
        case 8..<18: try await lookAtLibrariesAndItems()
        case 18..<26: try await createUpdate()
        case 26..<40: try await add()
        case 40..<56: try await put()
        case 56..<60: try await remove()
        case 60..<68: try await endUpdate()
        case 68..<70: try await keepUpdateAlive()
        case 70..<80: try await lookAtUpdates()
        case 80..<84: try await createDownload()
        case 84..<90: try await changeDownload()
        case 90..<93: try await get()
        case 93..<97: try await lookAtDownloads()
        default: try await passTime()
        }
    }

    mutating func passTime() async throws {
        let short: [Duration] = [.milliseconds(1), .milliseconds(20), .seconds(1), .seconds(5), .seconds(20)]
        let lengths = short + short + [.seconds(100), .seconds(300), .milliseconds(300_001)]
        let length = pick(lengths, or: .seconds(1), chanceOfOther: 0)
        clock.advance(by: length)
        model.now = clock.now
        log.append("\(length) pass")
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<12: try await servers[.admin]?.service.sweep()
        case 12:
            try await servers[.admin]?.service.close()
            log.append("restart")
            try await start()
        default: break
        }
    }

    mutating func createLibrary() async throws {
        let (user, token, name) = (pickUser(), pickToken(), pick(Self.names, or: "a library", chanceOfOther: 50))
        let description = Bool.random(using: &random) ? "d" : nil
        // A pool of few libraries meets more of the rules.
        guard model.libraries.count < 4 || Int.random(in: 0..<5, using: &random) == 0 else { return }
        let backing = StorageBacking(type: .datastore, datastoreID: "datastore-1")
        let actual = try await write(user) { server in
            try await server.call(LocalLibrary.create(token, .init(description: description, name: name, storageBackings: [backing]))).rawValue
        }
        let expected = predict { try $0.createLibrary(user, token, name: name, description: description, offered: actual.id) }
        try hold("\(user) creates the library \"\(name)\", token \(token ?? "-")", actual, expected, into: \.libraries)
    }

    mutating func deleteLibrary() async throws {
        guard model.libraries.count > 3 else { return }
        let (user, library) = (pickUser(), pickLibrary())
        let actual = try await write(user) { try await $0.call(LocalLibrary.delete(.init(rawValue: library))).done("gone") }
        let expected = predict { try $0.deleteLibrary(user, library) }
        try hold("\(user) deletes the library \(library)", actual, expected)
    }

    mutating func createItem() async throws {
        let (user, token, library, name) = (pickUser(), pickToken(), pickLibrary(), pick(Self.names, or: "an item", chanceOfOther: 10))
        guard model.items.count < 6 || Int.random(in: 0..<5, using: &random) == 0 else { return }
        let type = pick(["iso", "generic"], or: "", chanceOfOther: 30)
        let given = type.isEmpty ? nil : type
        let actual = try await write(user) { server in
            try await server.call(Item.create(token, .init(libraryID: .init(rawValue: library), name: name, type: given))).rawValue
        }
        let expected = predict { try $0.createItem(user, token, library: library, name: name, type: given, offered: actual.id) }
        try hold("\(user) creates the item \"\(name)\" in \(library), token \(token ?? "-")", actual, expected, into: \.items)
    }

    mutating func updateItem() async throws {
        let (user, item) = (pickUser(), pickItem())
        let name = Bool.random(using: &random) ? pick(Self.names, or: "renamed", chanceOfOther: 10) : nil
        let description = Bool.random(using: &random) ? "d\(Int.random(in: 0..<9, using: &random))" : nil
        let version = Bool.random(using: &random) ? (model.items[item]?.version ?? 1) + (Int.random(in: 0..<4, using: &random) == 0 ? -1 : 0) : nil
        let spec = Item.Model(description: description, name: name, version: version.map(String.init))
        let actual = try await write(user) { try await $0.call(Item.update(.init(rawValue: item), spec)).done("updated") }
        let expected = predict { try $0.updateItem(user, item, name: name, description: description, version: version) }
        try hold("\(user) updates \(item): \(name ?? "-"), \(description ?? "-"), \(version ?? 0)", actual, expected)
    }

    mutating func deleteItem() async throws {
        let (user, item) = (pickUser(), pickItem())
        let actual = try await write(user) { try await $0.call(Item.delete(.init(rawValue: item))).done("gone") }
        let expected = predict { try $0.deleteItem(user, item) }
        try hold("\(user) deletes \(item)", actual, expected)
    }

    mutating func createUpdate() async throws {
        let (user, token, item) = (pickUser(), pickToken(), pickItem())
        let actual = try await write(user) { try await $0.call(UpdateSession.create(token, .init(libraryItemID: .init(rawValue: item)))).rawValue }
        let expected = predict { try $0.createUpdate(user, token, item: item, offered: actual.id) }
        try hold("\(user) opens \(item), token \(token ?? "-")", actual, expected, into: \.updates)
    }

    mutating func add() async throws {
        let (user, session, name) = (pickUser(), pickUpdate(), pick(Self.files, or: "f", chanceOfOther: 10))
        let bytes = Self.bytes(Int.random(in: 0..<4, using: &random))
        let size = pick([nil, nil, Int64(bytes.count)], or: Int64.random(in: -1..<5, using: &random), chanceOfOther: 5)
        let algorithm = pick(DigestAlgorithm.allCases, or: .sha1, chanceOfOther: 0)
        let hex = try algorithm.hexDigest(of: Int.random(in: 0..<10, using: &random) == 0 ? [9] : bytes)
        let checksum = Int.random(in: 0..<3, using: &random) == 0 ? (algorithm: algorithm, hex: hex) : nil
        let spec = UpdateSession.File.AddSpec(
            name: name, source: .push, size: size, checksumInfo: checksum.map { .init(algorithm: .init(rawValue: $0.algorithm.rawValue), checksum: $0.hex) })
        let actual = try await write(user) { server in try Self.path(of: await server.call(UpdateSession.File.add(.init(rawValue: session), spec))) }
        let expected = predict { try $0.add(user, session, name, size: size, checksum: checksum, path: actual.id) }
        try hold("\(user) adds \"\(name)\" to \(session): \(size ?? -2) bytes, \(checksum?.hex ?? "-")", actual, expected, into: \.uploadPaths)
        if let path = actual.id { promised[path] = bytes }
    }

    mutating func put() async throws {
        let path = pick(uploadPaths, preferring: Set(model.waitingPaths))
        let bytes = pick([promised[path] ?? []], or: Self.bytes(Int.random(in: 0..<4, using: &random)), chanceOfOther: 10)
        let length = pick([Int64(bytes.count), nil], or: Int64(bytes.count) + 1, chanceOfOther: 5)
        guard let server = servers[.admin] else { return }
        let status = await server.put(bytes, to: path, length: length.map { .some($0) }, part: 2).status
        let expected = predict { "\($0.put(bytes, to: path, saying: length))" }
        try hold("\(bytes.count) bytes go to \(path), said to be \(length ?? -1)", .answered("\(status)"), expected)
    }

    mutating func remove() async throws {
        let (user, session, name) = (pickUser(), pickUpdate(), pick(Self.files, or: "f", chanceOfOther: 10))
        guard Self.isSegment(name) else { return }
        let actual = try await write(user) { try await $0.call(UpdateSession.File.remove(.init(rawValue: session), name)).done("removed") }
        let expected = predict { try $0.remove(user, session, name) }
        try hold("\(user) removes \"\(name)\" from \(session)", actual, expected)
    }

    mutating func endUpdate() async throws {
        let (user, session) = (pickUser(), pickUpdate())
        let id = UpdateSession.ID(rawValue: session)
        let (actual, expected): (Outcome, Outcome)
        let end = Int.random(in: 0..<10, using: &random)
        switch end {
        case 0..<6:
            actual = try await write(user) { try await $0.call(UpdateSession.complete(id)).done("done") }
            if actual == .answered("done") { sessionsCompleted += 1 }
            expected = predict { try $0.complete(user, session) }
        case 6:
            actual = try await write(user) { try await $0.call(UpdateSession.cancel(id)).done("canceled") }
            expected = predict { try $0.cancelUpdate(user, session) }
        case 7:
            actual = try await write(user) { try await $0.call(UpdateSession.fail(id, "no more")).done("failed") }
            expected = predict { try $0.failUpdate(user, session, "no more") }
        default:
            actual = try await write(user) { try await $0.call(UpdateSession.delete(id)).done("gone") }
            expected = predict { try $0.deleteUpdate(user, session) }
        }
        try hold("\(user) ends \(session), \(end)", actual, expected)
    }

    mutating func keepUpdateAlive() async throws {
        let (user, session, progress) = (pickUser(), pickUpdate(), pickProgress())
        let actual = try await write(user) { try await $0.call(UpdateSession.keepAlive(.init(rawValue: session), progress)).done("kept") }
        let expected = predict { try $0.keepUpdateAlive(user, session, progress) }
        try hold("\(user) keeps \(session) alive with \(progress ?? -2)", actual, expected)
    }

    mutating func createDownload() async throws {
        let item = pick(items, preferring: Set(model.items.filter { !$0.value.files.isEmpty }.map(\.key)))
        let (user, token) = (pickUser(), pickToken())
        let actual = try await write(user) { try await $0.call(DownloadSession.create(token, .init(libraryItemID: .init(rawValue: item)))).rawValue }
        let expected = predict { try $0.createDownload(user, token, item: item, offered: actual.id) }
        try hold("\(user) opens \(item) for reading, token \(token ?? "-")", actual, expected, into: \.downloads)
    }

    mutating func changeDownload() async throws {
        let (user, session) = (pickUser(), pickDownload())
        let id = DownloadSession.ID(rawValue: session)
        let change = Int.random(in: 0..<10, using: &random)
        let (actual, expected): (Outcome, Outcome)
        switch change {
        case 0..<6:
            let name = pick(Self.files, preferring: (try? model.download(session).reading.keys.sorted()) ?? [])
            var path: String?
            actual = try await write(user) { server in
                let info = try await server.call(DownloadSession.File.prepare(id, name, nil))
                path = try info.downloadEndpoint.map { try TestServer.path(of: $0.uri) }
                return try Self.text(of: info)
            }
            expected = predict { try $0.prepare(user, session, name, path: path) }
            if let path, !downloadPaths.contains(path) { downloadPaths.append(path) }
        case 6:
            let progress = pickProgress()
            actual = try await write(user) { try await $0.call(DownloadSession.keepAlive(id, progress)).done("kept") }
            expected = predict { try $0.keepDownloadAlive(user, session, progress) }
        case 7:
            actual = try await write(user) { try await $0.call(DownloadSession.cancel(id)).done("ended") }
            expected = predict { try $0.endDownload(user, session, nil) }
        case 8:
            actual = try await write(user) { try await $0.call(DownloadSession.fail(id, "no more")).done("ended") }
            expected = predict { try $0.endDownload(user, session, "no more") }
        default:
            actual = try await write(user) { try await $0.call(DownloadSession.delete(id)).done("gone") }
            expected = predict { try $0.deleteDownload(user, session) }
        }
        try hold("\(user) changes \(session), \(change)", actual, expected)
    }

    mutating func get() async throws {
        let path = pick(downloadPaths, preferring: Set(model.preparedPaths))
        guard let answer = try await servers[.admin]?.get(path) else { return }
        let expected = predict { model in model.get(path).map { "200 \($0)" } ?? "404" }
        if answer.status == 200 { downloadsRead += 1 }
        try hold("\(path) is read", .answered(answer.status == 200 ? "200 \(answer.bytes)" : "\(answer.status)"), expected)
    }
}
