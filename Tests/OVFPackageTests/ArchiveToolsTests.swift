import Foundation
import Testing

@testable import OVFPackage

/// Archives that other programs write, and those of ours that they read.
struct ArchiveToolsTests {
    private static let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    private static func program(_ name: String) -> String? {
        directories.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static let longName = "disk-" + String(repeating: "x", count: 180) + ".vmdk"
    private static let files: [(name: String, content: [UInt8])] = [
        ("a.ovf", Array("<Envelope/>".utf8)), ("a.mf", []), ("é disk 1.vmdk", (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }),
        (longName, [UInt8](repeating: 0, count: 1024)), ("e.iso", [1]),
    ]

    private static func run(_ program: String, _ arguments: [String], in directory: URL) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        try #require(status == 0)
    }

    /// A directory with the files, for as long as the body runs.
    private static func withFiles(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ovf-package-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        for file in files { try Data(file.content).write(to: directory.appendingPathComponent(file.name)) }
        try await body(directory)
    }

    private static func expectOurFiles(in archive: [UInt8], comment: Comment) throws {
        for pieces in [777, 1 << 20] {
            let read = try ArchiveStreamTests.read(archive, pieces: pieces)
            #expect(read.map(\.name) == files.map(\.name), comment)
            #expect(read.map(\.content) == files.map(\.content), comment)
        }
    }

    @Test func archivesOfPython() async throws {
        guard let python = Self.program("python3") else {
            print("ArchiveToolsTests: no python3 here, none of its archives read")
            return
        }
        let script = """
            import sys, tarfile
            format = {"ustar": tarfile.USTAR_FORMAT, "pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT}[sys.argv[1]]
            with tarfile.open(sys.argv[2], "w", format=format, pax_headers={"comment": "made by a test"} if sys.argv[1] == "pax" else None) as archive:
                for name in sys.argv[3:]: archive.add(name)
            """
        try await Self.withFiles { directory in
            for format in ["ustar", "pax", "gnu"] {
                // ustar has room for a hundred bytes of a name without a directory.
                let names = Self.files.map(\.name).filter { format != "ustar" || $0.utf8.count <= 100 }
                try await Self.run(python, ["-c", script, format, "\(format).tar"] + names, in: directory)
                let archive = [UInt8](try Data(contentsOf: directory.appendingPathComponent("\(format).tar")))
                if format == "ustar" {
                    #expect(try ArchiveStreamTests.read(archive).map(\.name) == names)
                } else {
                    try Self.expectOurFiles(in: archive, comment: "\(format)")
                }
            }
        }
    }

    @Test func archivesOfTar() async throws {
        guard let tar = Self.program("tar") else {
            print("ArchiveToolsTests: no tar here, none of its archives read")
            return
        }
        try await Self.withFiles { directory in
            for (index, options) in [["--format=gnu"], ["--format=pax"], ["--format=posix", "--blocking-factor=1"], ["--format=oldgnu"]].enumerated() {
                try await Self.run(tar, options + ["--create", "--file=\(index).tar"] + Self.files.map(\.name), in: directory)
                let archive = [UInt8](try Data(contentsOf: directory.appendingPathComponent("\(index).tar")))
                try Self.expectOurFiles(in: archive, comment: "\(options)")
            }
            // What it writes and an OVA cannot have.
            try FileManager.default.createSymbolicLink(atPath: directory.appendingPathComponent("link").path, withDestinationPath: "/etc/passwd")
            try FileManager.default.linkItem(at: directory.appendingPathComponent("e.iso"), to: directory.appendingPathComponent("hard"))
            let sparse = directory.appendingPathComponent("sparse")
            try Data().write(to: sparse)
            let handle = try FileHandle(forWritingTo: sparse)
            try handle.truncate(atOffset: 10 << 20)
            try handle.close()
            for (arguments, problem) in [
                (["a.ovf", "link"], ArchiveError.Problem.kind(.link)), (["a.ovf", "e.iso", "hard"], .kind(.link)),
                (["--sparse", "a.ovf", "sparse"], .kind(.sparse)),
                (["--sparse", "--format=pax", "a.ovf", "sparse"], .kind(.sparse)), (["--format=v7", "a.ovf"], .notTar),
                (["./a.ovf"], .name(.separator("/"))), (["."], .kind(.directory)),
                (["--absolute-names", directory.appendingPathComponent("a.ovf").path], .name(.absolute)), (["e.iso", "a.ovf"], .descriptorNotFirst),
            ] {
                try await Self.run(tar, ["--create", "--file=bad.tar", "--exclude=*.tar"] + arguments, in: directory)
                let error = ArchiveStreamTests.problem([UInt8](try Data(contentsOf: directory.appendingPathComponent("bad.tar"))))
                #expect(error?.problem == problem, "\(arguments)")
            }
        }
    }

    /// What the tables hold for members, libarchive does too.
    @Test func libarchiveReadsTheSame() {
        let archive = LibraryArchive(tar(ArchiveStreamTests.members))
        #expect(archive.isRecognized && archive.isWhole && archive.members.map(\.name) == ArchiveStreamTests.members.map { Array($0.name.utf8) })
        #expect(archive.members.map(\.content) == ArchiveStreamTests.members.map(\.content))
    }
}
