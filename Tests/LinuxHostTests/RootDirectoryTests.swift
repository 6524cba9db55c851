import CLinux
import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct RootDirectoryTests {
    private static let both: [RootDirectory.Resolution] = [.kernel, .walk]

    private func tree() throws -> TemporaryDirectory {
        let place = try TemporaryDirectory()
        try place.directory("root/item")
        try place.directory("outside")
        try place.write("outside/secret", "secret")
        try place.write("root/item/disk.iso", "0123456789")
        try place.link("root/item/inside", to: "disk.iso")
        try place.link("root/up", to: "item/../item/disk.iso")
        try place.link("root/chain", to: "up")
        try place.link("root/escape", to: "../outside/secret")
        try place.directory("root-sibling")
        try place.write("root-sibling/disk.iso")
        try place.link("root/absolute", to: place("root/item/../item/disk.iso"))
        try place.link("root/absolute-up", to: place("root/../outside/secret"))
        try place.link("root/absolute-outside", to: place("root-sibling/disk.iso"))
        try place.link("root/dangling", to: "nothing")
        try place.link("root/loop", to: "loop")
        try place.link("root/directory", to: "item")
        mkfifo(place("root/fifo"), 0o600)
        return place
    }

    @Test(arguments: both) func opensRegularFilesOnly(_ resolution: RootDirectory.Resolution) throws {
        let place = try tree()
        let root = try RootDirectory.open(place("root"), resolution: resolution)
        let file = try root.openFile("item/disk.iso")
        #expect(try file.fingerprint().size == 10)
        #expect(file.path == "item/disk.iso")
        var refusals: [RelativePath: SourceFileError] = [
            "item": .notRegular("item"), "fifo": .notRegular("fifo"), "nothing": .missing("nothing"), "item/disk.iso/x": .missing("item/disk.iso/x"),
            "up": .notRegular("up"), "loop": .notRegular("loop"),
        ]
        refusals["directory/disk.iso"] = .unreadable(ScanProblem("directory/disk.iso", code: ELOOP))
        for (path, error) in refusals { #expect(throws: error) { try root.openFile(path) } }
    }

    @Test(arguments: both) func followsLinksBeneathTheRootOnly(_ resolution: RootDirectory.Resolution) throws {
        let place = try tree()
        let root = try RootDirectory.open(place("root"), resolution: resolution)
        let inode = try root.openFile("item/disk.iso").fingerprint().inode
        for path in ["item/inside", "up", "chain", "directory/disk.iso", "directory/inside", "item/disk.iso", "absolute"] as [RelativePath] {
            #expect(try root.openFollowing(path).fingerprint().inode == inode)
        }
        let refusals: [RelativePath: SourceFileError] = [
            "escape": .unreadable(ScanProblem("escape", code: EXDEV)), "absolute-up": .unreadable(ScanProblem("absolute-up", code: EXDEV)),
            "absolute-outside": .unreadable(ScanProblem("absolute-outside", code: EXDEV)),
            "loop": .unreadable(ScanProblem("loop", code: ELOOP)), "dangling": .missing("dangling"), "directory": .notRegular("directory"),
        ]
        for (path, error) in refusals { #expect(throws: error) { try root.openFollowing(path) } }
        // The configured path leads here through a link: what the kernel calls the root counts too.
        try place.link("alias", to: "root")
        #expect(try RootDirectory.open(place("alias"), resolution: resolution).openFollowing("absolute").fingerprint().inode == inode)
    }

    @Test(arguments: both) func tellsWhatIsThere(_ resolution: RootDirectory.Resolution) throws {
        let place = try tree()
        let root = try RootDirectory.open(place("root"), resolution: resolution)
        for path in ["item", "item/disk.iso", "loop", "dangling", "fifo", .root] as [RelativePath] { #expect(root.presence(of: path) == .present) }
        for path in ["gone", "item/gone", "gone/below", "item/disk.iso/below"] as [RelativePath] { #expect(root.presence(of: path) == .absent) }
        #expect(root.presence(of: "directory/disk.iso") == .unknown(ScanProblem("directory/disk.iso", code: ELOOP)))
    }

    @Test func knowsItselfThroughALinkAndAfterARename() throws {
        let place = try tree()
        try place.link("alias", to: "root")
        let root = try RootDirectory.open(place("root"))
        #expect(try RootDirectory.open(place("alias")).identity == root.identity)
        #expect(root.identity.isSame(as: root.identity) && root.remoteFileSystem == nil)
        #expect(try RootDirectory.open(place("outside")).identity.inode != root.identity.inode)
        // A pass goes on in the directory that it began in.
        try place.move("root", "moved")
        try place.directory("root/item")
        #expect(try root.openFile("item/disk.iso").fingerprint().size == 10)
    }

    @Test func saysWhyThereIsNoRoot() async throws {
        let place = try tree()
        let missing = try #require(throws: RootUnavailable.self) { try RootDirectory.open(place("nothing")) }
        #expect(missing.isMissing && missing.code == ENOENT)
        let file = try #require(throws: RootUnavailable.self) { try RootDirectory.open(place("outside/secret")) }
        #expect(file.isMissing && file.description.hasSuffix("not a directory, or below something that is none"))
        chmod(place("outside"), 0o700)
        try place.directory("outside/inner")
        let path = place("outside/inner")
        chmod(place("outside"), 0)
        let hidden = try await withoutPrivileges { #expect(throws: RootUnavailable.self) { try RootDirectory.open(path) } }
        #expect(hidden?.code == EACCES && hidden?.isMissing == false)
    }

    @Test func unreadableFilesAreNamed() async throws {
        let place = try tree()
        chmod(place.path, 0o755)
        try place.write("root/item/private", "x", mode: 0)
        let path = place("root")
        let error = try await withoutPrivileges {
            let root = try RootDirectory.open(path)
            return #expect(throws: SourceFileError.self) { try root.openFile("item/private") }
        }
        #expect(error == .unreadable(ScanProblem("item/private", code: EACCES)))
        #expect(error?.description == "item/private: Permission denied")
    }

    @Test(
        arguments: [
            (0x6969, "NFS"), (0x6573_5546, "FUSE"), (0xfe53_4d42, "SMB2"), (0x0102_1997, "9P"), (0xef53, nil), (0x0102_1994, nil), (0x9123_683e, nil),
            (0x5846_5342, nil),
        ] as [(Int64, String?)]) func knowsWhatIsRemote(magic: Int64, name: String?)
    {
        #expect(FileSystemKind.remoteName(magic: magic) == name)
    }

    @Test func nothingStaysOpen() throws {
        let place = try tree()
        do {
            let root = try RootDirectory.open(place("root"))
            _ = try root.openFollowing("chain")
            #expect(throws: SourceFileError.self) { try root.openFile("fifo") }
            withExtendedLifetime(root) { #expect(openDescriptors(below: place.path) > 0) }
        }
        #expect(openDescriptors(below: place.path) == 0)
    }

    @Test func readsFromAnyOffset() throws {
        let place = try tree()
        let file = try RootDirectory.open(place("root")).openFile("item/disk.iso")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
        defer { buffer.deallocate() }
        for (offset, text) in [(8, "89"), (0, "0123"), (10, ""), (3, "3456")] as [(Int64, String)] {
            let count = try file.read(into: buffer, at: offset)
            #expect(String(decoding: buffer[..<count], as: UTF8.self) == text)
        }
    }
}
