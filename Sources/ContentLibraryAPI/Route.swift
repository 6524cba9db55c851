/// A method and path as the vendor documents them for `/api`: `POST content/library/item/{id}?action=copy -> 200`.
public struct Route: Sendable, Hashable {
    /// A word of the path, or the name of the parameter that stands there.
    public enum Segment: Sendable, Hashable { case literal(String), parameter(String) }

    public let method: String
    public let segments: [Segment]
    /// The value of the query's `action`.
    public let action: String?
    /// The status of success, where it is not the one that the method implies.
    public let status: Int?

    /// `text` continues the service's path: `METHOD [/segment...][?action=name] [-> status]`.
    init(_ text: String, under base: String) {
        let words = text.split(separator: " ")
        let arrow = words.firstIndex(of: "->") ?? words.endIndex
        let target = arrow > 1 ? words[1] : ""
        let parts = target.split(separator: "?action=", maxSplits: 1, omittingEmptySubsequences: false)
        method = String(words.first ?? "")
        segments = (base + (parts.first ?? "")).split(separator: "/").map {
            $0.hasPrefix("{") ? .parameter(String($0.dropFirst().dropLast())) : .literal(String($0))
        }
        action = parts.count > 1 ? String(parts[1]) : nil
        status = words[arrow...].last.flatMap { Int($0) }
    }

    /// The names of the path's variables.
    public var parameters: [String] { segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } } }

    /// The path's variables, if the segments match. A variable is never empty.
    func match(_ path: [Substring]) -> [(name: String, value: String)]? {
        guard path.count == segments.count else { return nil }
        var found: [(name: String, value: String)] = []
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let word): if word != text { return nil }
            case .parameter(let name):
                guard let value = percentDecode(text), !value.isEmpty else { return nil }
                found.append((name, value))
            }
        }
        return found
    }
}
