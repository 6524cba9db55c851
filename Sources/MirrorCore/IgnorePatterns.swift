/// An ordered list of ignore patterns, as gitignore(5) documents them, over bytes: names need not be UTF-8.
///
/// The last pattern that matches decides, and nothing below an ignored directory can be taken back. Where git silently ignores a pattern
/// that can never match, this refuses it. Matching takes time that grows with the product of the lengths, whatever the pattern.
public struct IgnorePatterns: Hashable, Sendable {
    public enum Match: Hashable, Sendable {
        /// A pattern that begins with `!` decided.
        case include
        case ignore
        /// No pattern matched.
        case none
    }

    private var patterns: [IgnorePattern]

    /// One pattern a line; blank lines and lines that begin with `#` count, and say nothing.
    public init(lines: [String]) throws(PatternError) { try self.init(byteLines: lines.map { Array($0.utf8) }) }

    /// The text of an ignore file: lines that end in LF or CR LF, after a byte order mark or none.
    public init(contents: [UInt8]) throws(PatternError) {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = contents.starts(with: mark) ? contents.dropFirst(mark.count) : contents[...]
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        try self.init(byteLines: lines.map { $0.last == UInt8(ascii: "\r") ? Array($0.dropLast()) : Array($0) })
    }

    private init(byteLines: [[UInt8]]) throws(PatternError) {
        patterns = []
        for (index, line) in byteLines.enumerated() {
            do {
                if let pattern = try IgnorePattern(line: line) { patterns.append(pattern) }
            } catch { throw PatternError(line: index + 1, pattern: printable(line), reason: error) }
        }
    }

    public var isEmpty: Bool { patterns.isEmpty }
    /// The later list goes before the earlier one: its matches decide.
    public static func + (earlier: Self, later: Self) -> Self {
        var both = earlier
        both.patterns += later.patterns
        return both
    }

    /// What the list says of a path, its directories asked first, from the top.
    public func match(_ path: RelativePath, isDirectory: Bool) -> Match {
        let names = path.components[...]
        for depth in 1..<max(names.count, 1) where matchAlone(names.prefix(depth), isDirectory: true) == .ignore { return .ignore }
        return matchAlone(names, isDirectory: isDirectory)
    }

    /// What the list says of the path itself, as if its directories were not ignored.
    func matchAlone(_ names: ArraySlice<FileName>, isDirectory: Bool) -> Match {
        guard let pattern = patterns.last(where: { $0.matches(names, isDirectory: isDirectory) }) else { return .none }
        return pattern.isNegated ? .include : .ignore
    }

    /// Whether a pattern spells this directory out as the way to what it matches, as `.cache/*.iso` does `.cache`.
    func leadsInto(_ directory: ArraySlice<FileName>) -> Bool { patterns.contains { $0.leadsInto(directory) } }
}

/// A pattern that cannot be used.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In the list or file, from 1.
    public var line: Int
    /// The line, for people.
    public var pattern: String
    public var reason: Reason

    public enum Reason: String, Error, Hashable, Sendable {
        case unclosedSet = "\"[\" without \"]\"; write \"\\[\" for the character itself"
        case unknownClass = "unknown character class; those of POSIX are alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper and xdigit"
        case danglingEscape = "nothing follows the last \"\\\""
        case nothing = "names no file"
        case emptyComponent = "an empty path component matches nothing"
        case dotComponent = "\".\" and \"..\" match nothing; a leading \"/\" ties a pattern to the root"
        case nul = "a file name holds no NUL"
    }

    public init(line: Int, pattern: String, reason: Reason) { (self.line, self.pattern, self.reason) = (line, pattern, reason) }
    public var description: String { "line \(line): \"\(pattern)\": \(reason.rawValue)" }
}

/// One pattern: path components to match from the root, where `**` stands for any number of directories.
struct IgnorePattern: Hashable, Sendable {
    enum Component: Hashable, Sendable {
        case glob(Glob)
        /// `**`: any number of directories, or, at the end, everything inside.
        case any
    }

    let components: [Component]
    let isNegated: Bool
    let matchesDirectoriesOnly: Bool

    /// Nil for a blank line and a comment.
    init?(line: [UInt8]) throws(PatternError.Reason) {
        var bytes = withoutTrailingSpaces(line)
        if bytes.isEmpty || bytes.first == UInt8(ascii: "#") { return nil }
        if bytes.contains(0) { throw .nul }
        isNegated = bytes.first == UInt8(ascii: "!")
        if isNegated { bytes = bytes.dropFirst() }
        matchesDirectoriesOnly = bytes.last == UInt8(ascii: "/")
        if matchesDirectoriesOnly { bytes = bytes.dropLast() }
        let isAnchored = bytes.contains(UInt8(ascii: "/"))
        if bytes.first == UInt8(ascii: "/") { bytes = bytes.dropFirst() }
        if bytes.isEmpty { throw .nothing }
        var parser = PatternParser(bytes)
        let parsed = try parser.components()
        components = isAnchored ? parsed.map(\.component) : [.any] + parsed.map { .glob($0.glob) }
    }

    func matches(_ names: ArraySlice<FileName>, isDirectory: Bool) -> Bool {
        if matchesDirectoriesOnly && !isDirectory { return false }
        var (component, at) = (0, names.startIndex)
        // As in a glob, only the last `**` is ever tried again.
        var retry: (component: Int, at: Int)?
        while at < names.endIndex {
            if component < components.count {
                switch components[component] {
                case .any:
                    retry = (component + 1, at)
                    component += 1
                    continue
                case .glob(let glob):
                    if glob.matches(names[at].bytes) {
                        component += 1
                        at += 1
                        continue
                    }
                }
            }
            guard let last = retry else { return false }
            retry = (last.component, last.at + 1)
            (component, at) = (last.component, last.at + 1)
        }
        return component == components.count
    }

    func leadsInto(_ directory: ArraySlice<FileName>) -> Bool {
        guard !isNegated, components.count > directory.count else { return false }
        return zip(components, directory).allSatisfy { component, name in
            if case .glob(let glob) = component { glob.literal == name.bytes } else { false }
        }
    }
}

/// Spaces at the end go, unless a backslash stands before them.
private func withoutTrailingSpaces(_ line: [UInt8]) -> ArraySlice<UInt8> {
    var (at, end) = (0, 0)
    while at < line.count {
        let isEscape = line[at] == UInt8(ascii: "\\")
        let isSpace = line[at] == UInt8(ascii: " ")
        at += isEscape ? 2 : 1
        if !isSpace { end = min(at, line.count) }
    }
    return line[..<end]
}
