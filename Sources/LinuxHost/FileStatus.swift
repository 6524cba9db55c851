import CLinux
import Glibc
import MirrorCore

/// What `statx(2)` says of a name or a descriptor.
struct FileStatus: Sendable {
    enum Kind: Sendable { case file, directory, symlink, special }

    var kind: Kind
    var device: UInt64
    var inode: UInt64
    /// Nil where the kernel does not tell it.
    var mountID: UInt64?
    var born: Int64?
    var fingerprint: Fingerprint

    private init(_ raw: clinux_status) {
        switch raw.mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink
        default: kind = .special
        }
        (device, inode) = (raw.device, raw.inode)
        mountID = raw.has_mount ? raw.mount : nil
        born = raw.has_born ? raw.born : nil
        fingerprint = Fingerprint(size: raw.size, modified: raw.modified, changed: raw.changed, inode: raw.inode)
    }

    static func of(_ descriptor: Descriptor) -> Result<FileStatus, Errno> { of([0], in: descriptor.number) }
    /// Of a name in the directory; a symbolic link is not followed.
    static func of(_ name: FileName, in directory: Descriptor) -> Result<FileStatus, Errno> {
        of(cString(name.bytes), in: directory.number)
    }
    static func of(_ path: [CChar], in directory: Int32) -> Result<FileStatus, Errno> {
        var raw = clinux_status()
        let result = clinux_status(directory, path, &raw)
        return result < 0 ? .failure(Errno(code: -result)) : .success(FileStatus(raw))
    }

    /// The identity of the directory that the descriptor holds and this status describes. On the parent's device there is no need to ask for
    /// the file system again.
    func identity(_ descriptor: Descriptor, parent: DirectoryIdentity? = nil) -> Result<DirectoryIdentity, Errno> {
        var magic: Int64 = 0
        if let parent, parent.device == device {
            magic = parent.fileSystem
        } else {
            let result = clinux_file_system(descriptor.number, &magic)
            if result < 0 { return .failure(Errno(code: -result)) }
        }
        return .success(DirectoryIdentity(device: device, inode: inode, born: born, fileSystem: magic))
    }
}
