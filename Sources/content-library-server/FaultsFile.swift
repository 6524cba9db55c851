import ContentLibraryServer
import StrictTOML

/// The faults of a TOML file: one `[[fault]]` each.
enum FaultsFile {
    /// Blocks on the disk. Throws everything that is wrong with the file.
    static func read(_ path: String) throws(ConfigurationErrors) -> FaultPlan {
        let file: SmallFile
        do {
            file = try SmallFile(path, atMost: TOMLDocument.maximumLength)
        } catch {
            throw ConfigurationErrors([ConfigurationProblem(file: path, position: nil, message: "\(error)")])
        }
        return try parse(file.bytes, file: path)
    }

    static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationErrors) -> FaultPlan {
        let root: TOMLTable
        do {
            root = try TOMLDocument(bytes).root
        } catch {
            throw ConfigurationErrors([ConfigurationProblem(file: file, position: error.position, message: error.message)])
        }
        var top = SectionReader("the file", root)
        let seed = top.read("seed", .integer(0...Int.max)) ?? 0
        let tables = top.read("fault", .tables("[[fault]]")) ?? []
        var problems = top.problems + unknownKeys(top)
        var rules: [FaultRule] = []
        for table in tables {
            var section = SectionReader("[[fault]]", table)
            let rule = readRule(&section)
            problems += section.problems
            // What the fault does not take is only known once the fault is.
            if section.has("fault"), rule != nil || section.problems.isEmpty { problems += unknownKeys(section) }
            if let rule { rules.append(rule) }
        }
        guard problems.isEmpty else {
            throw ConfigurationErrors(problems.map { ConfigurationProblem(file: file, position: $0.position, message: $0.message) })
        }
        return FaultPlan(rules, seed: UInt64(seed))
    }

    private static func unknownKeys(_ section: SectionReader) -> [(position: TextPosition, message: String)] {
        section.unknownEntries.map { entry in
            let hint = KeySuggestion.nearest(to: entry.key, among: section.declaredKeys).map { "; did you mean \"\($0)\"?" } ?? ""
            return (entry.keyPosition, "unknown key \(TOMLValue.quote(entry.key)) in \(section.title)\(hint)")
        }
    }

    private static func readRule(_ section: inout SectionReader) -> FaultRule? {
        let operations = section.read("operation", .names) ?? []
        let item = section.read("item", .nonEmptyText("the id or the name of an item"))
        let file = section.read("file", .nonEmptyText("the name of a file"))
        let user = section.read("user", .nonEmptyText("the name of a user"))
        let call = section.read("call", .integer(1...Int(Int32.max)))
        let every = section.read("every", .integer(1...Int(Int32.max)))
        let times = section.read("times", .integer(1...Int(Int32.max)))
        let chance = section.read("chance", .share) ?? 1
        guard let kind = section.require("fault", .choice(FaultKind.self)), let fault = kind.read(&section) else { return nil }
        let unfit = operations.filter { name in !fault.operations.contains { FaultRule.isName(name, of: $0) } }
        for name in unfit {
            let isKnown = Fault.operations.contains { FaultRule.isName(name, of: $0) }
            section.refuse("operation", isKnown ? "\"\(name)\" cannot have the fault \"\(kind.rawValue)\"" : "\(TOMLValue.quote(name)) is no operation")
        }
        guard unfit.isEmpty else { return nil }
        // A call by its number is that call only, unless more is said.
        let isOne = call != nil && every == nil && times == nil
        return FaultRule(
            fault, operations: operations, item: item, file: file, user: user, first: call ?? 1, every: every ?? 1, times: isOne ? 1 : times,
            chance: chance)
    }
}

/// A fault by its name in the file, with the keys that it takes.
enum FaultKind: String, CaseIterable {
    case latency
    case unavailable
    case dropBefore = "drop-before"
    case dropAfter = "drop-after"
    case unauthenticated
    case cut
    case slow
    case deadSession = "dead-session"
    case splitFailure = "split-failure"
    case leaseLost = "lease-lost"
    case rivalSession = "rival-session"
    case sessionError = "session-error"
    case asynchronous
    case noChecksum = "no-checksum"
    case emptyChecksum = "empty-checksum"
    case wrongSize = "wrong-size"
    case loginLimit = "login-limit"

    /// Nil where a key is missing or wrong.
    func read(_ section: inout SectionReader) -> Fault? {
        switch self {
        case .latency: section.require("time", .duration(from: .milliseconds(1))).map(Fault.latency)
        case .unavailable: .unavailable(retryAfter: section.read("retry_after", .duration()))
        case .dropBefore: .dropBefore
        case .dropAfter: .dropAfter
        case .unauthenticated: .unauthenticated(afterBytes: Int64(section.read("after_bytes", .integer(0...Int.max)) ?? 0))
        case .cut: section.require("after_bytes", .integer(0...Int.max)).map { .cut(afterBytes: Int64($0)) }
        case .slow: section.require("bytes_per_second", .integer(1...Int.max)).map { .slow(bytesPerSecond: Int64($0)) }
        case .deadSession: section.require("after_bytes", .integer(0...Int.max)).map { .deadSession(afterBytes: Int64($0)) }
        case .splitFailure: .splitFailure
        case .leaseLost: .leaseLost
        case .rivalSession: .rivalSession
        case .sessionError: .sessionError(section.read("text", .nonEmptyText("a text")) ?? "The import failed.")
        case .asynchronous: section.require("time", .duration(from: .milliseconds(1))).map(Fault.asynchronous)
        case .noChecksum: .noChecksum
        case .emptyChecksum: .emptyChecksum
        case .wrongSize: section.require("by", .integer(Int.min...Int.max)).map { .sizeOff(by: Int64($0)) }
        case .loginLimit: section.require("limit", .integer(0...100_000)).map(Fault.loginLimit)
        }
    }
}

extension ConfigurationKind where Value == [TOMLTable] {
    /// An array of tables, each opened by a header.
    fileprivate static func tables(_ header: String) -> ConfigurationKind {
        ConfigurationKind(expected: "tables, each under \(header)") { (value: TOMLValue) throws(ConfigurationRefusal) -> [TOMLTable] in
            guard let values = value.array else { throw mismatch(value, "tables, each under \(header)") }
            var tables: [TOMLTable] = []
            for member in values {
                guard let table = member.table else { throw mismatch(member, "tables, each under \(header)") }
                tables.append(table)
            }
            return tables
        }
    }
}

extension ConfigurationKind where Value == [String] {
    /// A name, or several.
    fileprivate static var names: ConfigurationKind {
        let one = ConfigurationKind<String>.nonEmptyText("the name of an operation")
        let several = ConfigurationKind.list(of: one, named: "names of operations")
        return ConfigurationKind(expected: several.expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> [String] in
            value.array == nil ? [try one.read(value)] : try several.read(value)
        }
    }
}

extension ConfigurationKind where Value == Double {
    /// 0 to 1.
    fileprivate static var share: ConfigurationKind {
        let expected = "a number from 0 to 1"
        return ConfigurationKind(expected: expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> Double in
            switch value.content {
            case .float(let number) where 0...1 ~= number: return number
            case .integer(let number) where 0...1 ~= number: return Double(number)
            default: throw mismatch(value, expected)
            }
        }
    }
}
