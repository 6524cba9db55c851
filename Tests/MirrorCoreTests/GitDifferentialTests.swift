import Foundation
import Testing

@testable import MirrorCore

/// The patterns against git itself: one repository, one `.gitignore` for each case, one `git check-ignore`.
@Suite struct GitDifferentialTests {
    static let git: String? = ["/usr/bin/git", "/usr/local/bin/git", "/bin/git"].first { FileManager.default.isExecutableFile(atPath: $0) }

    struct Case {
        var folder: String
        var lines: [String]
        /// Below the case's folder; a directory where the path ends in `/`.
        var paths: [String]
    }

    @Test func agreesWithGit() throws {
        guard let git = Self.git else {
            print("git is not installed: the patterns are not compared with it")
            return
        }
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("clsyncd-gitignore-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        var random = SplitMix64(seed: 2026)
        let cases = (0..<150).map { Self.makeCase("c\($0)", using: &random) }
        for one in cases { try Self.lay(one, in: root) }
        _ = try Self.run(git, ["init", "-q"], in: root, input: Data())
        let asked = cases.flatMap { one in one.paths.map { one.folder + "/" + ($0.hasSuffix("/") ? String($0.dropLast()) : $0) } }
        let answer = try Self.run(
            git, ["check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"], in: root, input: Data(asked.map { $0 + "\0" }.joined().utf8))
        let ignored = try Self.ignored(answer)
        #expect(ignored.count == asked.count)
        var counts = [true: 0, false: 0]
        for one in cases {
            let patterns = try IgnorePatterns(lines: one.lines)
            for path in one.paths {
                let isDirectory = path.hasSuffix("/")
                let bare = isDirectory ? String(path.dropLast()) : path
                let ours = patterns.match(try #require(RelativePath(bare)), isDirectory: isDirectory) == .ignore
                #expect(ours == ignored[one.folder + "/" + bare], "\(one.lines) on \(path)")
                counts[ours, default: 0] += 1
            }
        }
        #expect(counts.values.allSatisfy { $0 > 300 })
    }

    // MARK: cases

    static func makeCase(_ folder: String, using random: inout SplitMix64) -> Case {
        var lines: [String] = []
        while lines.count < Int.random(in: 1...4, using: &random) {
            let line = pattern(using: &random)
            if (try? IgnorePatterns(lines: [line])) != nil { lines.append(line) }
        }
        return Case(folder: folder, lines: lines, paths: paths(using: &random))
    }

    /// No `**` right behind a literal: there git reads the rest of `ab**/c` as `**/c`, against its own documentation.
    static func pattern(using random: inout SplitMix64) -> String {
        let pieces = ["a", "b", "ab", "*", "?", "[ab]", "[!a]", "*a", "b*", "a?", "\\a", "[[:alpha:]]", "[a-b]x", "a.b", "*.b", "[^b]*"]
        var text = ["", "", "", "!", "/", "!/", "**/"].randomElement(using: &random) ?? ""
        let count = Int.random(in: 1...3, using: &random)
        for index in 0..<count {
            if index > 0 { text += ["/", "/", "/**/"].randomElement(using: &random) ?? "/" }
            text += pieces.randomElement(using: &random) ?? "a"
        }
        return text + (["", "", "", "/", "/**", " ", "/*"].randomElement(using: &random) ?? "")
    }

    /// A small tree: files, which need not exist, and a few of their directories, which must.
    static func paths(using random: inout SplitMix64) -> [String] {
        let names = ["a", "b", "ab", "ba", "ax", "a.b", "xab"]
        var files: Set<String> = []
        var directories: Set<String> = []
        for _ in 0..<20 {
            let parts = (0..<Int.random(in: 1...4, using: &random)).map { _ in names.randomElement(using: &random) ?? "a" }
            let all = (1...parts.count).map { parts.prefix($0).joined(separator: "/") }
            if all.contains(where: files.contains) || directories.contains(all[all.count - 1]) { continue }
            files.insert(all[all.count - 1])
            directories.formUnion(all.dropLast())
        }
        return files.sorted() + directories.sorted().filter { $0.utf8.count < 4 }.prefix(4).map { $0 + "/" }
    }

    static func lay(_ one: Case, in root: URL) throws {
        let folder = root.appendingPathComponent(one.folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(one.lines.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent(".gitignore"))
        // Git takes what it does not find for a file.
        for path in one.paths where path.hasSuffix("/") {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(path), withIntermediateDirectories: true)
        }
    }

    // MARK: git

    static func run(_ git: String, _ arguments: [String], in directory: URL, input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: git)
        process.arguments = ["-c", "core.ignoreCase=false", "-c", "core.excludesFile=/dev/null"] + arguments
        process.currentDirectoryURL = directory
        // Through files: a pipe would fill up while nobody reads it.
        let (stdin, stdout) = (directory.appendingPathComponent("stdin"), directory.appendingPathComponent("stdout"))
        try input.write(to: stdin)
        try Data().write(to: stdout)
        process.standardInput = try FileHandle(forReadingFrom: stdin)
        process.standardOutput = try FileHandle(forWritingTo: stdout)
        try process.run()
        process.waitUntilExit()
        return try Data(contentsOf: stdout)
    }

    /// By path: records of source, line, pattern and path, each ended by NUL; an empty pattern where none matched.
    static func ignored(_ answer: Data) throws -> [String: Bool] {
        let fields = answer.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(decoding: $0, as: UTF8.self) }
        #expect(fields.count % 4 == 0)
        var ignored: [String: Bool] = [:]
        for start in stride(from: 0, to: fields.count - 3, by: 4) {
            ignored[fields[start + 3]] = !fields[start + 2].isEmpty && !fields[start + 2].hasPrefix("!")
        }
        return ignored
    }
}
