/// What `statx(2)` says of a regular file: it tells that a file moved, never that two files are equal.
public struct Fingerprint: Hashable, Sendable {
    /// Length in bytes.
    public var size: Int64
    /// Last modification, nanoseconds since the epoch.
    public var modified: Int64
    /// Last status change, nanoseconds since the epoch.
    public var changed: Int64
    public var inode: UInt64

    public init(size: Int64, modified: Int64, changed: Int64, inode: UInt64) {
        (self.size, self.modified, self.changed, self.inode) = (size, modified, changed, inode)
    }

    /// The parts that a mirror compares. Gluster and some network file systems have unstable times or inodes.
    public struct Fields: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let size = Fields(rawValue: 1), modified = Fields(rawValue: 2), changed = Fields(rawValue: 4), inode = Fields(rawValue: 8)
        public static let all: Fields = [.size, .modified, .changed, .inode]
    }

    public func equals(_ other: Fingerprint, in fields: Fields) -> Bool {
        (!fields.contains(.size) || size == other.size) && (!fields.contains(.modified) || modified == other.modified)
            && (!fields.contains(.changed) || changed == other.changed) && (!fields.contains(.inode) || inode == other.inode)
    }
}

/// Which directory this is. Device numbers change at a reboot: they are compared within one pass only.
public struct DirectoryIdentity: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64
    /// Birth, nanoseconds since the epoch; nil where the file system does not keep it.
    public var born: Int64?
    /// The magic number of `statfs(2)`.
    public var fileSystem: Int64

    public init(device: UInt64, inode: UInt64, born: Int64?, fileSystem: Int64) {
        (self.device, self.inode, self.born, self.fileSystem) = (device, inode, born, fileSystem)
    }

    /// The same directory, judged by what outlives a reboot.
    public func isSame(as other: DirectoryIdentity) -> Bool { inode == other.inode && born == other.born && fileSystem == other.fileSystem }
    /// The same directory under another name: only where the birth time proves it, since inodes are reused.
    public func isProvablySame(as other: DirectoryIdentity) -> Bool { born != nil && isSame(as: other) }
}
