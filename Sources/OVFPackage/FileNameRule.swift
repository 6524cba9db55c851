/// Which names the files of a package may have: one component of a path, which no tool on the way can take for anything else.
///
/// The content library's own rule for file names, so that whatever passes here can be a file of an item.
enum FileNameRule {
    /// Bytes of UTF-8, as file systems count.
    static let maximumLength = 255

    /// What is wrong with a name, or nil.
    static func problem(of name: String) -> FileNameProblem? {
        if name.isEmpty { return .empty }
        if name == "." || name == ".." { return .directory }
        if name.hasPrefix("/") { return .absolute }
        for scalar in name.unicodeScalars {
            if scalar == "/" || scalar == "\\" { return .separator(Character(scalar)) }
            if scalar.properties.generalCategory == .control { return .controlCharacter }
        }
        return name.utf8.count > maximumLength ? .tooLong(bytes: name.utf8.count) : nil
    }
}

/// What makes a text unfit to name a file of a package.
public enum FileNameProblem: Sendable, Equatable, CustomStringConvertible {
    case empty
    /// `.` or `..`
    case directory
    /// It begins with `/`.
    case absolute
    /// A path: the files of a package lie in one directory.
    case separator(Character)
    case controlCharacter
    case tooLong(bytes: Int)

    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .directory: "it names a directory"
        case .absolute: "it is an absolute path"
        case .separator(let character): "it contains \"\(character)\", and the files of a package lie in one directory"
        case .controlCharacter: "it contains a control character"
        case .tooLong(let bytes): "it has \(bytes) bytes, and a file name at most \(FileNameRule.maximumLength)"
        }
    }
}

extension String {
    /// The text in quotes for a message, cut and without what would break a line of it.
    var quoted: String {
        let shown = unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? "\u{fffd}" : String($0) }.joined()
        return "\"\(shown)\(unicodeScalars.count > 200 ? "..." : "")\""
    }
}
