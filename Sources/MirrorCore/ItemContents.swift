/// The files of one item directory under their remote names.
struct ItemContents: Sendable {
    var files: [String: LocalFile] = [:]
    var unmanaged: [String: Unmanaged] = [:]
    /// What has no remote name of its own.
    var passedOver: [Unmanaged] = []
    var listingIsComplete = true
    /// The names that decide the type: those of every file that is, or but for a defect would be, mirrored.
    var typeNames: [String] = []
}

/// Walks one item directory.
struct ItemWalk {
    private let rules: MirrorRules
    private let filter: PathFilter
    /// What is published of the item, by remote name.
    private let published: [String: BaseFile]
    private var claims: [NameClaim<LocalFile>] = []
    private var contents = ItemContents()

    init(rules: MirrorRules, filter: PathFilter, published: [String: BaseFile]) {
        (self.rules, self.filter, self.published) = (rules, filter, published)
    }

    mutating func contents(of directory: ScannedDirectory, at path: RelativePath) -> ItemContents {
        (claims, contents) = ([], ItemContents())
        walk(directory, at: path, below: [])
        settle()
        return contents
    }

    /// - Parameter prefix: the remote name's part before the entries' own names.
    private mutating func walk(_ directory: ScannedDirectory, at path: RelativePath, below prefix: [UInt8]) {
        if let problem = directory.problem { listingFailed(at: path, problem) }
        for (name, entry) in directory.entries { visit(entry, at: path.appending(name), as: prefix + name.bytes) }
    }

    private mutating func visit(_ entry: ScannedDirectory.Entry, at path: RelativePath, as bytes: [UInt8]) {
        switch entry {
        case .directory(let directory):
            guard rules.nested == .flatten else { return ignoreNested(at: path, as: bytes) }
            walk(directory, at: path, below: bytes + Array(rules.flattenSeparator.utf8))
        case .unreadableDirectory(let problem):
            guard rules.nested == .flatten else { return ignoreNested(at: path, as: bytes) }
            listingFailed(at: path, problem)
        case .file(let fingerprint): claim(path, as: bytes, fingerprint)
        case .symlink(let target):
            if rules.symlinks == .follow, let target { claim(path, as: bytes, target) } else { refuse(path, as: bytes, .symlink) }
        case .special: refuse(path, as: bytes, .special)
        case .unreadable(let problem): refuse(path, as: bytes, .unreadable(problem))
        }
    }

    /// A nested directory has the name that a file in its place would have, and hides what was published from inside it.
    private mutating func ignoreNested(at path: RelativePath, as bytes: [UInt8]) {
        let isExcluded = !filter.takes(path, isDirectory: true)
        refuse(path, as: bytes, isExcluded ? .excluded : .nestedDirectory, isDirectory: true)
        shelter(below: path, isExcluded ? .excluded : .nestedDirectory)
    }

    /// Below a directory that cannot be listed nothing is known. Below an excluded one nothing is mirrored either, so that what was published
    /// from there is all that must be kept.
    private mutating func listingFailed(at path: RelativePath, _ problem: ScanProblem) {
        guard path.isRoot || filter.takes(path, isDirectory: true) else { return shelter(below: path, .excluded) }
        contents.listingIsComplete = false
        contents.passedOver.append(Unmanaged(path: path, reason: .unreadable(problem)))
    }

    /// Keeps the remote copies of what was published from below a directory that is still there and was not looked into.
    private mutating func shelter(below path: RelativePath, _ reason: Unmanaged.Reason) {
        for file in published.values where file.path != path && file.path.isWithin(path) {
            claims.append(NameClaim(name: file.name, path: file.path, standing: .publishedPath, outcome: .refused(reason)))
        }
    }

    private mutating func claim(_ path: RelativePath, as bytes: [UInt8], _ fingerprint: Fingerprint) {
        guard filter.takes(path, isDirectory: false) else { return refuse(path, as: bytes, .excluded) }
        do {
            let name = try RemoteName.file(bytes)
            // A published name keeps its bytes: the server's file is replaced under the name that it has.
            let file = LocalFile(name: published[name]?.name ?? name, path: path, fingerprint: fingerprint)
            claims.append(NameClaim(name: name, path: path, standing: standing(of: path, as: name), outcome: .taken(file)))
        } catch { refuse(path, as: bytes, .badName(error.description)) }
    }

    private mutating func refuse(_ path: RelativePath, as bytes: [UInt8], _ reason: Unmanaged.Reason, isDirectory: Bool = false) {
        let reason = filter.takes(path, isDirectory: isDirectory) ? reason : .excluded
        guard let name = String(validating: bytes, as: UTF8.self) else {
            contents.passedOver.append(Unmanaged(path: path, reason: reason))
            if reason.leavesTypeOpen { contents.typeNames.append(printable(bytes)) }
            return
        }
        claims.append(NameClaim(name: name, path: path, standing: standing(of: path, as: name), outcome: .refused(reason)))
    }

    private func standing(of path: RelativePath, as name: String) -> NameClaim<LocalFile>.Standing {
        published[name]?.path == path ? .publishedPath : .new
    }

    private mutating func settle() {
        for (winner, losers) in NameClaim.settle(claims, by: { $0 }) {
            switch winner.outcome {
            case .taken(let file):
                contents.files[file.name] = file
                contents.typeNames.append(file.name)
            case .refused(let reason):
                contents.unmanaged[winner.name] = Unmanaged(path: winner.path, reason: reason)
                if reason.leavesTypeOpen { contents.typeNames.append(winner.name) }
            }
            for loser in losers where loser.path != winner.path {
                let reason = loser.reason(besides: winner.path)
                contents.passedOver.append(Unmanaged(path: loser.path, reason: reason))
                if reason.leavesTypeOpen { contents.typeNames.append(loser.name) }
            }
        }
    }
}

extension Unmanaged.Reason {
    /// Whether the file is left out by a defect and not by choice: it counts when the files of an item decide its type.
    fileprivate var leavesTypeOpen: Bool {
        switch self {
        case .unreadable, .badName, .collision: true
        case .excluded, .symlink, .special, .looseFile, .nestedDirectory, .unsupportedType: false
        }
    }
}
