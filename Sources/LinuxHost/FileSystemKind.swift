/// The file systems of which Linux names a type by the magic number of `statfs(2)`, as far as they need another treatment.
public enum FileSystemKind {
    /// The name of a file system on which other machines or a user process may change files without the kernel noticing: there inotify is
    /// silent and inode numbers may be unstable. Nil for local ones. Numbers from linux/magic.h and the projects' own sources.
    public static func remoteName(magic: Int64) -> String? { remote[magic] }

    private static let remote: [Int64: String] = [
        0x6969: "NFS", 0x517b: "SMB", 0xff53_4d42: "CIFS", 0xfe53_4d42: "SMB2", 0x6573_5546: "FUSE", 0x0102_1997: "9P", 0x00c3_6400: "Ceph",
        0x5346_414f: "AFS", 0x6b41_4653: "AFS", 0x7375_7245: "Coda", 0x564c: "NCP", 0x0bd0_0bd0: "Lustre", 0x4750_4653: "GPFS", 0x7461_636f: "OCFS2",
        0x0116_1970: "GFS2", 0x2003_0528: "OrangeFS", 0x1983_0326: "BeeGFS", 0x786f_4256: "vboxsf", 0xbacb_acbc: "vmhgfs", 0xaad7_aaea: "PanFS",
    ]
}
