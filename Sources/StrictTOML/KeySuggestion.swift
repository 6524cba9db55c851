/// Finds the key that a mistyped one was meant to be.
package enum KeySuggestion {
    /// The nearest of `names`, if it is near enough to be a slip of the keyboard; else one that the word begins, as `password` does `password_file`.
    package static func nearest(to word: String, among names: [String]) -> String? {
        let limit = max(1, min(3, word.count / 3))
        let candidates = names.filter { abs($0.utf8.count - word.utf8.count) <= limit }
        let ranked = candidates.map { (name: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }.filter { $0.distance <= limit }
        if let nearest = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) { return nearest.name }
        guard word.utf8.count >= 4 else { return nil }
        return names.filter { $0.hasPrefix(word) }.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// The fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string alignment), in bytes.
    package static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        // Keys are short; a longer word is no slip.
        guard a.count <= 64, b.count <= 64 else { return .max }
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
