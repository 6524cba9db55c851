import MirrorEngine

/// Mirrors that could not be worked on. Those that share a cause, such as a server that is away, are named together.
struct MirrorProblem: Error, Hashable, CustomStringConvertible {
    var mirrors: [String]
    var reason: String

    var description: String { "\(mirrors.count == 1 ? "mirror" : "mirrors") \(mirrors.joined(separator: ", ")): \(reason)" }

    /// One for each cause, in the order of the mirrors.
    static func all(_ causes: some Sequence<(mirror: String, reason: String)>) -> [MirrorProblem] {
        var found: [MirrorProblem] = []
        for (mirror, reason) in causes {
            if let index = found.firstIndex(where: { $0.reason == reason }) {
                found[index].mirrors.append(mirror)
            } else {
                found.append(MirrorProblem(mirrors: [mirror], reason: reason))
            }
        }
        return found
    }
    /// What waits for a person is held, not failed.
    static func all(_ mirrors: [MirrorStatus]) -> [MirrorProblem] {
        all(mirrors.compactMap { mirror in mirror.holds.isEmpty ? mirror.problem.map { (mirror.mirror, $0) } : nil })
    }
    static func all(_ report: StatusReport) -> [MirrorProblem] {
        all(report.mirrors.compactMap { mirror in mirror.problem.map { (mirror.name, $0) } })
    }
}
