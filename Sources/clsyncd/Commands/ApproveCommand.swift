import ArgumentParser
import ContentLibraryAPI
import LinuxHost
import MirrorCore
import MirrorEngine
import MirrorJournal

/// `clsyncd approve`: releases what a mirror holds.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Release what a mirror holds.",
        discussion: """
            With --plan only what `clsyncd status` showed with that digest is released; what came since then is not. Without a running daemon the next \
            run acts on it. Exits with 0, also when nothing is held.
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The mirror.", valueName: "mirror"))
    var mirror: String

    @Option(help: ArgumentHelp("The digest of what was shown.", valueName: "digest"))
    var plan: String?

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            if let client = try await ControlClient.connect(RuntimeDirectory(path: configuration.daemon.runtimeDirectory).socket) {
                defer { client.close() }
                var lines: [JSON] = []
                let status = try await client.ask(.approve(mirror: mirror, digest: plan)) { lines.append($0) }
                ApprovalText(mirror, lines, isJSON: common.json).print(takesEffect: "now")
                return status
            }
            try StateOwner.assume(of: configuration.daemon.stateDirectory)
            return try await record(configuration)
        }
    }

    /// Without a daemon the holds are those of the journal, and so is the word on them.
    private func record(_ configuration: Configuration) async throws -> ExitStatus {
        let known = configuration.mirrors.map(\.name)
        guard known.contains(mirror) else { throw CommandRefusal(message: "\(UnknownMirror(name: mirror, known: known))", status: .failure) }
        let state = StateDirectory(path: configuration.daemon.stateDirectory)
        let lock = try state.acquire()
        defer { withExtendedLifetime(lock) {} }
        return try await StateDirectory.with(try await Journal.open(directory: state.path)) { journal in
            let holds = try await journal.holds(of: mirror).map(\.hold)
            let released: [Hold]
            do {
                released = try await HoldRelease(journal: journal, mirror: mirror).release(holds, digest: plan, at: .now())
            } catch let error as ApprovalError {
                throw CommandRefusal(message: "mirror \(mirror): \(error)", status: .failure)
            }
            let summary = SummaryReport([("released", Int64(released.count))], exit: ExitStatus.success.rawValue)
            let lines = (released.map { .approval(mirror: mirror, $0) } + [ReportLine.summary(summary)]).compactMap { try? JSON(parsing: $0.json) }
            ApprovalText(mirror, lines, isJSON: common.json).print(takesEffect: "with the next run")
            return .success
        }
    }
}

/// What was released.
struct ApprovalText {
    private let mirror: String
    private let lines: [JSON]
    private let isJSON: Bool

    init(_ mirror: String, _ lines: [JSON], isJSON: Bool) { (self.mirror, self.lines, self.isJSON) = (mirror, lines, isJSON) }

    func print(takesEffect: String) {
        if isJSON { return lines.forEach { Output.line($0) } }
        text(takesEffect: takesEffect).forEach { Output.line($0) }
    }

    func text(takesEffect: String) -> [String] {
        let released = lines.filter { $0["kind"]?.text == "approval" }
        if released.isEmpty { return ["\(mirror): nothing is held that could be released"] }
        return released.map { line in
            let item = line["item"]?.text.map { " \(printable(Array($0.utf8)))" } ?? ""
            let reason = printable(Array((line["reason"]?.text ?? "").utf8))
            return "\(mirror): released \(takesEffect): \(line["hold"]?.text ?? "-")\(item): \(reason)"
        }
    }
}
