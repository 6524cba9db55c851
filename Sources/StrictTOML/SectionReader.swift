/// Reads the keys of one table of the configuration. Naming a key declares it: what stays undeclared is unknown. Nothing stops at the first problem.
package struct SectionReader {
    /// As the file writes it: `[server]`.
    package let title: String
    package let table: TOMLTable
    /// Whether the file has the table at all; where not, only that is reported.
    package let exists: Bool
    package private(set) var declaredKeys: [String] = []
    package private(set) var problems: [(position: TextPosition, message: String)] = []

    package init(_ title: String, _ table: TOMLTable?) {
        self.title = title
        self.table = table ?? TOMLTable(position: .start)
        exists = table != nil
    }

    package func has(_ key: String) -> Bool { table[key] != nil }
    /// Where the key's value is, or the table if it has no such key.
    package func position(of key: String) -> TextPosition { table[key]?.value.position ?? table.position }
    /// Keys of the file that nobody declared.
    package var unknownEntries: [TOMLTable.Entry] { table.entries.filter { !declaredKeys.contains($0.key) } }

    /// The key's value; nil where the key is absent or its value is refused.
    package mutating func read<Value>(_ key: String, _ kind: ConfigurationKind<Value>) -> Value? {
        declaredKeys.append(key)
        guard let entry = table[key] else { return nil }
        do {
            return try kind.read(entry.value)
        } catch {
            problems += error.reasons.map { ($0.position, "\(key)\($0.member) \($0.text)") }
            return nil
        }
    }

    /// Replaces a default.
    package mutating func read<Value>(_ key: String, _ kind: ConfigurationKind<Value>, into value: inout Value) {
        if let found = read(key, kind) { value = found }
    }

    package mutating func require<Value>(_ key: String, _ kind: ConfigurationKind<Value>) -> Value? {
        let value = read(key, kind)
        if !has(key) { refuse(at: table.position, "missing key \"\(key)\" in \(title)") }
        return value
    }

    /// A key of which only `supported` works in this version.
    package mutating func readUnsupported<Value: Equatable>(_ key: String, _ kind: ConfigurationKind<Value>, supported: Value) {
        guard let value = read(key, kind), value != supported else { return }
        refuseUnsupported(key)
    }

    package mutating func refuseUnsupported(_ key: String) {
        guard let entry = table[key] else { return }
        refuse(at: entry.value.position, "\(key) = \(entry.value.array == nil ? entry.value.shown : "[...]") is not yet supported")
    }

    package mutating func refuse(at position: TextPosition, _ message: String) {
        if exists { problems.append((position, message)) }
    }

    /// `message` begins with the key.
    package mutating func refuse(_ key: String, _ message: String) { refuse(at: position(of: key), "\(key) \(message)") }
}
