/// A value does not have the shape that the declaration asks for, or cannot be sent.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The names that lead to the value; an element of a list is `[0]`.
    public var path: [String]
    /// What is wrong with it.
    public var problem: String

    public init(_ problem: String, at path: [String] = []) { (self.problem, self.path) = (problem, path) }

    /// `file_spec.size: expected a whole number`
    public var description: String {
        var place = ""
        for name in path { place += place.isEmpty || name.hasPrefix("[") ? name : "." + name }
        return (place.isEmpty ? problem : place + ": " + problem).oneLine()
    }

    func within(_ name: String) -> WireError { WireError(problem, at: [name] + path) }
}
