/// One component of a path, as the kernel gives it: bytes, not empty, without `/` and NUL.
///
/// Linux file names are bytes; the API's names are UTF-8. Nothing here repairs a name: two names that differ in one byte stay two names.
public struct FileName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// Nil for what cannot be a component: empty, `.`, `..`, or with `/` or NUL inside.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard !bytes.isEmpty, bytes != [0x2e], bytes != [0x2e, 0x2e], !bytes.contains(0), !bytes.contains(UInt8(ascii: "/")) else { return nil }
        self.bytes = bytes
    }
    public init?(_ text: String) { self.init(bytes: text.utf8) }

    /// The name as text; nil where the bytes are not valid UTF-8.
    public var text: String? { String(validating: bytes, as: UTF8.self) }
    public var isHidden: Bool { bytes.first == UInt8(ascii: ".") }
    /// For people: control characters and what is not UTF-8 are escaped as `\xHH`, so that a name cannot break a line or a terminal.
    public var description: String { printable(bytes) }

    public static func < (a: Self, b: Self) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

/// A path below a mirror's root; empty for the root itself.
public struct RelativePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var components: [FileName]

    public init(_ components: [FileName] = []) { self.components = components }
    /// From `a/b/c`; nil where a component cannot be one.
    public init?(bytes: some Collection<UInt8>) {
        components = []
        if bytes.isEmpty { return }
        for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let name = FileName(bytes: part) else { return nil }
            components.append(name)
        }
    }
    public init?(_ text: String) { self.init(bytes: Array(text.utf8)) }

    public static let root = RelativePath()
    public var isRoot: Bool { components.isEmpty }
    public var last: FileName? { components.last }
    public var parent: RelativePath? { isRoot ? nil : RelativePath(Array(components.dropLast())) }
    public func appending(_ name: FileName) -> RelativePath { RelativePath(components + [name]) }
    /// Whether `self` is `ancestor` or lies below it.
    public func isWithin(_ ancestor: RelativePath) -> Bool { components.starts(with: ancestor.components) }
    /// `a/b/c`, as a system call takes it.
    public var bytes: [UInt8] { Array(components.map(\.bytes).joined(separator: [UInt8(ascii: "/")])) }
    public var description: String { isRoot ? "." : components.map(\.description).joined(separator: "/") }

    public static func < (a: Self, b: Self) -> Bool { a.components.lexicographicallyPrecedes(b.components) }
}

/// Bytes as text that is safe in a line, a log or a terminal: control characters and what is not UTF-8 become `\xHH`.
public func printable(_ bytes: some Collection<UInt8>) -> String {
    func escaped(_ byte: UInt8) -> String { "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        return bytes.map { 0x20...0x7e ~= $0 ? String(UnicodeScalar($0)) : escaped($0) }.joined()
    }
    if text.unicodeScalars.allSatisfy({ !$0.isControl }) { return text }
    return text.unicodeScalars.map { $0.isControl ? $0.utf8.map(escaped).joined() : String($0) }.joined()
}

extension UnicodeScalar {
    /// Control, line separating or direction changing: what must not reach a terminal or a log line.
    var isControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
