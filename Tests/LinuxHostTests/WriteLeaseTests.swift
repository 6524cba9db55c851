import CLinux
import Glibc
import MirrorCore
import Synchronization
import Testing

@testable import LinuxHost

@Suite struct WriteLeaseTests {
    @Test func seesAWriterAsLongAsThereIsOne() throws {
        let place = try TemporaryDirectory()
        try place.write("file", "text")
        let file = try RootDirectory.open(place.path).openFile("file")
        #expect(WriteLease.probe(file) == .notOpenForWriting)
        let writer = open(place("file"), O_RDWR)
        #expect(WriteLease.probe(file) == .openForWriting)
        // A mapping outlives its descriptor.
        let mapping = mmap(nil, 4, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0)
        close(writer)
        #expect(WriteLease.probe(file) == .openForWriting)
        munmap(mapping, 4)
        #expect(WriteLease.probe(file) == .notOpenForWriting)
        let reader = open(place("file"), O_RDONLY)
        #expect(WriteLease.probe(file) == .notOpenForWriting)
        close(reader)
    }

    /// A lease that somebody breaks in the moment it is held signals the process: never by SIGIO, which would end it.
    @Test func aBrokenLeaseDoesNoHarm() async throws {
        let place = try TemporaryDirectory()
        let path = try place.write("file", "text")
        let before = signal(SIGURG) { _ in brokenLeases.add(1, ordering: .relaxed) }
        defer { signal(SIGURG, before) }
        let file = try RootDirectory.open(place.path).openFile("file")
        #expect(clinux_take_lease(file.descriptor.number) == 0)
        async let writer: Int32 = DiskThread(name: "writer").run { open(path, O_WRONLY) }
        #expect(await eventually { brokenLeases.load(ordering: .relaxed) > 0 })
        clinux_release_lease(file.descriptor.number)
        // The writer only waited.
        let opened = try await writer
        #expect(opened >= 0 && WriteLease.probe(file) == .openForWriting)
        close(opened)
        #expect(WriteLease.probe(file) == .notOpenForWriting)
    }

    @Test(.enabled(if: geteuid() == 0, "another user's file needs root to be made")) func anothersFileIsUnsupported() async throws {
        let place = try TemporaryDirectory()
        chmod(place.path, 0o755)
        try place.write("file", "text", mode: 0o644)
        let path = place.path
        let answer = try await withoutPrivileges { WriteLease.probe(try RootDirectory.open(path).openFile("file")) }
        #expect(answer == .unsupported(EACCES))
    }
}

/// How often the kernel said that a lease was broken.
private let brokenLeases = Atomic(0)
