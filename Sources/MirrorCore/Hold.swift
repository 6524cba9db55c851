/// Something that waits, for a person or for its cause to go. Nothing is ever exited over a hold; a hold whose cause has gone clears itself.
public struct Hold: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case rootMissing = "root-missing"
        case rootUnreadable = "root-unreadable"
        case rootEmpty = "root-empty"
        case rootChanged = "root-changed"
        case maxDelete = "max-delete"
        case mappingChanged = "mapping-changed"
        case extraneous
        case libraryChanged = "library-changed"
        case conflict
        case rivalWriter = "rival-writer"
        case typeChanged = "type-changed"
        case sourceNotAnswering = "source-not-answering"

        /// What stops while the hold stands.
        public var scope: Scope {
            switch self {
            case .rootMissing, .rootUnreadable, .rootEmpty, .libraryChanged, .sourceNotAnswering: .mirror
            case .rootChanged, .maxDelete, .mappingChanged, .extraneous: .deletions
            case .conflict, .rivalWriter, .typeChanged: .item
            }
        }
        /// Whether `clsyncd approve` can end it; the others end only when their cause goes.
        public var isApprovable: Bool {
            switch self {
            case .rootMissing, .rootUnreadable, .sourceNotAnswering: false
            default: true
            }
        }
    }
    public enum Scope: Hashable, Sendable { case mirror, deletions, item }

    public var kind: Kind
    /// The item that waits; nil where the mirror or its deletions do.
    public var item: String?
    /// For people: what was seen, and what ends the hold.
    public var reason: String
    /// What an approval would release, entry by entry: an approval covers these and nothing that a later pass adds.
    public var subjects: Set<String>

    public init(_ kind: Kind, item: String? = nil, reason: String, subjects: Set<String> = []) {
        (self.kind, self.item, self.reason, self.subjects) = (kind, item, reason, subjects)
    }

    /// Names exactly what would be released, for `approve --plan`.
    public var digest: String { planDigest(of: [kind.rawValue, item ?? ""] + subjects.sorted()) }
}

/// One digest over the holds of a mirror that a person can release; nil where there are none.
public func planDigest(of holds: some Sequence<Hold>) -> String? {
    let digests = holds.filter(\.kind.isApprovable).map(\.digest).sorted()
    return digests.isEmpty ? nil : digests.count == 1 ? digests[0] : planDigest(of: digests)
}

/// FNV-1a, 64 bits, over the texts and their boundaries. It tells two lists apart for a person's confirmation; it is not a protection.
func planDigest(of texts: [String]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for text in texts {
        for byte in text.utf8 + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// What a person released: the subjects of one hold, as they were shown.
public struct Approval: Hashable, Sendable {
    public var kind: Hold.Kind
    public var item: String?
    public var subjects: Set<String>

    public init(kind: Hold.Kind, item: String?, subjects: Set<String>) { (self.kind, self.item, self.subjects) = (kind, item, subjects) }
    public init(_ hold: Hold) { self.init(kind: hold.kind, item: hold.item, subjects: hold.subjects) }

    /// An approval releases what was shown, and less; never more.
    public func covers(_ hold: Hold) -> Bool { kind == hold.kind && item == hold.item && hold.subjects.isSubset(of: subjects) }
}
