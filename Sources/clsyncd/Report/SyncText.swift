/// What `sync` says at its end: the mirrors that could not be synced as errors, the rest as a status.
struct SyncText {
    private let report: StatusReport

    init(_ report: StatusReport) { self.report = report }

    func print() {
        for problem in MirrorProblem.all(report) { Output.complain(of: problem) }
        for line in StatusText(report: report, problemsAreSaid: true).lines { Output.line(line) }
    }
}
