import MirrorCore
import StrictTOML

/// Reads one `[[mirror]]`.
enum MirrorSection {
    private enum Source: String, CaseIterable { case push, pull }
    private enum PullFallback: String, CaseIterable { case none, push }

    /// Nil where a key that the mirror cannot be without is missing or wrong; the reader then holds the problems.
    static func read(_ section: inout SectionReader) -> MirrorRules? {
        let name = section.require("name", .mirrorName)
        let path = section.require("path", .rootPath)
        let library = section.require("library", .nonEmptyText("the name or the id of a library"))
        var rules = MirrorRules(name: name ?? "", path: path ?? "", library: library ?? "")
        readLibrary(&rules, &section)
        readMapping(&rules, &section)
        readFilters(&rules, &section)
        readTiming(&rules, &section)
        readPolicies(&rules, &section)
        readUnbuilt(&section)
        return name == nil || path == nil || library == nil ? nil : rules
    }

    private static func readLibrary(_ rules: inout MirrorRules, _ section: inout SectionReader) {
        section.read("create_library", .boolean, into: &rules.createLibrary)
        section.read("storage", .storage, into: &rules.storage)
        if !rules.storage.isEmpty, !rules.createLibrary { section.refuse("storage", "is only for create_library = true") }
    }

    private static func readMapping(_ rules: inout MirrorRules, _ section: inout SectionReader) {
        section.read("layout", .choice(MirrorRules.Layout.self), into: &rules.layout)
        section.read("item", .anyText, into: &rules.item)
        section.read("item_name", .itemName, into: &rules.itemName)
        section.read("type", .choice(MirrorRules.ItemType.self), into: &rules.type)
        if rules.type == .ovf { section.refuseUnsupported("type") }
        section.read("nested", .choice(MirrorRules.Nested.self), into: &rules.nested)
        section.read("flatten_separator", .flattenSeparator, into: &rules.flattenSeparator)
        section.read("symlinks", .choice(MirrorRules.Symlinks.self), into: &rules.symlinks)
        switch (rules.layout, rules.item.isEmpty) {
        case (.single, true):
            section.refuse(at: section.position(of: section.has("item") ? "item" : "layout"), "layout = \"single\" needs item, the name of the item")
        case (.directories, false), (.files, false):
            section.refuse("item", "is only for layout = \"single\"; others name their items after directories or files")
        default: break
        }
        if rules.layout == .single, rules.itemName != "{name}" {
            section.refuse("item_name", "has no use with layout = \"single\", where item is the name")
        }
    }

    private static func readFilters(_ rules: inout MirrorRules, _ section: inout SectionReader) {
        section.read("include", .list(of: .pattern, named: "gitignore patterns"), into: &rules.include)
        section.read("exclude", .list(of: .pattern, named: "gitignore patterns"), into: &rules.exclude)
        section.read("fingerprint", .fingerprint, into: &rules.fingerprint)
    }

    private static func readTiming(_ rules: inout MirrorRules, _ section: inout SectionReader) {
        let found = section.problems.count
        section.read("quiet", .duration(), into: &rules.quiet)
        section.read("max_wait", .duration(), into: &rules.maxWait)
        // One that could not be read says nothing about the other.
        let bothAreRead = section.problems.count == found
        section.read("delete_window", .duration(), into: &rules.deleteWindow)
        if bothAreRead, rules.maxWait < rules.quiet {
            let (wait, quiet) = (DurationText.format(rules.maxWait), DurationText.format(rules.quiet))
            section.refuse(
                at: section.position(of: section.has("max_wait") ? "max_wait" : "quiet"), "max_wait (\(wait)) must not be shorter than quiet (\(quiet))")
        }
    }

    private static func readPolicies(_ rules: inout MirrorRules, _ section: inout SectionReader) {
        section.read("delete", .choice(MirrorRules.Deletion.self), into: &rules.delete)
        section.read("max_delete", .deletionLimit, into: &rules.maxDelete)
        section.read("extraneous", .choice(MirrorRules.Extraneous.self), into: &rules.extraneous)
        section.read("drift", .choice(MirrorRules.Drift.self), into: &rules.drift)
        section.read("adopt", .choice(MirrorRules.Adoption.self), into: &rules.adopt)
        section.read("checksum", .checksum, into: &rules.checksum)
        if rules.delete == .keep, rules.extraneous == .remove {
            section.refuse("extraneous", "= \"remove\" contradicts delete = \"keep\"")
        }
    }

    /// Keys of features that are not there yet: taken at their defaults, so that a full configuration can be written, refused otherwise.
    private static func readUnbuilt(_ section: inout SectionReader) {
        section.readUnsupported("source", .choice(Source.self), supported: .push)
        section.readUnsupported("pull_base", .anyText, supported: "")
        section.readUnsupported("pull_fallback", .choice(PullFallback.self), supported: .none)
        section.readUnsupported("allow_warnings", .list(of: .anyText, named: "warning names"), supported: [])
        section.readUnsupported("publish", .boolean, supported: false)
        section.readUnsupported("export", .anyText, supported: "")
    }
}

