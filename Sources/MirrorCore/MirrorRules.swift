/// What a `[[mirror]]` table of the configuration decides: how a directory becomes items, and what may happen to them.
public struct MirrorRules: Hashable, Sendable {
    public enum Layout: String, Sendable, CaseIterable { case directories, files, single }
    public enum ItemType: String, Sendable, CaseIterable { case auto, ovf, iso, generic }
    public enum Nested: String, Sendable, CaseIterable { case ignore, flatten }
    public enum Symlinks: String, Sendable, CaseIterable { case skip, follow }
    public enum Deletion: String, Sendable, CaseIterable { case mirror, keep }
    public enum Extraneous: String, Sendable, CaseIterable { case keep, remove }
    public enum Drift: String, Sendable, CaseIterable { case repair, report }
    public enum Adoption: String, Sendable, CaseIterable { case checksum, download }
    /// How many files may be deleted without a person's word.
    public enum DeletionLimit: Hashable, Sendable {
        /// 0 to 100; judged only beyond ten deletions; 100 switches the guard off.
        case percent(Int)
        /// Judged always.
        case count(Int)
    }
    /// The checksum that is taken and sent: the one that the library reports, or a fixed one.
    public enum ChecksumChoice: Hashable, Sendable { case auto, fixed(ChecksumAlgorithm) }

    /// The mirror's name in the configuration; unique.
    public var name: String
    /// Absolute path of the root.
    public var path: String
    /// Name or id of the library.
    public var library: String
    public var createLibrary = false
    /// Where a created library keeps its content: a datastore id or a `file:` URI; empty for the server's only choice.
    public var storage = ""
    public var layout = Layout.directories
    /// The item's name in layout `single`.
    public var item = ""
    /// `{name}` stands for the directory's name or the file's stem.
    public var itemName = "{name}"
    public var type = ItemType.auto
    public var quiet = Duration.seconds(5)
    public var maxWait = Duration.seconds(60)
    public var include: [String] = []
    public var exclude: [String] = []
    public var nested = Nested.ignore
    public var flattenSeparator = "__"
    public var symlinks = Symlinks.skip
    public var delete = Deletion.mirror
    public var maxDelete = DeletionLimit.percent(50)
    public var deleteWindow = Duration.seconds(3600)
    public var extraneous = Extraneous.keep
    public var drift = Drift.repair
    public var adopt = Adoption.checksum
    public var fingerprint = Fingerprint.Fields.all
    public var checksum = ChecksumChoice.auto

    public init(name: String, path: String, library: String) { (self.name, self.path, self.library) = (name, path, library) }

    /// The keys that decide which local file is which remote file, as one text. After it changed, the deletions that follow from the change
    /// wait for a person.
    public var mappingSignature: String {
        let parts: [String] = [
            path, library, layout.rawValue, item, itemName, nested.rawValue, flattenSeparator, symlinks.rawValue, type.rawValue,
            include.joined(separator: "\u{1}"), exclude.joined(separator: "\u{1}"),
        ]
        return parts.joined(separator: "\u{2}")
    }
}
