import Glibc
import MirrorCore
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

    @Test func askingDoesNoHarm() async throws {
        let place = try TemporaryDirectory()
        try place.write("file", "text")
        let path = place("file")
        let stop = Flag()
        let opened = Collected<Bool>()
        async let writing: Void = besides {
            while !stop.isRaised {
                let writer = open(path, O_WRONLY)
                opened.append(writer >= 0)
                close(writer)
            }
        }
        let file = try RootDirectory.open(place.path).openFile("file")
        var answers: Set<WriteLease.Answer> = []
        for _ in 0..<20_000 { answers.insert(WriteLease.probe(file)) }
        stop.raise()
        try await writing
        // The process still lives: breaking a lease did not end it. And no writer was turned away.
        #expect(opened.all.allSatisfy { $0 })
        #expect(answers.isSubset(of: [.notOpenForWriting, .openForWriting]) && answers.contains(.notOpenForWriting))
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
