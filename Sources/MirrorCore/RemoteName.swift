/// The names that the API takes for items and their files, and when two of them are one to a server.
///
/// Limits: those of the service for items, of the file systems of datastores for files.
public enum RemoteName {
    /// Of an item's name, in UTF-16 units, as the service's own language counts them.
    public static let longestItem = 80
    /// Of a file's name, in bytes of UTF-8.
    public static let longestFile = 255

    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        case notUTF8
        case empty
        case tooLong(Int, limit: Int, unit: String)
        case separator
        case dots
        case controlCharacter(String)
        case surroundingSpace

        /// For people.
        public var description: String {
            switch self {
            case .notUTF8: "not valid UTF-8"
            case .empty: "empty"
            case .tooLong(let length, let limit, let unit): "\(length) \(unit) long, at most \(limit) are allowed"
            case .separator: "\"/\" and \"\\\" are not allowed"
            case .dots: "\".\" and \"..\" are not allowed"
            case .controlCharacter(let code): "holds the control character \(code)"
            case .surroundingSpace: "begins or ends with white space, which servers take away"
            }
        }
    }

    /// An item's name from the bytes of a directory's or a file's.
    public static func item(_ bytes: some Collection<UInt8>) throws(Problem) -> String {
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        if let problem = problem(ofItem: name) { throw problem }
        return name
    }

    public static func file(_ bytes: some Collection<UInt8>) throws(Problem) -> String {
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        if let problem = problem(ofFile: name) { throw problem }
        return name
    }

    /// Why a server would refuse the name for an item, or change it; nil where it is good.
    public static func problem(ofItem name: String) -> Problem? {
        let length = name.utf16.count
        return length > longestItem ? .tooLong(length, limit: longestItem, unit: "characters") : problem(ofAny: name)
    }

    public static func problem(ofFile name: String) -> Problem? {
        let length = name.utf8.count
        return length > longestFile ? .tooLong(length, limit: longestFile, unit: "bytes") : problem(ofAny: name)
    }

    private static func problem(ofAny name: String) -> Problem? {
        let (scalars, bytes) = (name.unicodeScalars, name.utf8)
        guard let first = scalars.first, let last = scalars.last else { return .empty }
        if bytes.contains(UInt8(ascii: "/")) || bytes.contains(UInt8(ascii: "\\")) { return .separator }
        if name == "." || name == ".." { return .dots }
        if !bytes.allSatisfy({ 0x20...0x7e ~= $0 }), let bad = scalars.first(where: \.breaksLines) { return .controlCharacter("U+" + hexadecimal(bad.value)) }
        return first.properties.isWhitespace || last.properties.isWhitespace ? .surroundingSpace : nil
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension UnicodeScalar {
    /// A control character, a line or paragraph separator, or no character at all. Joiners and marks of direction are parts of words.
    fileprivate var breaksLines: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: properties.isNoncharacterCodePoint
        }
    }
}

/// Item names with equal keys are one name to a server, which compares without case. Two byte sequences that Unicode holds to be the same text
/// (canonical equivalence) have equal keys too.
///
/// A file name is its own key: `String` compares by canonical equivalence.
public struct CollisionKey: Hashable, Sendable {
    private let folded: String

    public init(_ name: String) {
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar.value {
            case 0x41...0x5a: scalars.append(UnicodeScalar(UInt8(scalar.value + 32)))
            case ..<0x80: scalars.append(scalar)
            // As they fold decomposed: the dotted capital I is the only scalar whose small letter is two, and U+0345 belongs to its letter.
            case 0x130: scalars.append(contentsOf: "i\u{307}".unicodeScalars)
            case 0x345: scalars.append(scalar)
            default: scalars.append(Self.fold(scalar))
            }
        }
        folded = String(scalars)
    }

    /// Simple case folding, one scalar to one: upper case, then lower.
    private static func fold(_ scalar: UnicodeScalar) -> UnicodeScalar {
        let upper = single(scalar.properties.uppercaseMapping) ?? scalar
        return single(upper.properties.lowercaseMapping) ?? upper
    }

    private static func single(_ mapping: String) -> UnicodeScalar? {
        var scalars = mapping.unicodeScalars.makeIterator()
        let first = scalars.next()
        return scalars.next() == nil ? first : nil
    }
}
