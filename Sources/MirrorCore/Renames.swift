import ContentLibraryAPI

/// An item whose directory has another name now: the item is renamed and keeps its id, and nothing is sent.
public struct Rename: Hashable, Sendable {
    public var id: Item.ID
    public var from: String
    public var to: String

    public init(id: Item.ID, from: String, to: String) { (self.id, self.from, self.to) = (id, from, to) }
}

/// Finds renamed item directories (layout `directories`).
public struct RenameSearch: Sendable {
    /// What we published, by item name.
    public var base: [String: BaseItem]
    public var local: LocalMirror
    /// Every item of the library.
    public var remote: [Item.ID: String]
    /// Checksums of local files as they now are, as far as they are known.
    public var checksums: [RelativePath: Checksums]
    /// Names of items that are held.
    public var held: Set<String>
    /// Names of items whose remote files moved.
    public var drifted: Set<String>
    /// Names of items that an intent is open for.
    public var intended: Set<String>

    public init(
        base: [String: BaseItem], local: LocalMirror, remote: [Item.ID: String], checksums: [RelativePath: Checksums] = [:], held: Set<String> = [],
        drifted: Set<String> = [], intended: Set<String> = []
    ) {
        (self.base, self.local, self.remote, self.checksums) = (base, local, remote, checksums)
        (self.held, self.drifted, self.intended) = (held, drifted, intended)
    }

    /// The renames that are beyond doubt, by old name. Where two directories could be the one that is gone, or one could be either of two, there
    /// is none: the new item is added, and the old one goes last.
    public func renames() -> [Rename] {
        // From an incomplete listing nothing is gone.
        guard local.listingIsComplete else { return [] }
        let gone = base.values.filter { isGone($0) }.map(Candidate.init)
        if gone.isEmpty { return [] }
        let new = local.items.values.filter { isNew($0) }.map { Candidate($0, checksums) }
        let byDirectory = Matches(gone, new) { $0.isSameDirectory(as: $1) }
        // Only what the identities leave over is compared by content.
        let byContent = Matches(gone.filter { byDirectory.ofOld[$0.name] == nil }, new.filter { byDirectory.ofNew[$0.name] == nil }) {
            $0.hasSameContent(as: $1)
        }
        return (byDirectory.certain + byContent.certain).compactMap { old, new in
            guard let item = base[old], isFree(new, for: item) else { return nil }
            return Rename(id: item.id, from: old, to: new)
        }
        .sorted { $0.from < $1.from }
    }

    private func isBarred(_ name: String) -> Bool { held.contains(name) || drifted.contains(name) || intended.contains(name) }

    private func isGone(_ item: BaseItem) -> Bool {
        local.items[item.name] == nil && local.unmanagedItems[item.name] == nil && remote[item.id] == item.name && !isBarred(item.name)
    }

    private func isNew(_ item: LocalItem) -> Bool { base[item.name] == nil && !isBarred(item.name) }

    /// No other remote item has the name, in any case.
    private func isFree(_ name: String, for item: BaseItem) -> Bool {
        let key = CollisionKey(name)
        return !remote.contains { $0.key != item.id && CollisionKey($0.value) == key }
    }
}

/// What can be compared of an item directory that is gone with one that is new.
private struct Candidate {
    let name: String
    let directory: DirectoryIdentity?
    /// The checksums of all its files, sorted, by every algorithm that is known of all of them.
    let contents: [ChecksumAlgorithm: [String]]

    init(_ item: BaseItem) {
        (name, directory) = (item.name, item.directory)
        contents = Self.contents(item.files.values.map(\.checksums))
    }

    init(_ item: LocalItem, _ checksums: [RelativePath: Checksums]) {
        (name, directory) = (item.name, item.identity)
        contents = item.listingIsComplete ? Self.contents(item.files.values.map { checksums[$0.path] ?? Checksums() }) : [:]
    }

    /// Empty for an item without files, which proves nothing.
    private static func contents(_ files: [Checksums]) -> [ChecksumAlgorithm: [String]] {
        if files.isEmpty { return [:] }
        var contents: [ChecksumAlgorithm: [String]] = [:]
        for algorithm in ChecksumAlgorithm.allCases {
            let known = files.compactMap { $0[algorithm]?.hex }
            if known.count == files.count { contents[algorithm] = known.sorted() }
        }
        return contents
    }

    func isSameDirectory(as new: Candidate) -> Bool {
        guard let directory, let other = new.directory else { return false }
        return directory.isProvablySame(as: other)
    }

    /// The same contents, each as often, whatever the files are called.
    func hasSameContent(as new: Candidate) -> Bool {
        var isProven = false
        for (algorithm, hexes) in contents {
            guard let others = new.contents[algorithm] else { continue }
            if others != hexes { return false }
            isProven = true
        }
        return isProven
    }
}

/// Which of the new could be which of the gone.
private struct Matches {
    private(set) var ofOld: [String: [String]] = [:]
    private(set) var ofNew: [String: [String]] = [:]

    init(_ gone: [Candidate], _ new: [Candidate], where isSame: (Candidate, Candidate) -> Bool) {
        for old in gone {
            for item in new where isSame(old, item) {
                ofOld[old.name, default: []].append(item.name)
                ofNew[item.name, default: []].append(old.name)
            }
        }
    }

    /// The pairs in which each could be the other only.
    var certain: [(old: String, new: String)] {
        ofOld.compactMap { old, news in news.count == 1 && ofNew[news[0]]?.count == 1 ? (old, news[0]) : nil }
    }
}
