import ContentLibraryAPI

/// What we published of an item: the third side of the comparison.
public struct BaseItem: Hashable, Sendable {
    public var id: Item.ID
    public var name: String
    public var type: String?
    /// The token seen right after our last publish or read.
    public var token: ChangeToken
    /// The directory that became the item; nil in layout `files`.
    public var directory: DirectoryIdentity?
    /// The directory was a mount of its own, on another device than the root.
    public var isMountPoint: Bool
    /// By remote name.
    public var files: [String: BaseFile]
    /// When the server last said that the item is as published.
    public var verifiedAt: Timestamp?

    public init(
        id: Item.ID, name: String, type: String?, token: ChangeToken, directory: DirectoryIdentity?, files: [String: BaseFile],
        verifiedAt: Timestamp? = nil, isMountPoint: Bool = false
    ) {
        (self.id, self.name, self.type, self.token) = (id, name, type, token)
        (self.directory, self.files, self.verifiedAt, self.isMountPoint) = (directory, files, verifiedAt, isMountPoint)
    }
}

/// One published file: which local file it was, and what the server then said of it.
public struct BaseFile: Hashable, Sendable {
    public var name: String
    public var path: RelativePath
    /// The local file when it was read.
    public var fingerprint: Fingerprint
    /// Of the bytes sent or adopted.
    public var checksums: Checksums
    /// As File.list had it right after the publish.
    public var remote: RemoteFile

    public init(name: String, path: RelativePath, fingerprint: Fingerprint, checksums: Checksums, remote: RemoteFile) {
        (self.name, self.path, self.fingerprint, self.checksums, self.remote) = (name, path, fingerprint, checksums, remote)
    }
}
