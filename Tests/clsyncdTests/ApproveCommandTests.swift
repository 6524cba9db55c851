import ArgumentParser
import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@testable import clsyncd

/// Approvals that are given while no daemon runs: they go into the journal.
@Suite struct ApproveCommandTests {
    private let directory: TemporaryDirectory
    private let holds = [
        Hold(.maxDelete, reason: "12 files", subjects: ["a/1", "a/2"]), Hold(.rootMissing, reason: "gone"), Hold(.conflict, item: "b", reason: "differs"),
    ]
    init() throws { directory = try TemporaryDirectory() }

    private func approve(_ arguments: String...) async throws -> Status {
        let text =
            ConfigurationText.server + "[daemon]\nstate_directory = \"\(directory.path)\"\nruntime_directory = \"\(directory.path)\"\n"
            + ConfigurationText.mirror
        let file = try directory.write("c.toml", text)
        let command = try #require(try Clsyncd.parseAsRoot(["approve", "--config", file, "--json"] + arguments) as? ApproveCommand)
        do {
            try await command.run()
            return .success
        } catch let code as ExitCode {
            return try #require(Status(rawValue: code.rawValue))
        }
    }
    private func journal<T: Sendable>(_ body: (Journal) async throws -> T) async throws -> T {
        try await StateDirectory.with(try await Journal.open(directory: directory.path), body)
    }
    private func approvals() async throws -> [Approval] { try await journal { try await $0.approvals(of: "isos").map(\.approval) } }

    private func hold() async throws {
        try await journal { journal in
            for hold in holds { try await journal.setHold(HoldRecord(mirror: "isos", hold: hold, since: Timestamp(milliseconds: 0))) }
        }
    }

    @Test func whatAPersonMayReleaseIsReleased() async throws {
        try await hold()
        #expect(try await approve("isos") == .success)
        #expect(Set(try await approvals()) == [Approval(holds[0]), Approval(holds[2])])
    }

    @Test func onlyTheHoldsThatWereShownAreReleased() async throws {
        try await hold()
        #expect(try await approve("isos", "--plan", "0123456789abcdef") == .failure)
        #expect(try await approvals() == [])
        #expect(try await approve("isos", "--plan", try #require(planDigest(of: holds))) == .success)
        #expect(try await approvals().count == 2)
    }

    @Test func nothingHeldIsNoFailure() async throws {
        #expect(try await approve("isos") == .success)
        #expect(try await approve("isos", "--plan", "ab") == .success)
        #expect(try await approvals() == [])
    }

    @Test func anUnknownMirrorIsAFailure() async throws { #expect(try await approve("iso") == .failure) }

    /// A library that was exchanged starts the mirror over: nothing is left of what was published to the old one.
    @Test func aChangedLibraryIsForgotten() async throws {
        let key = LibraryKey(server: "s", library: Library.ID(rawValue: "l"))
        try await journal { journal in
            let now = Timestamp(milliseconds: 0)
            try await journal.save(MirrorRecord(name: "isos", key: key, libraryName: "ISOs", hadLibrary: true, firstPassDone: true, updatedAt: now))
            try await journal.setHold(HoldRecord(mirror: "isos", hold: Hold(.libraryChanged, reason: "gone", subjects: ["library"]), since: now))
        }
        #expect(try await approve("isos") == .success)
        let record = try #require(try await journal { try await $0.mirror("isos") })
        #expect(record.key == nil && record.libraryName == nil && !record.firstPassDone && record.hadLibrary)
    }

    /// SQLite's files begin with "SQLite format 3".
    @Test func aDamagedJournalNeedsAPerson() async throws {
        try directory.write("journal.sqlite", "garbage")
        #expect(try await approve("isos") == .needsPerson)
    }

    @Test func withoutADaemonThereIsNothingToRescan() async throws {
        let text = ConfigurationText.server + "[daemon]\nruntime_directory = \"\(directory.path)\"\n" + ConfigurationText.mirror
        let file = try directory.write("c.toml", text)
        for arguments in [["rescan"], ["status"]] {
            let command = try Clsyncd.parseAsRoot(arguments + ["--config", file])
            var runnable = try #require(command as? any AsyncParsableCommand)
            await #expect(throws: Status.failure.code) { try await runnable.run() }
        }
    }
}
