import MirrorCore
import StrictTOML

/// What one configuration file says: values only, all of them checked.
struct Configuration: Sendable {
    /// A table of the file.
    enum Section: Hashable, Sendable {
        case server, daemon
        /// The mirror's place among the mirrors, from 0.
        case mirror(Int)
    }

    /// The file as the user named it.
    let file: String
    var server: ServerSettings
    var daemon: DaemonSettings
    /// In the order of the file; never empty.
    var mirrors: [MirrorRules]
    private let document: TOMLDocument

    /// Reads a configuration. `environment` is the process's: it gives the defaults of the directories. Throws everything that is wrong with the text.
    init(_ bytes: [UInt8], file: String, environment: [String: String]) throws(ConfigurationErrors) {
        let document: TOMLDocument
        do {
            document = try TOMLDocument(bytes)
        } catch {
            throw ConfigurationErrors([ConfigurationProblem(file: file, position: error.position, message: error.message)])
        }
        var reader = ConfigurationReader(document.root)
        let server = ServerSettings(&reader.server)
        let daemon = DaemonSettings(&reader.daemon, environment: environment)
        let mirrors = reader.readMirrors()
        let problems = reader.finish().map { ConfigurationProblem(file: file, position: $0.position, message: $0.message) }
        guard problems.isEmpty, let server, mirrors.count == reader.mirrors.count else { throw ConfigurationErrors(problems) }
        (self.file, self.server, self.daemon, self.mirrors, self.document) = (file, server, daemon, mirrors, document)
    }

    /// Where a key's value is; where the file has no such key, its table.
    func position(of key: String, in section: Section) -> TextPosition {
        let value =
            switch section {
            case .server: document.root["server"]?.value
            case .daemon: document.root["daemon"]?.value
            case .mirror(let index): document.root["mirror"]?.value.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            }
        return value?.table?[key]?.value.position ?? value?.position ?? .start
    }
}

/// Reads the tables of a document, and judges what no single table can.
struct ConfigurationReader {
    private let root: TOMLTable
    var server: SectionReader
    var daemon: SectionReader
    private(set) var mirrors: [SectionReader]
    private var problems: [(position: TextPosition, message: String)] = []

    private static let titles = ["server": "[server]", "daemon": "[daemon]", "mirror": "[[mirror]]"]

    init(_ root: TOMLTable) {
        self.root = root
        server = SectionReader("[server]", root["server"]?.value.table)
        daemon = SectionReader("[daemon]", root["daemon"]?.value.table)
        mirrors = (root["mirror"]?.value.array ?? []).compactMap { $0.table.map { SectionReader("[[mirror]]", $0) } }
    }

    /// The keys of each table, once it was read.
    var declaredKeys: [String: [String]] {
        ["[server]": server.declaredKeys, "[daemon]": daemon.declaredKeys, "[[mirror]]": mirrorKeys]
    }
    private var mirrorKeys: [String] {
        if let mirror = mirrors.first { return mirror.declaredKeys }
        // A file without a mirror can still have a mirror's key in a wrong table.
        var section = SectionReader("[[mirror]]", nil)
        _ = MirrorSection.read(&section)
        return section.declaredKeys
    }

    /// The mirrors that could be read.
    mutating func readMirrors() -> [MirrorRules] {
        var rules: [MirrorRules?] = []
        for index in mirrors.indices { rules.append(MirrorSection.read(&mirrors[index])) }
        judgeNames(rules)
        judgeItems(rules)
        judgeSharing(rules)
        return rules.compactMap { $0 }
    }

    private mutating func judgeNames(_ rules: [MirrorRules?]) {
        var lines: [String: Int] = [:]
        for (index, rules) in rules.enumerated() {
            guard let name = rules?.name else { continue }
            let position = mirrors[index].position(of: "name")
            if let line = lines[name] { mirrors[index].refuse("name", "\"\(name)\" is taken by the mirror at line \(line)") }
            lines[name] = lines[name] ?? position.line
        }
    }

    /// Item names that differ by case only collide in a library.
    private mutating func judgeItems(_ rules: [MirrorRules?]) {
        var owners: [[String]: String] = [:]
        for (index, rules) in rules.enumerated() {
            guard let rules, rules.layout == .single, !rules.item.isEmpty else { continue }
            let claim = [rules.library, rules.item.lowercased()]
            if let owner = owners[claim] {
                mirrors[index].refuse("item", "\"\(rules.item)\" of library \"\(rules.library)\" is also claimed by mirror \"\(owner)\"")
            }
            owners[claim] = owners[claim] ?? rules.name
        }
    }

    private mutating func judgeSharing(_ rules: [MirrorRules?]) {
        for (index, mirror) in rules.enumerated() {
            guard let mirror, mirror.extraneous == .remove else { continue }
            let others = rules.indices.filter { $0 != index && rules[$0]?.library == mirror.library }.compactMap { rules[$0]?.name }
            if others.isEmpty { continue }
            let names = others.map { "\"\($0)\"" }.joined(separator: ", ")
            mirrors[index].refuse("extraneous", "= \"remove\" needs a library of its own: \"\(mirror.library)\" is shared with mirror \(names)")
        }
    }

    /// Everything that is wrong.
    mutating func finish() -> [(position: TextPosition, message: String)] {
        judgeTables()
        for section in [server, daemon] + mirrors {
            problems += section.problems
            problems += section.unknownEntries.map { ($0.keyPosition, unknownKey($0.key, in: section.title)) }
        }
        return problems
    }

    private mutating func judgeTables() {
        for entry in root.entries where Self.titles[entry.key] == nil {
            problems.append((entry.keyPosition, entry.value.table == nil ? unknownKey(entry.key, in: nil) : unknownTable(entry.key)))
        }
        for key in ["server", "daemon"] {
            guard let entry = root[key], entry.value.table == nil else { continue }
            problems.append((entry.keyPosition, "\(key) must be a table, written [\(key)]"))
        }
        if root["server"] == nil { problems.append((.start, "missing table [server]")) }
        judgeMirrorTables()
    }

    private mutating func judgeMirrorTables() {
        guard let entry = root["mirror"], entry.value.array?.isEmpty == false || entry.value.array == nil else {
            problems.append((root["mirror"]?.keyPosition ?? .start, "missing table [[mirror]]: nothing to mirror"))
            return
        }
        guard let values = entry.value.array else {
            problems.append((entry.keyPosition, "mirror must be an array of tables, written [[mirror]]"))
            return
        }
        for value in values where value.table == nil { problems.append((value.position, "mirror must be an array of tables, written [[mirror]]")) }
    }

    private func unknownTable(_ name: String) -> String {
        let hint = KeySuggestion.nearest(to: name, among: Self.titles.keys.sorted()).flatMap { Self.titles[$0] }
        return "unknown table \(TOMLValue.quote(name))" + (hint.map { "; did you mean \($0)?" } ?? "")
    }

    /// `title` is nil for a key before the first table.
    private func unknownKey(_ key: String, in title: String?) -> String {
        let message = "unknown key \(TOMLValue.quote(key))" + (title.map { " in \($0)" } ?? " outside of any table")
        let keys = declaredKeys
        // A slip in the key before a right key in the wrong table.
        if let title, let near = KeySuggestion.nearest(to: key, among: keys[title] ?? []) { return message + "; did you mean \"\(near)\"?" }
        if let owner = keys.keys.sorted().first(where: { keys[$0]?.contains(key) == true }) { return message + "; it belongs in \(owner)" }
        return message
    }
}
