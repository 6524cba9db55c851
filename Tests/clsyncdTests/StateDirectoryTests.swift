import ContentLibraryAPI
import Glibc
import LinuxHost
import MirrorCore
import MirrorJournal
import Testing

@testable import clsyncd

@Suite struct StateDirectoryTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    @Test func theLockIsOnesAndNamesItsHolder() throws {
        let state = StateDirectory(path: directory.path)
        let lock = try state.acquire()
        #expect(throws: StateDirectoryError.inUse(path: directory.path, process: getpid())) { try state.acquire() }
        withExtendedLifetime(lock) {}
        let message = "\(StateDirectoryError.inUse(path: "/s", process: 7))"
        #expect(message.contains("process 7") && message.contains("/s"))
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() {
        let error = #expect(throws: StateDirectoryError.self) { try StateDirectory(path: "/dev/null/state").acquire() }
        #expect(error.map { "\($0)".contains("/dev/null/state") && "\($0)".contains("state_directory") } == true)
    }

    @Test func lookingMakesNothing() async throws {
        let state = StateDirectory(path: directory.path + "/none")
        let journal = try await state.openJournalBeside()
        #expect(journal.path == ":memory:")
        #expect(access(state.path, F_OK) != 0)
    }

    @Test func lookingReadsTheJournalOfTheOneWhoWorks() async throws {
        let state = StateDirectory(path: directory.path)
        let lock = try state.acquire()
        let hold = HoldRecord(mirror: "m", hold: Hold(.rootEmpty, reason: "r"), since: Timestamp(milliseconds: 0))
        let journal = try await Journal.open(directory: state.path)
        try await journal.setHold(hold)
        let seen = try await StateDirectory.with(try await state.openJournalBeside()) { try await $0.holds(of: "m") }
        #expect(seen == [hold])
        try await journal.close()
        withExtendedLifetime(lock) {}
    }

    @Test func theOwnerIsThatOfTheDirectory() {
        #expect(StateOwner.owner(of: directory.path) == StateOwner(user: geteuid(), group: getegid()))
        #expect(StateOwner.owner(of: "/nonexistent") == nil)
    }

    @Test func whatIsInTheWayOfTheSocketIsNamed() throws {
        try directory.write("control.sock", "")
        let error = #expect(throws: RuntimeDirectoryError.self) { try RuntimeDirectory(path: directory.path).listen() }
        #expect(error.map { "\($0)".contains(directory.path) && "\($0)".contains("runtime_directory") } == true)
        #expect(throws: RuntimeDirectoryError.self) { try RuntimeDirectory(path: "/dev/null/run").listen() }
    }
}
