/// Which bytes of the files of download sessions were given out so far: a client that resumed its download has the whole file, although no body had.
///
/// A value, and bounded: what would be too much to remember counts as not given. Reading the whole file in one body needs no memory of it.
struct GivenParts: Sendable {
    /// By session, then by entry: in their order, neither empty nor touching each other.
    private var files: [String: [String: [Range<Int64>]]] = [:]
    /// Of all files.
    private(set) var count = 0

    private let mostOfFile: Int
    private let mostInAll: Int

    /// A client that reads a file by many connections at once has a part of it for each.
    init(mostOfFile: Int = 1000, mostInAll: Int = 100_000) { (self.mostOfFile, self.mostInAll) = (mostOfFile, mostInAll) }

    mutating func add(_ part: Range<Int64>, of entry: String, in session: String) {
        // What makes no new range is always taken.
        let mayGrow = count < mostInAll
        guard !part.isEmpty, mayGrow || files[session]?[entry] != nil else { return }
        count += Self.merge(part, into: &files[session, default: [:]][entry, default: []], most: mayGrow ? mostOfFile : 0)
    }

    /// How many different bytes of the file.
    func bytes(of entry: String, in session: String) -> Int64 {
        (files[session]?[entry] ?? []).reduce(0) { $0 + ($1.upperBound - $1.lowerBound) }
    }

    mutating func forget(_ entry: String, in session: String) {
        count -= files[session]?.removeValue(forKey: entry)?.count ?? 0
        if files[session]?.isEmpty == true { files[session] = nil }
    }

    mutating func forget(session: String) {
        count -= files.removeValue(forKey: session)?.values.reduce(0) { $0 + $1.count } ?? 0
    }

    /// Returns by how many the ranges became more; a part that would be one more than `most` is left out.
    private static func merge(_ part: Range<Int64>, into ranges: inout [Range<Int64>], most: Int) -> Int {
        let start = ranges.firstIndex { $0.upperBound >= part.lowerBound } ?? ranges.endIndex
        let end = ranges[start...].firstIndex { $0.lowerBound > part.upperBound } ?? ranges.endIndex
        let touched = ranges[start..<end]
        guard let first = touched.first, let last = touched.last else {
            guard ranges.count < most else { return 0 }
            ranges.insert(part, at: start)
            return 1
        }
        let merged = min(first.lowerBound, part.lowerBound)..<max(last.upperBound, part.upperBound)
        let grown = 1 - touched.count
        ranges.replaceSubrange(start..<end, with: CollectionOfOne(merged))
        return grown
    }
}
