import LinuxHost
import MirrorCore
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct VerdictTests {
    /// A mirror as it is, and what `status` and `sync` make of it.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var mirror: MirrorStatus
        var status: Status
        var sync: Status

        init(
            _ name: String, _ state: MirrorStatus.State, items: [ItemStatus.State] = [], holds: [Hold] = [], problem: String? = nil, scanning: Bool = false,
            sends: Bool = false, status: Status, sync: Status
        ) {
            self.name = name
            mirror = MirrorStatus(
                mirror: "m", library: "L", state: state, holds: holds, problem: problem,
                scanReason: scanning ? .watchLimit(limit: 1, needed: 2) : nil,
                items: items.enumerated().map { ItemStatus(item: "i\($0.offset)", state: $0.element) },
                transfers: sends ? [TransferStatus(item: "i0", file: "f", sent: 1, total: 2)] : [])
            (self.status, self.sync) = (status, sync)
        }
        var testDescription: String { name }
    }
    private static let rows = [
        Row("nothing at all", .inSync, status: .success, sync: .success),
        Row("in sync", .inSync, items: [.inSync, .unverified, .foreign, .kept, .unmanaged], status: .success, sync: .success),
        Row("about to begin", .starting, status: .success, sync: .partial),
        Row("pending", .pending, items: [.inSync, .pending], status: .success, sync: .partial),
        Row("publishing", .working, items: [.publishing], sends: true, status: .success, sync: .partial),
        Row("partial", .partial, items: [.partial], status: .partial, sync: .partial),
        Row("partial beside a publish", .working, items: [.partial, .publishing], status: .partial, sync: .partial),
        Row("failed item", .failed, items: [.failed], status: .partial, sync: .partial),
        Row("drift that is only reported", .held, items: [.drift], status: .partial, sync: .partial),
        Row("held item", .held, items: [.held], holds: [Hold(.conflict, item: "i0", reason: "r")], status: .partial, sync: .partial),
        Row("held mirror", .held, holds: [Hold(.rootMissing, reason: "r")], status: .partial, sync: .partial),
        Row("no server", .failed, problem: "cannot connect", status: .partial, sync: .failure),
        // Somebody exchanged the library: a person decides, trying again does not help.
        Row("library changed", .held, holds: [Hold(.libraryChanged, reason: "r")], problem: "r", status: .partial, sync: .partial),
        Row("too few inotify watches", .inSync, items: [.inSync], scanning: true, status: .partial, sync: .success),
    ]

    @Test(arguments: rows) func aMirrorHasItsStatus(_ row: Row) {
        #expect(Verdict.status([row.mirror]) == row.status)
        #expect(Verdict.sync([row.mirror]) == row.sync)
    }

    @Test(arguments: rows) func theWorstMirrorDecides(_ row: Row) throws {
        let good = Self.rows[1].mirror
        #expect(Verdict.status([good, row.mirror, good]) == row.status)
        #expect(Verdict.sync([good, row.mirror, good]) == row.sync)
    }

    @Test func aPlanTellsOnlyIfAsked() {
        let action = ActionReport(mirror: "m", item: "i", file: nil, action: .create, why: "w", bytes: 0)
        let good = MirrorStatus(mirror: "m", library: "L", state: .inSync)
        let held = MirrorStatus(mirror: "m", library: "L", state: .held, holds: [Hold(.rootMissing, reason: "r")])
        let failed = MirrorStatus(mirror: "m", library: "L", state: .failed, problem: "no server")
        let refused = MirrorStatus(mirror: "m", library: "L", state: .partial, items: [ItemStatus(item: "i", state: .partial)])
        #expect(Verdict.plan([], [good], isDetailed: true) == .success)
        #expect(Verdict.plan([action], [good], isDetailed: false) == .success)
        #expect(Verdict.plan([action], [good], isDetailed: true) == .changes)
        #expect(Verdict.plan([], [held], isDetailed: true) == .changes)
        #expect(Verdict.plan([], [refused], isDetailed: true) == .changes)
        for isDetailed in [false, true] { #expect(Verdict.plan([action], [good, failed], isDetailed: isDetailed) == .failure) }
    }

    @Test func aVerificationThatCouldNotBeDoneIsWorseThanADifference() {
        #expect(Verdict.verify(bad: 0, unverifiable: 0) == .success)
        #expect(Verdict.verify(bad: 2, unverifiable: 0) == .partial)
        #expect(Verdict.verify(bad: 0, unverifiable: 1) == .failure)
        #expect(Verdict.verify(bad: 2, unverifiable: 1) == .failure)
    }
}
