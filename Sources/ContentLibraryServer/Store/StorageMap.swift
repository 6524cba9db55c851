import ContentLibraryAPI

/// Which directories of this machine libraries may use: the datastores by id, and the roots that `file:` URIs must lie in.
struct StorageMap: Sendable {
    private let datastores: [String: String]
    private let roots: [String]
    /// Of this server itself, with its database and its keys.
    private let dataDirectory: String

    /// The datastore that is always there.
    static let defaultDatastore = "datastore-1"

    /// Blocks. `datastores` and `roots` must exist.
    init(dataDirectory: String, datastores: [String: String], roots: [String]) throws {
        var resolved: [String: String] = [:]
        let own = "\(dataDirectory)/datastores/\(Self.defaultDatastore)"
        do { try FileSystem.makeDirectories(own) } catch { throw StartupError.dataDirectory(path: dataDirectory, why: error.description) }
        for (id, path) in datastores.merging([Self.defaultDatastore: own], uniquingKeysWith: { given, _ in given }) {
            guard Self.isDatastoreID(id) else {
                throw StartupError.storage("the datastore \(id)", why: "its id must consist of letters, digits, '-', '_' and '.'")
            }
            resolved[id] = try Self.directory(path, "the datastore \(id)")
        }
        self.datastores = resolved
        self.roots = try roots.map { try Self.directory($0, "the storage root") }
        self.dataDirectory = try Self.directory(dataDirectory, "the data directory")
    }

    private static func isDatastoreID(_ id: String) -> Bool {
        !id.isEmpty && !id.hasPrefix(".")
            && id.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0)) }
    }

    private static func directory(_ path: String, _ what: String) throws -> String {
        guard let real = FileSystem.resolved(path), FileSystem.isDirectory(real) else {
            throw StartupError.storage(what, why: "\(path) is not a directory")
        }
        return real
    }

    /// Judges the backing that a new library asks for: exactly one of `datastore_id` and `storage_uri`, of a place that this server offers. Blocks.
    func backing(requested: StorageBacking) throws(APIError) -> Backing {
        switch (requested.type, requested.datastoreID, requested.storageURI) {
        case (.datastore, let id?, nil):
            guard datastores[id] != nil else {
                throw .invalidArgument(
                    "storage_backings.datastore_id", "there is no datastore \(id); there is \(datastores.keys.sorted().joined(separator: ", "))")
            }
            return .datastore(id: id)
        case (.other, nil, let uri?):
            let backing = Backing.other(uri: uri)
            do { _ = try directory(of: backing) } catch {
                throw .invalidArgument("storage_backings.storage_uri", "\(uri) is not the file: URI of a directory that this server may use")
            }
            return backing
        case (.datastore, _, _): throw .invalidArgument("storage_backings", "DATASTORE takes datastore_id, and nothing else")
        case (.other, _, _): throw .invalidArgument("storage_backings", "OTHER takes storage_uri, and nothing else")
        case (let type, _, _): throw .invalidArgument("storage_backings.type", "expected DATASTORE or OTHER, not \(type?.rawValue ?? "nothing")")
        }
    }

    /// The directory behind a backing, looked at anew: a mount may have gone, a link may lead elsewhere. Blocks.
    func directory(of backing: Backing) throws(APIError) -> String {
        switch backing {
        case .datastore(let id):
            guard let path = datastores[id] else { throw .storageUnavailable(id, "this server was started without that datastore") }
            guard FileSystem.isDirectory(path) else { throw .storageUnavailable(id, "\(path) is not a directory") }
            return path
        case .other(let uri):
            guard let path = Self.path(ofFileURI: uri) else { throw .storageUnavailable(uri, "it is not a file: URI of an absolute path") }
            guard let real = FileSystem.resolved(path), FileSystem.isDirectory(real) else {
                throw .storageUnavailable(uri, "there is no such directory")
            }
            guard roots.contains(where: { real == $0 || FileSystem.path(real, below: $0) != nil }) else {
                throw .storageUnavailable(uri, "it is outside the storage roots")
            }
            return real
        }
    }

    /// The path of `file:///path` and `file:/path`. A host, a query, a fragment and `..` are refused.
    static func path(ofFileURI uri: String) -> String? {
        guard uri.lowercased().hasPrefix("file:") else { return nil }
        var rest = uri.dropFirst("file:".count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            if rest.lowercased().hasPrefix("localhost/") { rest = rest.dropFirst("localhost".count) }
        }
        guard rest.hasPrefix("/"), !rest.hasPrefix("//"), !rest.contains(where: { $0 == "?" || $0 == "#" }), let path = percentDecode(rest) else { return nil }
        guard !path.utf8.contains(0), !path.split(separator: "/").contains("..") else { return nil }
        return path
    }
}

extension StorageMap {
    /// The path, without symbolic links in its directories, of a file that may be pulled: below a storage root or a datastore, and neither this
    /// server's own data nor an upload under way. Looked at anew each time. Blocks.
    ///
    /// Throws `APIError` for a place where nothing is pulled from, and `PullFailure` where there is nothing to be pulled.
    func path(of source: PullSource) throws -> String {
        let (path, places) = try candidates(source)
        let parent = FileSystem.parent(of: path)
        let real = FileSystem.resolved(parent)
        let directory = real ?? parent
        let found = (directory == "/" ? "" : directory) + "/" + (FileSystem.path(path, below: parent) ?? "")
        func isBelow(_ directory: String) -> Bool { FileSystem.path(found, below: directory) != nil }
        let isOwn = isBelow(dataDirectory) && !datastores.values.contains(where: isBelow)
        let isStaged = found.split(separator: "/").contains(Substring(ContentPath.stagingName))
        guard places.contains(where: isBelow), !isOwn, !isStaged else {
            throw APIError.invalidArgument("file_spec.source_endpoint.uri", "this server does not pull from there")
        }
        guard real != nil else { throw PullFailure.noSuchFile("there is no directory \(parent)") }
        return found
    }

    private func candidates(_ source: PullSource) throws(APIError) -> (path: String, places: [String]) {
        switch source {
        case .web: throw .invalidArgument("file_spec.source_endpoint.uri", "it is no file of a storage")
        case .file(let path): return (path, roots + datastores.values)
        case .datastore(let id, let path):
            guard let root = datastores[id] else {
                throw .invalidArgument(
                    "file_spec.source_endpoint.uri", "there is no datastore \(id); there is \(datastores.keys.sorted().joined(separator: ", "))")
            }
            return ("\(root)/\(path)", [root])
        }
    }
}
