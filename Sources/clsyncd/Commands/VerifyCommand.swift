import ArgumentParser
import ContentLibraryClient
import MirrorCore
import MirrorEngine
import MirrorJournal

/// `clsyncd verify`: the local files against the server's own list, by checksum.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the local files again and compare them with the server's list by checksum.",
        discussion: "Exits with 0 where all are equal, with 3 where a file differs, is missing or cannot be verified, with 1 where it could not be done.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: MirrorSelection

    @Flag(help: "Trust the hash cache instead of reading files that have not moved since.")
    var cached = false

    @Flag(help: "Read the bytes back from the server (not yet supported).")
    var download = false

    func validate() throws {
        if download { throw ValidationError("--download is not yet supported") }
    }

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            let rules = try selection.rules(configuration)
            try StateOwner.assume(of: configuration.daemon.stateDirectory)
            _ = common.startLogs(nil)
            return try await Signals.run { try await verify(configuration, rules) }
        }
    }

    private func verify(_ configuration: Configuration, _ rules: [MirrorRules]) async throws -> ExitStatus {
        let state = StateDirectory(path: configuration.daemon.stateDirectory)
        return try await StateDirectory.with(try await state.openJournalBeside()) { journal in
            try await ServerConnection.with(configuration) { connection in
                let tally = VerifyTally(isJSON: common.json)
                for rules in rules {
                    do {
                        let verifier = try Verifier(rules: rules, client: connection.client, journal: journal, trustsCache: cached)
                        try await verifier.run { await tally.add($0) }
                    } catch let error where Self.concernsAll(error) {
                        throw error
                    } catch {
                        await tally.failed(rules.name, error)
                    }
                }
                return await tally.finish()
            }
        }
    }
}

extension VerifyCommand {
    /// Whether no other mirror can be verified either.
    fileprivate static func concernsAll(_ error: any Error) -> Bool {
        error is CancellationError || error is LoginError || error is PasswordError || error is NotVSphereError || error is JournalError
    }
}

/// Prints what `verify` finds, and counts it.
actor VerifyTally {
    private let isJSON: Bool
    private var counts: [FileReport.State: Int64] = [:]
    private var failures: [(mirror: String, reason: String)] = []

    init(isJSON: Bool) { self.isJSON = isJSON }

    func add(_ file: FileReport) {
        counts[file.state, default: 0] += 1
        if isJSON { Output.line(.file(file)) } else if file.state != .equal { Output.line(VerifyText.line(file)) }
    }

    /// The mirror could not be verified.
    func failed(_ mirror: String, _ error: any Error) { failures.append((mirror, "\(error)")) }

    func finish() -> ExitStatus {
        let bad = counts.filter(\.key.isBad).values.reduce(0, +)
        let status = Verdict.verify(bad: bad, unverifiable: failures.count)
        for problem in MirrorProblem.all(failures) { Output.complain(of: problem) }
        if isJSON {
            Output.line(.summary(SummaryReport(FileReport.State.allCases.map { ($0.rawValue, counts[$0] ?? 0) }, exit: status.rawValue)))
        } else if failures.isEmpty || !counts.isEmpty {
            Output.line(VerifyText.summary(counts))
        }
        return status
    }
}

/// What `verify` says to people.
enum VerifyText {
    /// `differs: isos: debian/debian.iso: local sha1 ..., remote sha1 ...`
    static func line(_ file: FileReport) -> String {
        let name = [printable(Array(file.item.utf8)), printable(file.file)].filter { !$0.isEmpty }.joined(separator: "/")
        let sums = [file.local.map { "local \($0)" }, file.remote.map { "remote \($0)" }].compactMap { $0 }.joined(separator: ", ")
        let why = [file.reason.map { printable(Array($0.utf8)) }, file.state == .differs && !sums.isEmpty ? sums : nil].compactMap { $0 }
        return (["\(file.state.rawValue)", file.mirror, name] + why).joined(separator: ": ")
    }

    /// `12 files: 10 equal, 1 differs, 1 foreign`
    static func summary(_ counts: [FileReport.State: Int64]) -> String {
        let all = counts.values.reduce(0, +)
        let parts = FileReport.State.allCases.compactMap { state in counts[state].map { "\($0) \(state.rawValue)" } }
        return "\(all) \(all == 1 ? "file" : "files")" + (parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))")
    }
}
