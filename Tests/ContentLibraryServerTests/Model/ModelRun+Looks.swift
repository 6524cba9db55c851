import ContentLibraryAPI

@testable import ContentLibraryServer

/// What is seen in a history, in all three encodings.
extension ModelRun {
    mutating func lookAtLibrariesAndItems() async throws {
        let (user, library, item) = (pickUser(), pickLibrary(), pickItem())
        let (libraryID, itemID) = (Library.ID(rawValue: library), Item.ID(rawValue: item))
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            try await look("\(user) lists libraries", user) { model in
                model.libraries.keys.sorted().joined(separator: " ")
            } _: {
                Self.text(of: try await $0.call(Library.list()))
            }
        case 1:
            let name = pick(Self.names, or: "a library", chanceOfOther: 50)
            try await look("\(user) finds the library \(name)", user) { model in
                model.libraries(named: name).joined(separator: " ")
            } _: {
                Self.text(of: try await $0.call(Library.find(.init(name: name))))
            }
        case 2:
            try await look("\(user) gets \(library)", user) { model in
                try model.library(library)
            } _: {
                let model = try await $0.call(Library.get(libraryID))
                return "\(model.name ?? "-") \(model.description ?? "-") \(model.creationTime ?? .init(milliseconds: 0))"
            }
        case 3:
            try await look("\(user) lists \(library)", user) { model in
                try model.items(of: library).joined(separator: " ")
            } _: {
                Self.text(of: try await $0.call(Item.list(libraryID)))
            }
        case 4:
            let name = Bool.random(using: &random) ? pick(Self.names, or: "an item", chanceOfOther: 10) : nil
            let (within, type) = (Bool.random(using: &random) ? library : nil, Bool.random(using: &random) ? "iso" : nil)
            let spec = Item.FindSpec(name: name, libraryID: within.map(Library.ID.init(rawValue:)), type: type)
            try await look("\(user) finds \(name ?? "-") \(within ?? "-") \(type ?? "-")", user) { model in
                try model.items(named: name, library: within, type: type).joined(separator: " ")
            } _: {
                Self.text(of: try await $0.call(Item.find(spec)))
            }
        case 5: try await lookAt(user, item: item)
        default:
            try await look("\(user) lists the files of \(item)", user) { model in
                Self.text(of: try model.item(item).files)
            } _: {
                Self.text(of: try await $0.call(Item.File.list(itemID)))
            }
        }
    }

    mutating func lookAt(_ user: ReferenceModel.User, item: String) async throws {
        try await look("\(user) gets \(item)", user) { model in
            let item = try model.item(item)
            return """
                \(item.library) \(item.name) \(item.description) \(item.type ?? "-") \(item.version) \(item.metadataVersion) \(item.contentVersion) \
                \(item.size) \(item.created) \(item.modified)
                """
        } _: {
            let model = try await $0.call(Item.get(.init(rawValue: item)))
            let zero = Timestamp(milliseconds: 0)
            return """
                \(model.libraryID?.rawValue ?? "-") \(model.name ?? "-") \(model.description ?? "-") \(model.type ?? "-") \(model.version ?? "-") \
                \(model.metadataVersion ?? "-") \(model.contentVersion ?? "-") \(model.size ?? -1) \(model.creationTime ?? zero) \
                \(model.lastModifiedTime ?? zero)
                """
        }
    }

    mutating func lookAtUpdates() async throws {
        let (user, session) = (pickUser(), pickUpdate())
        let id = UpdateSession.ID(rawValue: session)
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let item = Bool.random(using: &random) ? pickItem() : nil
            try await look("\(user) lists sessions of \(item ?? "all")", user) { model in
                try model.updates(user, item: item).joined(separator: " ")
            } _: {
                Self.text(of: try await $0.call(UpdateSession.list(item.map(Item.ID.init(rawValue:)))))
            }
        case 1..<3:
            try await look("\(user) gets \(session)", user) { model in
                try model.update(session).text
            } _: {
                let model = try await $0.call(UpdateSession.get(id))
                return Self.text(
                    model.libraryItemID, model.state?.rawValue, model.clientProgress, model.libraryItemContentVersion, model.expirationTime,
                    model.errorMessage)
            }
        case 3:
            try await look("\(user) validates \(session)", user) { model in
                try model.validate(user, session)
            } _: {
                try await $0.call(UpdateSession.File.validate(id)).hasErrors ? "errors" : "no errors"
            }
        case 4..<6:
            let name = pick(Self.files, or: "f", chanceOfOther: 10)
            guard Self.isSegment(name) else { return }
            let isActive = (try? model.update(session).state) == "ACTIVE"
            try await look("\(user) gets \(name) of \(session)", user) { model in
                try model.updateFile(user, session, name)
            } _: {
                try Self.text(of: await $0.call(UpdateSession.File.get(id, name)), isActive: isActive)
            }
        default:
            let isActive = (try? model.update(session).state) == "ACTIVE"
            try await look("\(user) lists the files of \(session)", user) { model in
                Self.text(of: try model.updateFiles(user, session))
            } _: {
                let files = try await $0.call(UpdateSession.File.list(id)).map { ($0.name, try Self.text(of: $0, isActive: isActive)) }
                return Self.text(of: Dictionary(uniqueKeysWithValues: files))
            }
        }
    }

    mutating func lookAtDownloads() async throws {
        let (user, session) = (pickUser(), pickDownload())
        let id = DownloadSession.ID(rawValue: session)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let item = Bool.random(using: &random) ? pickItem() : nil
            try await look("\(user) lists readings of \(item ?? "all")", user) { model in
                try model.downloads(user, item: item).joined(separator: " ")
            } _: {
                Self.text(of: try await $0.call(DownloadSession.list(item.map(Item.ID.init(rawValue:)))))
            }
        case 1:
            try await look("\(user) gets \(session)", user) { model in
                try model.download(session).text
            } _: {
                let model = try await $0.call(DownloadSession.get(id))
                return Self.text(
                    model.libraryItemID, model.state?.rawValue, model.clientProgress, model.libraryItemContentVersion, model.expirationTime,
                    model.errorMessage)
            }
        default:
            try await look("\(user) lists the files of \(session)", user) { model in
                Self.text(of: try model.downloadFiles(session))
            } _: {
                let files = try await $0.call(DownloadSession.File.list(id)).map { ($0.name, try Self.text(of: $0)) }
                return Self.text(of: Dictionary(uniqueKeysWithValues: files))
            }
        }
    }

    /// Everything that is published is there byte for byte, and nothing is on the disk that nobody refers to.
    mutating func lookAtEverything() async throws {
        model.now = clock.now
        guard let server = servers[.admin] else { return }
        try await server.service.sweep()
        let stored = directory.files("data/datastores").count
        try hold("what lies on the disk is counted", .answered("\(stored) files"), .answered("\(model.contentCount) files"))
        for (id, item) in model.items {
            try await lookAt(.admin, item: id)
            for (name, file) in item.files {
                let bytes = try await server.download(name, of: .init(rawValue: id))
                try hold("\(name) of \(id) is read", .answered("\(bytes)"), .answered("\(file.content.bytes)"))
            }
        }
    }
}
