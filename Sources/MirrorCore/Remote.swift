import ContentLibraryAPI

/// An item as the server has it.
public struct RemoteItem: Hashable, Sendable {
    public var id: Item.ID
    public var name: String
    /// `iso`, `ovf`, `vm-template`, ...; empty or nil is generic.
    public var type: String?
    public var token: ChangeToken
    /// By name; nil where the list was not read because the token has not moved since it last was.
    public var files: [String: RemoteFile]

    public init(id: Item.ID, name: String, type: String?, token: ChangeToken, files: [String: RemoteFile]) {
        (self.id, self.name, self.type, self.token, self.files) = (id, name, type, token, files)
    }
}

/// What tells cheaply whether an item's list must be read anew. Compared for inequality only.
public struct ChangeToken: Hashable, Sendable {
    public var contentVersion: String?
    public var lastModified: Timestamp?

    public init(contentVersion: String?, lastModified: Timestamp?) { (self.contentVersion, self.lastModified) = (contentVersion, lastModified) }
    /// A token that says nothing never counts as unmoved.
    public var isEmpty: Bool { contentVersion == nil && lastModified == nil }
}

/// A file of an item as `File.list` reports it. Its size is storage used and never compared with a length.
public struct RemoteFile: Hashable, Sendable {
    public var name: String
    public var version: String
    public var checksum: Checksum?

    public init(name: String, version: String, checksum: Checksum?) { (self.name, self.version, self.checksum) = (name, version, checksum) }
    public init(_ info: Item.File.Info) { self.init(name: info.name, version: info.version, checksum: Checksum(info.checksumInfo)) }
}
