import Foundation
import Glibc
import LinuxHost
import MirrorCore
import Testing

@testable import MirrorEngine

@Suite("Source reader")
struct SourceReaderTests {
    private let directory: TemporaryDirectory
    private let source: SourceTree
    private let reader: SourceReader

    init() throws {
        directory = try TemporaryDirectory()
        source = SourceTree(path: directory("source"))
        reader = SourceReader(rules: MirrorRules(name: "mirror", path: directory("source"), library: "Library"))
    }

    /// As a scan lists it.
    private func listed(_ name: String) throws -> LocalFile {
        let path = try #require(RelativePath(name))
        let fingerprint = try RootDirectory.open(source.path).openFile(path).fingerprint()
        return LocalFile(name: "f", path: path, fingerprint: fingerprint)
    }

    @Test("a file is told to be open for writing, or not")
    func writers() throws {
        try source.write("a/f", "text")
        let file = try listed("a/f")
        #expect(try reader.writers(of: file) == .notOpenForWriting)
        let writer = open(source("a/f"), O_WRONLY)
        #expect(try reader.writers(of: file) == .openForWriting)
        close(writer)
        #expect(try reader.writers(of: file) == .notOpenForWriting)
    }

    @Test("of a file that is not there, or not the one that was listed, nothing is told", arguments: ["root", "file", "other", "written"])
    func anotherFile(_ what: String) throws {
        try source.write("a/f", "text")
        let file = try listed("a/f")
        switch what {
        case "root": #expect(rename(source.path, directory("away")) == 0)
        case "file": try source.remove("a/f")
        case "other":
            try source.write("a/g", "text")
            try source.move("a/g", "a/f")
        default: try source.write("a/f", "another text")
        }
        #expect(try reader.writers(of: file) == nil)
    }

    @Test("a file that cannot be read says why", .enabled(if: geteuid() == 0, "only root becomes somebody else"))
    func unreadable() async throws {
        try source.write("a/f", "text")
        let file = try listed("a/f")
        #expect(chmod(source("a/f"), 0) == 0 && chmod(directory.path, 0o755) == 0)
        let thread = try DiskThread(name: "nobody")
        defer { thread.close() }
        try await thread.run { becomeNobody() }
        let reader = reader
        await #expect(throws: ReadFault.self) { () async throws in _ = try await thread.run { try reader.writers(of: file) } }
    }
}
