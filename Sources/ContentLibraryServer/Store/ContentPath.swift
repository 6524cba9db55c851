/// Where bytes lie below the directory of a library's backing. The names speak to a person; only the database says what they are.
enum ContentPath {
    static func library(_ id: String) -> String { "contentlib-\(id)" }

    static func item(_ id: String, library: String) -> String { "\(Self.library(library))/\(id)" }

    /// For uploads under way: nothing in it survives a start.
    static func staging(library: String) -> String { "\(Self.library(library))/\(stagingName)" }
    static let stagingName = ".staging"

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
