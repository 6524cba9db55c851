import ContentLibraryAPI
import MirrorCore
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct StatusTextTests {
    private func text(_ mirrors: [MirrorStatus], rates: [TransferMeter.Key: Int64] = [:], problemsAreSaid: Bool = false) -> [String] {
        StatusText(report: StatusReport(StatusAnswer(mirrors, rates: rates).lines), problemsAreSaid: problemsAreSaid).lines
    }

    @Test func mirrorsThatAreInSyncAreATable() {
        let isos = MirrorStatus(
            mirror: "isos", library: "ISO images", state: .inSync, watch: .watching,
            items: [ItemStatus(item: "a", state: .inSync), ItemStatus(item: "b", state: .unverified)])
        #expect(
            text([isos, MirrorStatus(mirror: "m", library: "L", state: .starting)]) == [
                "MIRROR  STATE     ITEMS  IN SYNC  PENDING  HELD  FAILED  WATCH     LIBRARY",
                "isos    in-sync   2      2        0        0     0       watching  ISO images",
                "m       starting  0      0        0        0     0       none      L",
            ])
    }

    @Test func aHoldIsShownWithTheCommandThatReleasesIt() throws {
        let holds = [Hold(.maxDelete, reason: "12 of 14 files would go", subjects: ["a"]), Hold(.conflict, item: "b", reason: "it differs", subjects: ["b"])]
        let digest = try #require(planDigest(of: holds))
        let mirror = MirrorStatus(mirror: "isos", library: "L", state: .held, holds: holds, items: [ItemStatus(item: "b", state: .held, reason: "it differs")])
        #expect(
            text([mirror]).dropFirst(2) == [
                "", "isos:", "  held (conflict,max-delete): 12 of 14 files would go; b: it differs",
                "  to release it: clsyncd approve isos --plan \(digest)", "  b: held: it differs",
            ])
    }

    @Test func aHoldThatEndsByItselfHasNoCommand() {
        let mirror = MirrorStatus(mirror: "isos", library: "L", state: .held, holds: [Hold(.rootMissing, reason: "no such directory")])
        #expect(text([mirror]).dropFirst(2) == ["", "isos:", "  held (root-missing): no such directory"])
    }

    @Test func thousandsOfHoldsAndItemsFitIntoTheirLines() {
        let holds = (0..<2000).map { Hold(.conflict, item: "item-\($0)", reason: String(repeating: "r", count: 600), subjects: ["s"]) }
        let items = holds.map { ItemStatus(item: $0.item ?? "", state: .held, reason: $0.reason) }
        let mirror = MirrorStatus(mirror: "isos", library: "L", state: .held, holds: holds, items: items)
        #expect(StatusAnswer([mirror], rates: [:]).lines.allSatisfy { $0.json.count < 8192 })
        let lines = text([mirror])
        #expect(lines.count < 100)
        #expect(lines.last == "  and \(2000 - StatusText.mostItems) more items")
        #expect(lines[4].hasSuffix("; and 1990 more"))
    }

    @Test func itemsTransfersAndWhatIsPassedOverAreShown() throws {
        let transfer = TransferStatus(item: "deb", file: "deb.iso", sent: 512 << 20, total: 2 << 30)
        let mirror = MirrorStatus(
            mirror: "isos", library: "L", state: .working,
            items: [
                ItemStatus(item: "deb", state: .publishing), ItemStatus(item: "fine", state: .inSync),
                ItemStatus(item: "x\u{1B}[2J", state: .failed, reason: "a\nb"),
                ItemStatus(item: "theirs", state: .foreign),
            ], transfers: [transfer], passedOver: [Unmanaged(path: RelativePath([try #require(FileName("loose.txt"))]), reason: .looseFile)])
        let lines = text([mirror], rates: [TransferMeter.Key("isos", transfer): 104_857_600])
        #expect(
            lines.dropFirst(2).prefix(5) == [
                "", "isos:", "  deb: publishing", #"  x\x1b[2J: failed: a\x0ab"#, "  isos/deb/deb.iso  25%  512.0 MiB of 2.0 GiB  100.0 MiB/s",
            ])
        #expect(lines.last?.hasPrefix("  not mirrored: loose.txt: ") == true)
    }

    @Test func aProblemIsSaidOnce() {
        let mirror = MirrorStatus(mirror: "isos", library: "L", state: .failed, reason: "no server", problem: "no server")
        #expect(text([mirror]).dropFirst(2) == ["", "isos:", "  no server"])
        #expect(text([mirror], problemsAreSaid: true).count == 2)
        // Why it is scanned is no problem, and has not been said.
        let scanned = MirrorStatus(mirror: "isos", library: "L", state: .inSync, watch: .scanning, reason: "on nfs")
        #expect(text([scanned], problemsAreSaid: true).last == "  on nfs")
    }

    @Test func whatIsNotUTF8IsShownAsBytes() throws {
        let name = try #require(FileName(bytes: [0xFF, 0x61] as [UInt8]))
        let mirror = MirrorStatus(
            mirror: "isos", library: "L", state: .inSync, passedOver: [Unmanaged(path: RelativePath([name]), reason: .looseFile)])
        #expect(text([mirror]).last?.hasPrefix("  not mirrored: (base64) /2E=: ") == true)
    }

    @Test func aLineWithoutItsMirrorIsPassedOver() {
        var report = StatusReport()
        report.add(.object([.init("kind", .string("transfer")), .init("mirror", .string("m"))]))
        report.add(.object([.init("kind", .string("summary")), .init("exit", .int(0))]))
        #expect(report.mirrors.isEmpty)
    }
}
