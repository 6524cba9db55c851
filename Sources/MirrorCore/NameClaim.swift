/// One of the local entries that would have the same remote name.
struct NameClaim<Value: Sendable>: Sendable {
    enum Outcome: Sendable {
        case taken(Value)
        case refused(Unmanaged.Reason)
    }
    /// Why an entry goes before others: the published one keeps its name, what is mirrored goes before what is not.
    enum Standing: Int, Comparable, Sendable {
        /// The same directory, by its inode.
        case publishedDirectory
        /// The same path.
        case publishedPath
        case new
        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    var name: String
    var path: RelativePath
    var standing: Standing
    var outcome: Outcome

    /// The reason for which the entry is not mirrored when another one has the name.
    func reason(besides winner: RelativePath) -> Unmanaged.Reason {
        switch outcome {
        case .taken: .collision(with: winner)
        case .refused(let reason): reason
        }
    }

    private func goesBefore(_ other: Self) -> Bool {
        if standing != other.standing { return standing < other.standing }
        switch (outcome, other.outcome) {
        case (.taken, .refused): return true
        case (.refused, .taken): return false
        default: return path < other.path
        }
    }

    /// For every name, who has it and who has not. The names come in no order; who has one depends on nothing but the claims.
    static func settle(_ claims: [Self], by key: (String) -> some Hashable) -> [(winner: Self, losers: [Self])] {
        Dictionary(grouping: claims) { key($0.name) }.values.map { group in
            let sorted = group.count > 1 ? group.sorted { $0.goesBefore($1) } : group
            return (sorted[0], Array(sorted.dropFirst()))
        }
    }
}