extension ConfigurationKind where Value == String {
    /// It appears in commands, journal fields and paths.
    static var mirrorName: ConfigurationKind {
        .text("1 to 64 ASCII letters, digits, \".\", \"_\" or \"-\", the first a letter or a digit") { (text: String) throws(TextRefusal) -> String in
            let isPlain = { (byte: UInt8) in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: false
                }
            }
            guard let first = text.utf8.first, isPlain(first), text.utf8.count <= 64, text.utf8.allSatisfy({ isPlain($0) || "._-".utf8.contains($0) })
            else { throw .mismatch }
            return text
        }
    }

    /// A directory to mirror.
    static var rootPath: ConfigurationKind {
        ConfigurationKind(expected: absolutePath.expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> String in
            let path = try absolutePath.read(value)
            if path == "/" { throw ConfigurationRefusal(value, "must not be the root of the file system") }
            return path
        }
    }

    /// A datastore's id or the URI of a directory of the server.
    static var storage: ConfigurationKind {
        .text("a datastore id such as \"datastore-12\", or a URI such as \"file:///srv/library\"") { (text: String) throws(TextRefusal) -> String in
            let isURI = text.hasPrefix("file:///") && text.utf8.count > 8
            let isID = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            guard isURI || isID else { throw .mismatch }
            return text
        }
    }

    /// A template of item names.
    static var itemName: ConfigurationKind {
        .text("a name with \"{name}\" in it, such as \"site-{name}\"") { (text: String) throws(TextRefusal) -> String in
            let parts = text.split(separator: "{name}", omittingEmptySubsequences: false)
            guard parts.count == 2, !text.contains("/"), !parts.contains(where: { $0.contains { "{}".contains($0) } }) else { throw .mismatch }
            return text
        }
    }

    static var flattenSeparator: ConfigurationKind {
        .text("a text to join names with, such as \"__\"") { (text: String) throws(TextRefusal) -> String in
            if text.isEmpty { throw .reason("must not be empty") }
            if text.contains("/") { throw .reason("must not contain \"/\"") }
            return text
        }
    }

    /// A pattern that `IgnorePatterns` takes. A blank one and one that begins with a number sign say nothing there: neither can be meant in a list.
    static var pattern: ConfigurationKind {
        .text("a gitignore pattern", allowingControl: true) { (text: String) throws(TextRefusal) -> String in
            if text.allSatisfy(\.isWhitespace) { throw .reason("must not be empty") }
            if text.hasPrefix("#") { throw .reason("is a comment: write \"\\\\#\" for a name that begins with \"#\"") }
            do throws(PatternError) {
                _ = try IgnorePatterns(lines: [text])
            } catch {
                throw .reason("= \(TOMLValue.quote(text)) is no usable pattern: \(error.reason.rawValue)")
            }
            return text
        }
    }
}

extension ConfigurationKind where Value == MirrorRules.ChecksumChoice {
    static var checksum: ConfigurationKind {
        .choice([("auto", .auto)] + ChecksumAlgorithm.allCases.map { ($0.rawValue, .fixed($0)) })
    }
}

extension ConfigurationKind where Value == MirrorRules.DeletionLimit {
    /// A count as an integer, or a percentage as a string.
    static var deletionLimit: ConfigurationKind {
        let expected = "a count such as 100, or a percentage from \"0%\" to \"100%\""
        return ConfigurationKind(expected: expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> Value in
            switch value.content {
            case .integer(let count) where count >= 0: return .count(Int(clamping: count))
            case .string(let text) where text.hasSuffix("%"):
                let digits = text.dropLast()
                guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { break }
                guard let percent = Int(digits), percent <= 100 else { break }
                return .percent(percent)
            default: break
            }
            throw mismatch(value, expected)
        }
    }
}

extension ConfigurationKind where Value == Fingerprint.Fields {
    /// Without a size and a time most changes would pass unseen.
    static var fingerprint: ConfigurationKind {
        let fields = ConfigurationKind<Fingerprint.Fields>.choice([("size", .size), ("mtime", .modified), ("ctime", .changed), ("inode", .inode)])
        let list = ConfigurationKind<[Fingerprint.Fields]>.list(of: fields, named: "\"size\", \"mtime\", \"ctime\" and \"inode\"")
        return ConfigurationKind(expected: list.expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> Fingerprint.Fields in
            let parts = try list.read(value)
            let all = Fingerprint.Fields(parts)
            if Set(parts).count < parts.count { throw ConfigurationRefusal(value, "names a part twice") }
            guard all.contains(.size), !all.isDisjoint(with: [.modified, .changed]) else {
                throw ConfigurationRefusal(value, "must have \"size\", and \"mtime\" or \"ctime\": without them changes pass unseen")
            }
            return all
        }
    }
}
