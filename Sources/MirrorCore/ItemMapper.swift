extension MirrorRules {
    /// How deep the mapping looks below the root: 0 for the root's own entries, 1 for those of its immediate subdirectories too, `Int.max`
    /// for everything.
    public var scanDepth: Int {
        switch (layout, nested) {
        case (.directories, .ignore): 1
        case (.directories, .flatten), (.single, .flatten): .max
        case (.files, _), (.single, .ignore): 0
        }
    }
}

/// Sees a scanned root as the items that should be. Pure: the same scan and the same base give the same answer.
///
/// Whatever exists is accounted for: it is a file of an item, or unmanaged under the remote name it would have, or passed over where another
/// entry has that name or it can have none. So a name that appears nowhere here is missing from the disk, where the listing is complete.
public struct ItemMapper: Sendable {
    private let rules: MirrorRules
    private let filter: PathFilter

    public init(rules: MirrorRules, filter: PathFilter) { (self.rules, self.filter) = (rules, filter) }

    /// - Parameter published: the base, by item name.
    public func map(_ root: ScannedDirectory, published: [String: BaseItem]) -> LocalMirror {
        var mapping = RootMapping(rules: rules, filter: filter, published: published)
        mapping.map(root)
        var mirror = mapping.mirror
        mirror.listingIsComplete = root.problem == nil
        if root.firstFault != nil {
            mirror.listingIsComplete = false
            mirror.items = mirror.items.mapValues { item in
                var item = item
                item.listingIsComplete = false
                return item
            }
        }
        return mirror
    }
}

/// One run of the mapper.
private struct RootMapping {
    typealias Claim = NameClaim<LocalItem>

    let rules: MirrorRules
    let filter: PathFilter
    let published: [String: BaseItem]
    /// Published items by what a server compares.
    let publishedByKey: [CollisionKey: [BaseItem]]
    /// Names of the published items that have a file from an entry of the root, or from below it.
    let publishedByEntry: [FileName: Set<String>]
    var claims: [Claim] = []
    var mirror = LocalMirror()

    init(rules: MirrorRules, filter: PathFilter, published: [String: BaseItem]) {
        (self.rules, self.filter, self.published) = (rules, filter, published)
        publishedByKey = Dictionary(grouping: published.values.sorted { $0.name < $1.name }) { CollisionKey($0.name) }
        var byEntry: [FileName: Set<String>] = [:]
        for item in published.values {
            for file in item.files.values { if let entry = file.path.components.first { byEntry[entry, default: []].insert(item.name) } }
        }
        publishedByEntry = byEntry
    }

    mutating func map(_ root: ScannedDirectory) {
        switch rules.layout {
        case .single: mapSingle(root)
        case .directories: for (name, entry) in root.entries { mapDirectory(name, entry) }
        case .files: for (name, entry) in root.entries { mapFile(name, entry, rootIsComplete: root.problem == nil) }
        }
        settle()
        mirror.passedOver.sort { $0.path == $1.path ? $0.reason.text < $1.reason.text : $0.path < $1.path }
    }

    // MARK: layouts

    private mutating func mapSingle(_ root: ScannedDirectory) {
        if let problem = RemoteName.problem(ofItem: rules.item) { return refuse(rules.item, .root, .badName(problem.description)) }
        claim(rules.item, .root, root)
    }

    private mutating func mapDirectory(_ entry: FileName, _ what: ScannedDirectory.Entry) {
        let path = RelativePath([entry])
        let name = entry.text.map(itemName)
        guard filter.takes(path, isDirectory: what.isDirectory) else { return refuse(name, path, .excluded) }
        switch what {
        case .directory(let directory):
            guard let name else { return refuse(nil, path, .badName(RemoteName.Problem.notUTF8.description)) }
            if let problem = RemoteName.problem(ofItem: name) { return refuse(name, path, .badName(problem.description)) }
            claim(name, path, directory)
        case .unreadableDirectory(let problem), .unreadable(let problem): refuse(name, path, .unreadable(problem))
        case .file: refuse(name, path, .looseFile)
        case .symlink(let target): refuse(name, path, rules.symlinks == .follow && target != nil ? .looseFile : .symlink)
        case .special: refuse(name, path, .special)
        }
    }

    private mutating func mapFile(_ entry: FileName, _ what: ScannedDirectory.Entry, rootIsComplete: Bool) {
        let path = RelativePath([entry])
        let name = entry.text.map { itemName(stem(of: $0)) }
        guard filter.takes(path, isDirectory: what.isDirectory) else { return refuse(what.isDirectory ? nil : name, path, .excluded) }
        switch what {
        case .file(let fingerprint): claim(name, path, entry, fingerprint, isComplete: rootIsComplete)
        case .symlink(let target):
            guard rules.symlinks == .follow, let target else { return refuse(name, path, .symlink) }
            claim(name, path, entry, target, isComplete: rootIsComplete)
        case .directory, .unreadableDirectory: refuse(nil, path, .nestedDirectory)
        case .special: refuse(name, path, .special)
        case .unreadable(let problem): refuse(name, path, .unreadable(problem))
        }
    }

    private func itemName(_ text: String) -> String { rules.itemName.replacing("{name}", with: text) }

    // MARK: claims

