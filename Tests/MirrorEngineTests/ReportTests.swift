import ContentLibraryAPI
import MirrorCore
import Testing

@testable import MirrorEngine

@Suite("ReportLine")
struct ReportTests {
    private func text(_ line: ReportLine) -> String { String(decoding: line.json, as: UTF8.self) }

    @Test("a file whose name is not UTF-8 is given as bytes")
    func bytes() {
        let line = ReportLine.file(FileReport(mirror: "m", item: "i", file: [0x66, 0xff], state: .unmanaged, local: nil, remote: nil, reason: nil))
        #expect(text(line) == #"{"kind":"file","mirror":"m","item":"i","file":{"bytes":"Zv8="},"state":"unmanaged"}"#)
    }

    @Test("an item, with what is known of it")
    func item() {
        let status = ItemStatus(item: "a", id: "id-1", type: "iso", state: .inSync, verifiedAt: Timestamp(milliseconds: 0))
        #expect(
            text(.item(mirror: "m", status))
                == #"{"kind":"item","mirror":"m","item":"a","item_id":"id-1","type":"iso","state":"in-sync","verified_at":"1970-01-01T00:00:00.000Z"}"#)
    }

    @Test("a mirror that is held names the hold and the digest to approve")
    func mirror() throws {
        let hold = Hold(.maxDelete, reason: "too many", subjects: ["a/1"])
        let status = MirrorStatus(
            mirror: "m", library: "L", libraryID: "lib", state: .held, holds: [hold], watch: .watching, reason: nil,
            items: [ItemStatus(item: "a", state: .inSync), ItemStatus(item: "b", state: .failed)], transfers: [], passedOver: [])
        let json = try JSON(parsing: ReportLine.mirror(status).json)
        #expect(json["hold"]?.text == "max-delete")
        #expect(json["hold_digest"]?.text == hold.digest)
        #expect(json["items"] == .int(2) && json["in_sync"] == .int(1) && json["failed"] == .int(1))
    }

    @Test("the last line counts and gives the exit code")
    func summary() {
        #expect(text(.summary(SummaryReport([("files", 3), ("differs", 1)], exit: 3))) == #"{"kind":"summary","files":3,"differs":1,"exit":3}"#)
    }

    @Test("a plan's lines: create, upload, replace, remove, adopt, hold")
    func actions() {
        let local = LocalFile(name: "f", path: RelativePath([]), fingerprint: Fingerprint(size: 7, modified: 0, changed: 0, inode: 1))
        let remote = RemoteFile(name: "f", version: "1", checksum: nil)
        let plan = ItemPlan(
            item: "i", fate: .create,
            files: [
                FileDecision(name: "a", row: .add, action: .send, local: local),
                FileDecision(name: "b", row: .replace, action: .send, local: local, remote: remote),
                FileDecision(name: "c", row: .delete, action: .remove), FileDecision(name: "d", row: .adopt, action: .adopt),
                FileDecision(name: "e", row: .conflict, action: .hold), FileDecision(name: "f", row: .inSync, action: .nothing),
            ])
        let lines = ActionReport.lines(of: plan, mirror: "m")
        #expect(lines.map(\.action) == [.create, .upload, .replace, .remove, .adopt, .hold])
        #expect(lines.map(\.bytes) == [0, 7, 7, 0, 0, 0])
    }
}
