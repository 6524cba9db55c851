import ContentLibraryAPI

/// What `sync` says at its end: the mirrors that could not be synced as errors, the rest as a status.
struct SyncText {
    private let report: StatusReport

    init(_ report: StatusReport) { self.report = report }

    func print() {
        for (problem, mirrors) in problems { Output.complain(of: MirrorProblem(mirrors: mirrors, reason: problem)) }
        for line in StatusText(report: report, problemsAreSaid: true).lines { Output.line(line) }
    }

    /// Mirrors that share a cause, such as a server that is away, are named together.
    var problems: [(reason: String, mirrors: [String])] {
        var found: [(reason: String, mirrors: [String])] = []
        for mirror in report.mirrors {
            guard let problem = mirror.problem else { continue }
            if let index = found.firstIndex(where: { $0.reason == problem }) {
                found[index].mirrors.append(mirror.name)
            } else {
                found.append((problem, [mirror.name]))
            }
        }
        return found
    }
}

/// Mirrors that could not be worked on.
struct MirrorProblem: Error, Hashable, CustomStringConvertible {
    var mirrors: [String]
    var reason: String

    var description: String { "\(mirrors.count == 1 ? "mirror" : "mirrors") \(mirrors.joined(separator: ", ")): \(reason)" }
}
