import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct DirectoryScannerTests {
    private typealias Entry = ScannedDirectory.Entry

    private func scan(
        _ place: TemporaryDirectory, _ directory: RelativePath = .root, descend: Int = .max, follow: Bool = false
    ) throws -> ScannedDirectory {
        try DirectoryScanner.scan(RootDirectory.open(place.path), directory: directory, options: .init(descend: descend, followSymlinks: follow))
    }
    private func fingerprint(_ entry: Entry?) throws -> Fingerprint {
        guard case .file(let found) = entry else { throw HostError("find a file in \(String(describing: entry))", code: ENOENT) }
        return found
    }

    @Test func seesFilesAndDirectories() throws {
        let place = try TemporaryDirectory()
        try place.directory("a/b")
        try place.write("top", "12345")
        try place.write("a/b/deep", "123")
        try place.write("a/empty")
        let tree = try scan(place)
        #expect(tree.problem == nil && tree.firstFault == nil)
        #expect(Set(tree.entries.keys) == ["top", "a"])
        #expect(try fingerprint(tree.entries["top"]).size == 5)
        let inner = try #require(tree.directory(at: "a/b"))
        #expect(try fingerprint(inner.entries["deep"]) == RootDirectory.open(place.path).openFile("a/b/deep").fingerprint())
        #expect(try tree.identity == RootDirectory.open(place.path).identity)
        #expect(try inner.identity == RootDirectory.open(place("a/b")).identity)
        #expect(try scan(place, "a").directory(at: "b") == inner)
    }

    @Test func goesAsDeepAsAsked() throws {
        let place = try TemporaryDirectory()
        try place.directory("1/2/3")
        try place.write("1/2/file")
        let whole = try scan(place)
        let shallow = try scan(place, descend: 0)
        let outer = try #require(shallow.directory(at: "1"))
        #expect(outer.entries.isEmpty && outer.problem == DirectoryScanner.notEntered("1") && outer.identity == whole.directory(at: "1")?.identity)
        let one = try scan(place, descend: 1)
        #expect(one.directory(at: "1")?.problem == nil && one.directory(at: "1/2")?.problem == DirectoryScanner.notEntered("1/2"))
        #expect(one.firstFault == nil)
        #expect(try scan(place, descend: 3) == whole)
    }

    @Test func reportsWhatIsNoFile() async throws {
        let place = try TemporaryDirectory()
        mkfifo(place("fifo"), 0o600)
        let listener = try ControlListener.open(place("socket"))
        try place.write("target", "1234")
        try place.directory("inner")
        let links = ["link": "target", "dangling": "nothing", "loop": "loop", "outside": "/etc/passwd", "directory": "inner", "special": "fifo"]
        for (name, target) in links { try place.link(name, to: target) }
        let plain = try scan(place)
        let following = try scan(place, follow: true)
        for name in ["fifo", "socket"] as [FileName] { #expect(plain.entries[name] == .special) }
        for name in links.keys {
            #expect(plain.entries[try #require(FileName(name))] == .symlink(nil))
            let found = following.entries[try #require(FileName(name))]
            #expect(try found == .symlink(name == "link" ? fingerprint(plain.entries["target"]) : nil))
        }
        listener.close()
        if mknod(place("device"), S_IFCHR | 0o600, 0x103) == 0 { #expect(try scan(place).entries["device"] == .special) }
    }

    @Test func namesAreBytes() throws {
        let place = try TemporaryDirectory()
        let names: [[UInt8]] = [
            Array("line\nbreak".utf8), [0xff, 0xfe, 0x80], Array("\u{1b}[2J".utf8), Array("é".utf8), Array("e\u{301}".utf8), Array(" ".utf8),
            Array(repeating: UInt8(ascii: "n"), count: 255), Array("...".utf8), [0x2e, 0x2e, 0xff],
        ]
        for name in names { try place.write(name, [1]) }
        let tree = try scan(place)
        #expect(Set(tree.entries.keys.map(\.bytes)) == Set(names))
        for name in names { #expect(try fingerprint(tree.entries[try #require(FileName(bytes: name))]).size == 1) }
    }

    @Test func anUnreadablePartLeavesTheRest() async throws {
        let place = try TemporaryDirectory()
        chmod(place.path, 0o755)
        for name in ["closed", "unsearchable", "open"] { try place.write("\(try place.directory(name).split(separator: "/").last ?? "")/file", "x") }
        chmod(place("closed"), 0)
        chmod(place("unsearchable"), 0o444)
        let path = place.path
        let tree = try await withoutPrivileges { try DirectoryScanner.scan(RootDirectory.open(path), options: .init(descend: 5)) }
        #expect(tree.problem == nil && tree.firstFault == nil)
        #expect(tree.entries["closed"] == .unreadableDirectory(ScanProblem("closed", code: EACCES)))
        #expect(tree.directory(at: "unsearchable")?.entries == ["file": .unreadable(ScanProblem("unsearchable/file", code: EACCES))])
        #expect(try fingerprint(tree.directory(at: "open")?.entries["file"]).size == 1)
        let closed = try await withoutPrivileges {
            #expect(throws: ScanProblem.self) { try DirectoryScanner.scan(RootDirectory.open(path), directory: "closed", options: .init(descend: 0)) }
        }
        #expect(closed == ScanProblem("closed", code: EACCES))
    }

    @Test func whatIsGoneIsSaidSo() throws {
        let place = try TemporaryDirectory()
        try place.write("file")
        try place.link("link", to: ".")
        for (path, code) in [("gone", ENOENT), ("file", ENOTDIR), ("link", ELOOP)] as [(RelativePath, Int32)] {
            let error = #expect(throws: ScanProblem.self) { try scan(place, path) }
            #expect(error.map { $0.code == code || path == "link" && $0.code == ENOTDIR } == true)
        }
    }

    /// On the stack that a thread of ours has.
    @Test func veryDeepTreesAreBounded() async throws {
        let place = try TemporaryDirectory()
        let deepest = DirectoryScanner.deepest
        try place.directory(Array(repeating: "d", count: deepest + 3).joined(separator: "/"))
        let path = place.path
        var here = try await DiskThread(name: "deep").run { try DirectoryScanner.scan(RootDirectory.open(path), options: .init(descend: .max)) }
        for _ in 0..<deepest { here = try #require(here.directory(at: "d")) }
        guard case .unreadableDirectory(let problem) = here.entries["d"] else {
            Issue.record("expected the end of the scan, found \(here.entries)")
            return
        }
        #expect(problem.path.components.count == deepest + 1 && problem.text == "nested deeper than 128 directories" && !problem.isFault)
        #expect(openDescriptors(below: place.path) == 0)
        let watcher = try InotifyWatcher(path: place.path, depth: .max)
        #expect(await watcher.rearm() == .watching(watches: deepest + 1))
    }

    @Test func cancellationEndsTheScan() throws {
        let place = try TemporaryDirectory()
        for number in 0..<600 { try place.write("f\(number)") }
        var asked = 0
        #expect(throws: CancellationError.self) {
            try DirectoryScanner.scan(RootDirectory.open(place.path), options: .init(descend: 1)) {
                asked += 1
                return asked == 3
            }
        }
        #expect(asked == 3)
    }

    /// Another file system below the root is reported with its own device, so that a mount that went away is noticed.
    @Test(.enabled(if: geteuid() == 0, "mounting needs root")) func mountsKeepTheirIdentity() throws {
        let place = try TemporaryDirectory()
        try place.directory("mounted")
        let before = try #require(try scan(place).directory(at: "mounted")).identity
        guard mount("tmpfs", place("mounted"), "tmpfs", 0, "size=1m") == 0 else {
            try Test.cancel("this sandbox does not allow a mount")
        }
        defer { umount2(place("mounted"), Int32(MNT_DETACH)) }
        for depth in 0...1 {
            let tree = try scan(place, descend: depth)
            let after = try #require(tree.directory(at: "mounted")).identity
            #expect(after.device != tree.identity.device && after.device != before.device && after.fileSystem == 0x0102_1994)
        }
    }

    /// Files are created, renamed over each other and removed while the tree is scanned: what was there all the time is always seen.
    @Test func aBusyDirectoryLosesNoName() async throws {
        let place = try TemporaryDirectory()
        for number in 0..<300 { try place.write("steady\(number)", "x") }
        let stop = Flag()
        async let churn: Void = besides {
            var round = 0
            while !stop.isRaised {
                round += 1
                try place.write("new", "\(round)")
                try place.move("new", "steady\(round % 300)")
                try place.write("passing\(round % 7)")
                unlink(place("passing\((round + 3) % 7)"))
            }
        }
        for _ in 0..<30 {
            let tree = try scan(place)
            let seen = Set(tree.entries.keys)
            #expect(tree.problem?.code == nil || tree.problem?.code == EAGAIN)
            if tree.problem == nil { for number in 0..<300 { #expect(seen.contains(try #require(FileName("steady\(number)")))) } }
        }
        stop.raise()
        try await churn
        #expect(try scan(place).problem == nil)
    }

    @Test func aHundredThousandFiles() async throws {
        let place = try TemporaryDirectory(inMemory: true)
        for item in 0..<100 {
            try place.directory("item\(item)")
            for number in 0..<1000 { try place.write("item\(item)/file\(number)") }
        }
        let began = BootTime.now()
        let tree = try scan(place, descend: 1)
        print("scanned 100,000 files in \(BootTime.now() - began)")
        #expect(tree.entries.count == 100 && tree.firstFault == nil)
        for item in 0..<100 { #expect(tree.directory(at: RelativePath(stringLiteral: "item\(item)"))?.entries.count == 1000) }
        #expect(openDescriptors(below: place.path) == 0)
    }
}

/// Runs blocking work beside a test, on a thread of its own.
func besides(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await DiskThread(name: "beside").run(work)
}
