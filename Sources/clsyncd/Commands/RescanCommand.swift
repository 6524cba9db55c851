import ArgumentParser
import ContentLibraryAPI

/// `clsyncd rescan`: has the running daemon look at everything now.
struct RescanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescan",
        abstract: "Have the running daemon look at everything now, here and at the server.",
        discussion: "What waits for another try is tried at once, a refused login too. Does not wait for the end: `clsyncd sync` does.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("Only this mirror.", valueName: "mirror"))
    var mirror: String?

    func run() async throws {
        try await common.perform {
            let configuration = try common.configuration()
            let client = try await ControlClient.require(RuntimeDirectory(path: configuration.daemon.runtimeDirectory).socket)
            defer { client.close() }
            return try await client.ask(.rescan(mirror: mirror)) { line in if common.json { Output.line(line) } }
        }
    }
}
