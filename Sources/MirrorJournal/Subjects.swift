import FoundationEssentials

/// The subjects of a hold or an approval as JSON, sorted, as the journal keeps them.
enum Subjects {
    static func encode(_ subjects: Set<String>) throws -> String { String(decoding: try JSONEncoder().encode(subjects.sorted()), as: UTF8.self) }
}

extension Columns {
    mutating func subjects() throws -> Set<String> {
        let text = try text()
        do { return Set(try JSONDecoder().decode([String].self, from: Data(text.utf8))) } catch { throw unreadable("\(error)") }
    }
}
