/// What must be looked at again.
public enum Dirty: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The entries of one directory.
    case directory(RelativePath)
    /// A directory and everything below it.
    case subtree(RelativePath)

    public var path: RelativePath {
        switch self {
        case .directory(let path), .subtree(let path): path
        }
    }
    public var isSubtree: Bool { if case .subtree = self { true } else { false } }
    /// Whether looking at it shows what happened to this path: an entry of the directory, or anything within the subtree.
    public func covers(_ path: RelativePath) -> Bool {
        switch self {
        case .directory(let directory): path == directory || path.parent == directory
        case .subtree(let top): path.isWithin(top)
        }
    }
    public var description: String { isSubtree ? "everything in \(path)" : "\(path)" }

    public static func < (a: Self, b: Self) -> Bool { a.path == b.path ? a.isSubtree && !b.isSubtree : a.path < b.path }
}

/// The dirty directories of a mirror, in bounded memory: overload folds. More than 128 of one folder are taken out as that folder's subtree;
/// more than 512 in all are kept as one mark, everything.
///
/// What the tree holds depends on what was marked and when, never on the order of the calls.
struct DirtyTree: Hashable, Sendable {
    static let mostPerFolder = 128
    static let mostInAll = 512

    /// When a place was first and last marked.
    struct Span: Hashable, Sendable {
        var first: BootTime
        var last: BootTime

        func union(_ other: Span) -> Span { Span(first: min(first, other.first), last: max(last, other.last)) }
    }

    private(set) var spans: [Dirty: Span] = [:]
    private var isFolded = false

    mutating func mark(_ dirty: Dirty, at now: BootTime) {
        let span = Span(first: now, last: now)
        let key = isFolded ? .subtree(.root) : dirty
        spans[key] = spans[key]?.union(span) ?? span
        if spans.count > Self.mostInAll { fold() }
    }

    private mutating func fold() {
        let all = spans.values.reduce(nil as Span?) { $0?.union($1) ?? $1 }
        spans = all.map { [.subtree(.root): $0] } ?? [:]
        isFolded = true
    }

    /// Takes out what is due, folded, sorted, and without what something else in it covers.
    mutating func take(where isDue: (Span) -> Bool) -> [Dirty] {
        let due = Set(spans.filter { isDue($0.value) }.keys)
        for dirty in due { spans[dirty] = nil }
        if spans.isEmpty { isFolded = false }
        return Self.folded(due)
    }

    private static func folded(_ due: Set<Dirty>) -> [Dirty] {
        let crowded = Dictionary(grouping: Set(due.map(\.path)).filter { !$0.isRoot }) { $0.parent ?? .root }.filter { $0.value.count > mostPerFolder }
        let all = due.union(crowded.keys.map(Dirty.subtree))
        let tops = Set(all.filter(\.isSubtree).map(\.path))
        return all.filter { dirty in
            let components = dirty.path.components
            let lowest = dirty.isSubtree ? components.count - 1 : components.count
            return lowest < 0 || !(0...lowest).contains { tops.contains(RelativePath(Array(components.prefix($0)))) }
        }
        .sorted()
    }
}
