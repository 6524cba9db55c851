/// What `sync` says at its end: the mirrors that could not be synced as errors, the rest as a status.
struct SyncText {
    private let report: StatusReport

    init(_ report: StatusReport) { self.report = report }

    func print(withTable: Bool) {
        for problem in MirrorProblem.all(report) { Output.complain(of: problem) }
        guard withTable else { return }
        for line in StatusText(report: report, problemsAreSaid: true).lines { Output.line(line) }
    }
}
