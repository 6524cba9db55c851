/// A mirror's directory, seen through its mapping: the items that should be.
public struct LocalMirror: Hashable, Sendable {
    /// By item name.
    public var items: [String: LocalItem]
    /// Items that exist here but are not managed, with the reason; their remote copies stay.
    public var unmanagedItems: [String: Unmanaged]
    /// Everything that was passed over and has no item or file name of its own.
    public var passedOver: [Unmanaged]
    /// Whether an item that is missing here is gone: the root's listing was complete and no fault was met anywhere.
    public var listingIsComplete: Bool

    public init(items: [String: LocalItem] = [:], unmanagedItems: [String: Unmanaged] = [:], passedOver: [Unmanaged] = [], listingIsComplete: Bool = true) {
        (self.items, self.unmanagedItems, self.passedOver, self.listingIsComplete) = (items, unmanagedItems, passedOver, listingIsComplete)
    }
    public var fileCount: Int { items.values.reduce(0) { $0 + $1.files.count } }
}

/// One item as its local files say it should be.
public struct LocalItem: Hashable, Sendable {
    public var name: String
    /// `iso`, or nil for generic.
    public var type: String?
    /// The item's directory, relative to the root; the root itself in layouts `files` and `single`.
    public var directory: RelativePath
    /// Nil in layout `files`, where a file is the item.
    public var identity: DirectoryIdentity?
    /// By remote name.
    public var files: [String: LocalFile]
    /// Files that exist but are not mirrored, by the remote name they would have; their remote copies stay.
    public var unmanaged: [String: Unmanaged]
    /// Whether a file that is missing here is gone.
    public var listingIsComplete: Bool

    public init(
        name: String, type: String?, directory: RelativePath, identity: DirectoryIdentity?, files: [String: LocalFile] = [:],
        unmanaged: [String: Unmanaged] = [:],
        listingIsComplete: Bool = true
    ) {
        (self.name, self.type, self.directory, self.identity) = (name, type, directory, identity)
        (self.files, self.unmanaged, self.listingIsComplete) = (files, unmanaged, listingIsComplete)
    }
}

public struct LocalFile: Hashable, Sendable {
    /// The remote name.
    public var name: String
    public var path: RelativePath
    public var fingerprint: Fingerprint

    public init(name: String, path: RelativePath, fingerprint: Fingerprint) { (self.name, self.path, self.fingerprint) = (name, path, fingerprint) }
}

/// Something that exists and is not mirrored.
public struct Unmanaged: Hashable, Sendable {
    public var path: RelativePath
    public var reason: Reason

    public init(path: RelativePath, reason: Reason) { (self.path, self.reason) = (path, reason) }

    public enum Reason: Hashable, Sendable {
        case excluded
        case symlink, special
        case unreadable(ScanProblem)
        /// Not valid UTF-8, too long, or not allowed as a remote name.
        case badName(String)
        /// Another local name has the same remote name.
        case collision(with: RelativePath)
        /// A file beside the item directories.
        case looseFile
        /// A directory inside an item or beside item files.
        case nestedDirectory
        /// The item holds files of a kind that is not supported yet.
        case unsupportedType(String)

        /// For people.
        public var text: String {
            switch self {
            case .excluded: "excluded"
            case .symlink: "a symbolic link; symlinks = \"follow\" follows links to regular files inside the mirror"
            case .special: "not a regular file or directory"
            case .unreadable(let problem): "unreadable: \(problem.text)"
            case .badName(let why): "refused name: \(why)"
            case .collision(let path): "refused: has the same remote name as \(path)"
            case .looseFile: "a file beside the item directories is not part of an item"
            case .nestedDirectory: "a nested directory is ignored; nested = \"flatten\" takes its files"
            case .unsupportedType(let type): "items of type \(type) are not supported yet"
            }
        }
    }
}
