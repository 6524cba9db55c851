import ContentLibraryAPI
import MirrorCore
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct ReportTextTests {
    @Test func aPlanIsALineForEachAction() {
        let actions = [
            ActionReport(mirror: "isos", item: "", file: nil, action: .create, why: "no library", bytes: 0),
            ActionReport(mirror: "isos", item: "a", file: "a\n.iso", action: .upload, why: "local only", bytes: 1536),
            ActionReport(mirror: "isos", item: "b", file: nil, action: .deleteItem, why: "its directory is gone", bytes: 0),
        ]
        #expect(
            PlanText(actions).lines == [
                "create       isos  no library", #"upload       isos/a/a\x0a.iso  local only, 1.5 KiB"#, "delete-item  isos/b  its directory is gone",
                "3 actions: 1 create, 1 upload, 1 delete-item; 1.5 KiB to send",
            ])
        #expect(PlanText([]).lines == ["nothing to do"])
        let summary = PlanText.summary(actions, exit: .changes)
        #expect(summary.exit == 4 && summary.counts.first { $0.name == "bytes" }?.value == 1536 && summary.counts.first { $0.name == "adopt" }?.value == 0)
    }

    @Test func aVerificationShowsBothChecksums() {
        let (ours, theirs) = (Checksum(.sha1, hex: "aa"), Checksum(.sha1, hex: "bb"))
        func line(_ state: FileReport.State, _ reason: String? = nil) -> String {
            VerifyText.line(FileReport(mirror: "m", item: "i", file: Array("f".utf8), state: state, local: ours, remote: theirs, reason: reason))
        }
        #expect(line(.differs) == "differs: m: i/f: local \(ours), remote \(theirs)")
        #expect(line(.missing, "not in\nthe library") == #"missing: m: i/f: not in\x0athe library"#)
        let loose = FileReport(mirror: "m", item: "", file: [0xFF], state: .unmanaged)
        #expect(VerifyText.line(loose) == #"unmanaged: m: \xff"#)
        #expect(VerifyText.summary([:]) == "0 files")
        #expect(VerifyText.summary([.equal: 1]) == "1 file: 1 equal")
        #expect(VerifyText.summary([.differs: 1, .equal: 10, .foreign: 1]) == "12 files: 10 equal, 1 differs, 1 foreign")
    }

    @Test func mirrorsThatShareACauseAreNamedTogether() {
        func mirror(_ name: String, _ problem: String?, _ holds: [Hold] = []) -> MirrorStatus {
            MirrorStatus(mirror: name, library: "L", state: problem == nil ? .inSync : .failed, holds: holds, reason: problem, problem: problem)
        }
        let mirrors = [
            mirror("a", "down"), mirror("b", "no library"), mirror("c", "down"), mirror("d", nil), mirror("e", "gone", [Hold(.libraryChanged, reason: "gone")]),
        ]
        let problems = [MirrorProblem(mirrors: ["a", "c"], reason: "down"), MirrorProblem(mirrors: ["b"], reason: "no library")]
        #expect(MirrorProblem.all(mirrors) == problems)
        #expect(MirrorProblem.all(StatusReport(StatusAnswer(mirrors, rates: [:]).lines)) == problems)
        #expect(problems.map(\.description) == ["mirrors a, c: down", "mirror b: no library"])
    }

    @Test func anApprovalSaysWhatItReleased() throws {
        let holds = [Hold(.maxDelete, reason: "12 files"), Hold(.conflict, item: "a", reason: "it differs")]
        let lines = try holds.map { try JSON(parsing: ReportLine.approval(mirror: "m", $0).json) }
        #expect(
            ApprovalText("m", lines, isJSON: false).text(takesEffect: "now") == [
                "m: released now: max-delete: 12 files", "m: released now: conflict a: it differs",
            ])
        #expect(ApprovalText("m", [], isJSON: false).text(takesEffect: "now") == ["m: nothing is held that could be released"])
    }

    @Test func aFindingIsALine() {
        let server = OnlineFinding(subject: .server("https://vc"), state: .good, text: "logged in as u by api")
        #expect(server.description == "server https://vc: logged in as u by api")
        #expect(server.json.serialized == #"{"kind":"server","server":"https://vc","state":"good","message":"logged in as u by api"}"#)
        let library = OnlineFinding(subject: .mirror("isos"), state: .toBeCreated, text: "t", library: "l-1")
        #expect(library.json.serialized == #"{"kind":"library","mirror":"isos","state":"to-be-created","library_id":"l-1","message":"t"}"#)
        var report = CheckReport(file: "x", isJSON: true)
        report.add(library)
        #expect(report.status == .success)
        report.add(OnlineFinding(subject: .mirror("isos"), state: .failed, text: "ambiguous"))
        #expect(report.status == .failure)
    }
}
