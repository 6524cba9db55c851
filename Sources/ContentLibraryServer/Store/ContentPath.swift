/// Where bytes lie below the directory of a library's backing. The names speak to a person; only the database says what they are.
enum ContentPath {
    static func library(_ id: String) -> String { "contentlib-\(id)" }

    static func item(_ id: String, library: String) -> String { "\(Self.library(library))/\(id)" }

    /// For uploads under way: nothing in it survives a start.
    static func staging(library: String) -> String { "\(Self.library(library))/\(stagingName)" }
    static let stagingName = ".staging"

    /// The ids of the libraries in whose folders a path lies, as its components tell.
    static func libraries(in path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix("contentlib-") }.map { String($0.dropFirst("contentlib-".count)) }
    }

    /// Whether the name in an item's directory is one that `file` makes.
    static func isFile(_ name: String) -> Bool {
        guard let mark = name.lastIndex(of: "_") else { return false }
        let rest = name[name.index(after: mark)...]
        return isID(rest.prefix(36)) && (rest.utf8.count == 36 || rest.dropFirst(36).first == ".")
    }

    /// Whether the name in a library's folder is an item's, or the staging directory's.
    static func isItem(_ name: String) -> Bool { name == stagingName || isID(name[...]) }

    private static func isID(_ text: Substring) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.utf8.allSatisfy(\.isLowercaseHexDigit) }
    }

    /// `name_<content id>.extension`, cut to what a file system takes as one name.
    static func file(_ name: String, content id: String, item: String, library: String) -> String {
        let (stem, suffix) = parts(of: name)
        let room = FileName.maximumLength - id.utf8.count - suffix.utf8.count - 1
        var cut = stem
        while cut.utf8.count > room { cut.removeLast() }
        return "\(Self.item(item, library: library))/\(cut)_\(id)\(suffix)"
    }

    /// The extension with its dot, unless it is too long to be one.
    private static func parts(of name: String) -> (stem: Substring, suffix: Substring) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex, name[dot...].utf8.count <= 16 else { return (name[...], "") }
        return (name[..<dot], name[dot...])
    }
}
