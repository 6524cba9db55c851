/// Names the bytes of a file (RFC 9110, section 8.8.3): two files with the same strong tag have the same bytes.
struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// What stands between the quotes. Bytes: text that only looks the same is another tag.
    let opaque: [UInt8]
    let isWeak: Bool

    /// The tag of a stored content, which never changes.
    init(content id: String) { (opaque, isWeak) = (Array(id.utf8), false) }

    /// Nil for anything but one tag.
    init?(_ text: String) {
        var rest = text.utf8[...]
        guard let tag = Self(from: &rest), rest.isEmpty else { return nil }
        self = tag
    }

    /// Takes a tag off the front.
    fileprivate init?(from rest: inout Substring.UTF8View) {
        isWeak = rest.starts(with: "W/".utf8)
        let quoted = isWeak ? rest.dropFirst(2) : rest
        guard quoted.first == UInt8(ascii: "\"") else { return nil }
        let inside = quoted.dropFirst()
        guard let end = inside.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        opaque = Array(inside[..<end])
        guard opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        rest = inside[inside.index(after: end)...]
    }

    /// The strong comparison: the bytes are the same for certain.
    func isSame(as other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    /// The weak comparison.
    func isLike(_ other: EntityTag) -> Bool { opaque == other.opaque }

    var description: String { "\(isWeak ? "W/" : "")\"\(String(decoding: opaque, as: UTF8.self))\"" }
}

/// What `If-Match` and `If-None-Match` name.
enum EntityTagList: Sendable, Hashable {
    /// `*`: whatever there is.
    case any
    case tags([EntityTag])

    /// Reads the lines of a header, which are one list. One that is malformed names nothing.
    init(_ lines: [String]) {
        let lines = lines.joined(separator: ",")
        var (rest, tags) = (lines.utf8[...], [EntityTag]())
        Self.skip(&rest)
        if rest.first == UInt8(ascii: "*") {
            rest = rest.dropFirst()
            Self.skip(&rest)
            self = rest.isEmpty ? .any : .tags([])
            return
        }
        while !rest.isEmpty {
            guard let tag = EntityTag(from: &rest) else {
                self = .tags([])
                return
            }
            tags.append(tag)
            let isSeparate = Self.skip(&rest)
            guard isSeparate || rest.isEmpty else {
                self = .tags([])
                return
            }
        }
        self = .tags(tags)
    }

    /// Skips white space and commas, between which elements may be missing; tells whether there was a comma.
    @discardableResult private static func skip(_ rest: inout Substring.UTF8View) -> Bool {
        var isSeparate = false
        while let byte = rest.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: ",") {
            isSeparate = isSeparate || byte == UInt8(ascii: ",")
            rest = rest.dropFirst()
        }
        return isSeparate
    }

    /// Whether one of them is the tag, by the comparison that is asked for.
    func contains(where isMatch: (EntityTag) -> Bool) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains(where: isMatch)
        }
    }
}