    /// A directory that is an item.
    private mutating func claim(_ name: String, _ path: RelativePath, _ directory: ScannedDirectory) {
        let base = published[name] ?? publishedByKey[CollisionKey(name)]?.first
        var walk = ItemWalk(rules: rules, filter: filter, published: base?.files ?? [:])
        let contents = walk.contents(of: directory, at: path)
        mirror.passedOver += contents.passedOver
        do {
            // A published name keeps its bytes, where these are the same text.
            let item = LocalItem(
                name: published[name]?.name ?? name, type: try type(of: contents, published: base?.type), directory: path, identity: directory.identity,
                files: contents.files, unmanaged: contents.unmanaged, listingIsComplete: contents.listingIsComplete)
            claims.append(Claim(name: name, path: path, standing: standing(of: path, as: name, directory.identity), outcome: .taken(item)))
        } catch { refuse(name, path, .unsupportedType(error.type), directory.identity) }
    }

    /// A file that is an item.
    private mutating func claim(_ name: String?, _ path: RelativePath, _ entry: FileName, _ fingerprint: Fingerprint, isComplete: Bool) {
        // With an `include` that brings dot files back, they are still not items.
        if entry.isHidden { return refuse(name, path, .excluded) }
        guard let name, let fileName = entry.text else { return refuse(name, path, .badName(RemoteName.Problem.notUTF8.description)) }
        if let problem = RemoteName.problem(ofItem: name) ?? RemoteName.problem(ofFile: fileName) {
            return refuse(name, path, .badName(problem.description))
        }
        let base = published[name]
        let file = LocalFile(name: base?.files[fileName]?.name ?? fileName, path: path, fingerprint: fingerprint)
        let contents = ItemContents(files: [file.name: file], listingIsComplete: isComplete, typeNames: [file.name])
        do {
            let item = LocalItem(
                name: base?.name ?? name, type: try type(of: contents, published: nil), directory: .root, identity: nil, files: contents.files,
                listingIsComplete: isComplete)
            claims.append(Claim(name: name, path: path, standing: standing(of: path, as: name, nil), outcome: .taken(item)))
        } catch { refuse(name, path, .unsupportedType(error.type)) }
    }

    /// An entry that is there and is no item: what was published from it stays.
    /// - Parameter name: the item name it would have; nil where it can have none.
    private mutating func refuse(_ name: String?, _ path: RelativePath, _ reason: Unmanaged.Reason, _ identity: DirectoryIdentity? = nil) {
        let owners = path.components.first.flatMap { publishedByEntry[$0] } ?? []
        var isNamed = false
        for owner in owners {
            claims.append(Claim(name: owner, path: path, standing: .publishedPath, outcome: .refused(reason)))
            isNamed = true
        }
        if let name, !owners.contains(name) {
            let standing = standing(of: path, as: name, identity)
            // Beside item files, an entry that was not published does not stand for the item that another file of its stem is.
            if rules.layout != .files || standing != .new || published[name] == nil {
                claims.append(Claim(name: name, path: path, standing: standing, outcome: .refused(reason)))
                isNamed = true
            }
        }
        if !isNamed { mirror.passedOver.append(Unmanaged(path: path, reason: reason)) }
    }

    private func standing(of path: RelativePath, as name: String, _ identity: DirectoryIdentity?) -> Claim.Standing {
        let bases = publishedByKey[CollisionKey(name)] ?? []
        if let identity, bases.contains(where: { $0.directory?.isSame(as: identity) ?? false }) { return .publishedDirectory }
        let owners = path.components.first.flatMap { publishedByEntry[$0] } ?? []
        // An item without files was published from the directory that has its name.
        let isPublished = bases.contains { owners.contains($0.name) || ($0.files.isEmpty && $0.name.utf8.elementsEqual(name.utf8)) }
        return isPublished ? .publishedPath : .new
    }

    private mutating func settle() {
        for (winner, losers) in Claim.settle(claims, by: { CollisionKey($0) }) {
            switch winner.outcome {
            case .taken(let item): mirror.items[item.name] = item
            case .refused(let reason): mirror.unmanagedItems[winner.name] = Unmanaged(path: winner.path, reason: reason)
            }
            for loser in losers where loser.path != winner.path {
                let refused = Unmanaged(path: loser.path, reason: loser.reason(besides: winner.path))
                if loser.name == winner.name || mirror.unmanagedItems[loser.name] != nil {
                    mirror.passedOver.append(refused)
                } else {
                    mirror.unmanagedItems[loser.name] = refused
                }
            }
        }
    }

    // MARK: types

    private struct UnsupportedType: Error { var type: String }

    /// - Parameter published: the type that the item has. It stays while nothing proves another: the item is empty, or not all of it was seen.
    private func type(of contents: ItemContents, published: String?) throws(UnsupportedType) -> String? {
        switch rules.type {
        case .generic: return nil
        case .iso: return "iso"
        case .ovf: throw UnsupportedType(type: "ovf")
        case .auto:
            let names = contents.typeNames.map { $0.lowercased() }
            if names.contains(where: { $0.hasSuffix(".ovf") || $0.hasSuffix(".ova") }) { throw UnsupportedType(type: "ovf") }
            if names.isEmpty || !contents.listingIsComplete, let published, !published.isEmpty { return published }
            return names.count == 1 && names[0].hasSuffix(".iso") ? "iso" : nil
        }
    }
}

/// A file's name without its last extension; a dot at the beginning begins none.
private func stem(of name: String) -> String {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.utf8.startIndex else { return name }
    return String(name[..<dot])
}

extension ScannedDirectory.Entry {
    fileprivate var isDirectory: Bool {
        switch self {
        case .directory, .unreadableDirectory: true
        case .file, .symlink, .special, .unreadable: false
        }
    }
}
