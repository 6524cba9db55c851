import ArgumentParser
import ContentLibraryAPI
import Glibc

/// `clsyncd status`: what the running daemon is doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the running daemon is doing.",
        discussion: "Exits with 0, also while work is pending; with 3 where something is held, failed, partial or only scanned; with 1 if no daemon runs.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: MirrorSelection

    @Flag(help: "Show it again whenever it changes, until interrupted.")
    var watch = false

    private static let watchInterval = Duration.seconds(1)

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            let client = try await ControlClient.require(RuntimeDirectory(path: configuration.daemon.runtimeDirectory).socket)
            defer { client.close() }
            return try await show(client)
        }
    }

    private func show(_ client: ControlClient) async throws -> ExitStatus {
        var last: [JSON] = []
        while true {
            var lines: [JSON] = []
            let status = try await client.ask(.status(mirrors: selection.mirrors)) { lines.append($0) }
            if lines != last, !render(lines, isFirst: last.isEmpty) || !watch { return status }
            last = lines
            try await Task.sleep(for: Self.watchInterval)
        }
    }

    /// False where nobody reads any more.
    private func render(_ lines: [JSON], isFirst: Bool) -> Bool {
        if common.json { return lines.allSatisfy { Output.line($0) } }
        var report = StatusReport()
        for line in lines { report.add(line) }
        let isTerminal = watch && isatty(STDOUT_FILENO) == 1
        let head = isTerminal ? "\u{1B}[H\u{1B}[2J" : isFirst ? "" : "\n"
        return Output.line(head + StatusText(report: report).lines.joined(separator: "\n"))
    }
}
