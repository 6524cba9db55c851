/// What a mirror leaves out, from four sources, weakest first: the default excludes, `exclude`, and the `.clsyncignore` in the root, of
/// which the last match decides; and `include`, which, where it is not empty, limits the mirror to the files it matches, and overrides the
/// default excludes for those.
///
/// A directory of the default excludes is entered for `include` only where a pattern matches the directory or spells it out
/// (`.cache/*.iso`), so that `*.iso` alone does not bring `.snapshot` in.
public struct PathFilter: Hashable, Sendable {
    public enum Source: String, Hashable, Sendable { case include, exclude, ignoreFile = ".clsyncignore" }

    /// A pattern of one of the sources that cannot be used.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public var source: Source
        public var error: PatternError

        public init(source: Source, error: PatternError) { (self.source, self.error) = (source, error) }
        public var description: String { "\(source.rawValue), \(error)" }
    }

    /// The name of the ignore file in a mirror's root.
    public static let ignoreFileName = ".clsyncignore"
    /// Dot files, files that are being written under a name of their own, and what a file system keeps for itself.
    public static let defaultExcludes = [".*", "*.part", "*.tmp", "*.swp", "*~", "*.crdownload", "lost+found"]

    private let include: IgnorePatterns
    /// The default excludes and `chosen`.
    private let all: IgnorePatterns
    /// `exclude` and the ignore file.
    private let chosen: IgnorePatterns

    /// - Parameter ignoreFile: the content of the root's `.clsyncignore`; empty where there is none.
    public init(rules: MirrorRules, ignoreFile: [UInt8] = []) throws(Problem) {
        include = try Self.patterns(of: .include) { () throws(PatternError) in try IgnorePatterns(lines: rules.include) }
        let exclude = try Self.patterns(of: .exclude) { () throws(PatternError) in try IgnorePatterns(lines: rules.exclude) }
        let file = try Self.patterns(of: .ignoreFile) { () throws(PatternError) in try IgnorePatterns(contents: ignoreFile) }
        let itemFile = rules.layout == .directories ? "/*/clsyncd-item.toml" : "/clsyncd-item.toml"
        let defaults = try Self.patterns(of: .exclude) { () throws(PatternError) in try IgnorePatterns(lines: Self.defaultExcludes + [itemFile]) }
        chosen = exclude + file
        all = defaults + chosen
    }

    private static func patterns(of source: Source, _ parse: () throws(PatternError) -> IgnorePatterns) throws(Problem) -> IgnorePatterns {
        do { return try parse() } catch { throw Problem(source: source, error: error) }
    }

    /// Whether a file is mirrored, or a directory looked into.
    public func takes(_ path: RelativePath, isDirectory: Bool) -> Bool {
        if include.isEmpty { return all.match(path, isDirectory: isDirectory) != .ignore }
        let names = path.components[...]
        for depth in 1..<max(names.count, 1) where !enters(names.prefix(depth)) { return false }
        if isDirectory { return names.isEmpty || enters(names) }
        return chosen.matchAlone(names, isDirectory: false) != .ignore && include.match(path, isDirectory: false) == .ignore
    }

    /// Of a directory whose own directories are entered.
    private func enters(_ names: ArraySlice<FileName>) -> Bool {
        if chosen.matchAlone(names, isDirectory: true) == .ignore { return false }
        return all.matchAlone(names, isDirectory: true) != .ignore || include.leadsInto(names)
            || include.match(RelativePath(Array(names)), isDirectory: true) == .ignore
    }
}
