import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct MountTableTests {
    @Test func readsTheKernelsLines() {
        let text = """
            36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            40 36 0:33 / /srv/with\\040blank\\012and\\134line rw - fuse.sshfs host:/dir\\040x rw
            nonsense
            41 36 0:34 / / rw shared:1 master:2 propagate_from:3 - tmpfs tmpfs
            """
        let mounts = MountTable.parse(Array(text.utf8))
        #expect(mounts.map(\.id) == [36, 40, 41] && mounts.map(\.parent) == [35, 36, 36] && mounts.map(\.fileSystem) == ["ext3", "fuse.sshfs", "tmpfs"])
        #expect(mounts[0].root == Array("/mnt1".utf8) && mounts[0].source == Array("/dev/root".utf8))
        #expect(mounts[1].mountPoint == Array("/srv/with blank\nand\\line".utf8) && mounts[1].source == Array("host:/dir x".utf8))
    }

    @Test(arguments: [("/srv/a", "/srv/a", true), ("/srv/a/b", "/srv/a", true), ("/srv/ab", "/srv/a", false), ("/", "/srv", false), ("/srv", "/", true)])
    func tellsWhatLiesBelow(mountPoint: String, path: String, isWithin: Bool) {
        let mount = Mount(id: 1, parent: 0, root: [], mountPoint: Array(mountPoint.utf8), fileSystem: "", source: [])
        #expect(mount.isWithin(path) == isWithin)
    }

    @Test func theRootIsOnOneOfTheMounts() throws {
        let root = try RootDirectory.open("/")
        let mounts = try MountTable.mounts()
        #expect(mounts.contains { $0.id == root.mountID && $0.mountPoint == [UInt8(ascii: "/")] })
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root")) func saysWhenMountsChange() async throws {
        let place = try TemporaryDirectory()
        let table = try MountTable()
        let seen = Collected<Bool>()
        let listening = Task { for await _ in table.changes { seen.append(true) } }
        guard mount("tmpfs", place.path, "tmpfs", 0, "size=1m") == 0 else {
            table.close()
            await listening.value
            try Test.cancel("this sandbox does not allow a mount")
        }
        #expect(await eventually { !seen.all.isEmpty })
        #expect(try MountTable.mounts().contains { $0.isWithin(place.path) })
        seen.clear()
        umount2(place.path, 0)
        #expect(await eventually { !seen.all.isEmpty })
        #expect(try !MountTable.mounts().contains { $0.isWithin(place.path) })
        table.close()
        await listening.value
    }

    @Test func endsWhenClosed() async throws {
        let table = try MountTable()
        let listening = Task { await table.changes.reduce(0) { count, _ in count + 1 } }
        table.close()
        #expect(await listening.value >= 0)
    }
}
