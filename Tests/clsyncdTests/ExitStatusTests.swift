import LinuxHost
import MirrorJournal
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ExitStatusTests {
    @Test(
        arguments: [
            (ConfigurationErrors([]), .usage), (UnknownMirror(name: "a", known: ["b"]), .usage),
            (JournalError.damaged(path: "p", detail: "d"), .needsPerson), (JournalError.newer(path: "p", version: 2, supported: 1), .needsPerson),
            (JournalError.unwritable(path: "p", detail: "d"), .failure), (StateDirectoryError.inUse(path: "p", process: 3), .failure),
            (CommandRefusal(message: "m", status: .failure), .failure), (CommandRefusal(message: "m", status: .usage), .usage),
            (DaemonNotRunning(socket: "s"), .failure), (ControlError.notPermitted(path: "p"), .failure), (CancellationError(), .failure),
        ] as [(any Error, Status)])
    func anErrorHasItsStatus(_ error: any Error, _ status: Status) { #expect(Status(of: error) == status) }
}
