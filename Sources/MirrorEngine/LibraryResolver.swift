import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore

/// A library that a mirror can write to.
public struct ResolvedLibrary: Sendable, Hashable {
    public var id: Library.ID
    public var name: String
    /// The server's guid where it tells one, else its URL: the first half of the journal's key.
    public var server: String
    /// It does not exist yet: the first pass creates it. Only a look that changes nothing sees it like this.
    public var isToBeCreated = false
}

/// Why a mirror's library cannot be used now.
public enum LibraryError: Error, Sendable, CustomStringConvertible {
    case unknown(String)
    /// The mirror may create it, and has not yet.
    case notCreated(String)
    case ambiguous(String, ids: [Library.ID])
    case subscribed(String)
    case noStorage(String)
    /// The library that was published to is gone, or its name now means another one.
    case changed(String)

    public var description: String {
        switch self {
        case .unknown(let name): "the server has no library \"\(printable(Array(name.utf8)))\"; check `library`, or set create_library = true"
        case .notCreated(let name): "the library \"\(printable(Array(name.utf8)))\" does not exist yet; the first pass creates it"
        case .ambiguous(let name, let ids):
            "\(ids.count) libraries are named \"\(printable(Array(name.utf8)))\": \(ids.map(\.rawValue).joined(separator: ", ")); write one of these ids as `library`"
        case .subscribed(let name): "the library \"\(printable(Array(name.utf8)))\" is subscribed: its items come from its publisher and cannot be written"
        case .noStorage(let name): "to create the library \"\(printable(Array(name.utf8)))\", set `storage` to a datastore id or a file:// URI"
        case .changed(let what): what
        }
    }
}

/// Finds the library that a mirror names, once, and creates it where that is asked for and the mirror never had one.
public struct LibraryResolver: Sendable {
    let client: ContentLibraryClient

    public init(client: ContentLibraryClient) { self.client = client }

    /// - Parameters:
    ///   - recorded: the library that the mirror's base was published to, where there is one.
    ///   - token: makes sure that creating it again cannot make a second one.
    /// - Throws: `LibraryError`, and the client's errors.
    public func resolve(_ rules: MirrorRules, recorded: Library.ID?, mayCreate: Bool, token: String) async throws -> ResolvedLibrary {
        if let recorded {
            guard let model = try await model(recorded) else {
                let others = try await exactly(rules.library).map(\.0.rawValue)
                let now = others.isEmpty ? "" : ", and its name is now that of \(others.joined(separator: ", "))"
                throw LibraryError.changed("the library \(recorded.rawValue) that was published to is gone\(now); approve starts anew without a base")
            }
            guard rules.library == recorded.rawValue || model.name == rules.library else {
                throw LibraryError.changed(
                    "the library \(recorded.rawValue) that was published to is now named \"\(model.name ?? "")\", not \"\(rules.library)\"; rename it, or approve to start anew"
                )
            }
            return try usable(recorded, model)
        }
        if let model = try await model(Library.ID(rawValue: rules.library)) { return try usable(Library.ID(rawValue: rules.library), model) }
        let ids = try await exactly(rules.library)
        switch ids.count {
        case 1: return try usable(ids[0].0, ids[0].1)
        case 0 where mayCreate: return try await create(rules, token: token)
        case 0: throw rules.createLibrary ? LibraryError.notCreated(rules.library) : .unknown(rules.library)
        default: throw LibraryError.ambiguous(rules.library, ids: ids.map(\.0))
        }
    }

    private func model(_ id: Library.ID) async throws -> Library.Model? {
        do {
            return try await client.call(Library.get(id))
        } catch let error as APIError where error.kind == .invalidArgument {
            return nil
        } catch let error as APIError where error.kind == .notFound {
            guard try await Absence(client: client).isProven(error, library: id) else { throw error }
            return nil
        }
    }

    /// Find compares without regard to case; the configuration means the name as written.
    private func exactly(_ name: String) async throws -> [(Library.ID, Library.Model)] {
        var found: [(Library.ID, Library.Model)] = []
        for id in try await client.call(Library.find(Library.FindSpec(name: name))) {
            if let model = try await model(id), model.name == name { found.append((id, model)) }
        }
        return found
    }

    private func usable(_ id: Library.ID, _ model: Library.Model) throws -> ResolvedLibrary {
        if model.type?.rawValue == "SUBSCRIBED" { throw LibraryError.subscribed(model.name ?? id.rawValue) }
        return ResolvedLibrary(id: id, name: model.name ?? "", server: model.serverGUID ?? client.serverName)
    }

    private func create(_ rules: MirrorRules, token: String) async throws -> ResolvedLibrary {
        if rules.storage.isEmpty { throw LibraryError.noStorage(rules.library) }
        let backing =
            rules.storage.hasPrefix("file:")
            ? StorageBacking(type: .other, storageURI: rules.storage)
            : StorageBacking(type: .datastore, datastoreID: rules.storage)
        let spec = Library.Model(name: rules.library, storageBackings: [backing], type: .local)
        let id = try await client.call(LocalLibrary.create(token, spec))
        guard let model = try await model(id) else { throw LibraryError.unknown(rules.library) }
        return try usable(id, model)
    }
}
