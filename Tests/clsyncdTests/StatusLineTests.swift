import MirrorCore
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct StatusLineTests {
    private func mirror(
        _ state: MirrorStatus.State, _ items: [ItemStatus.State] = [], holds: [Hold] = [], problem: String? = nil
    ) -> MirrorStatus {
        MirrorStatus(
            mirror: "isos", library: "L", state: state, holds: holds, problem: problem,
            items: items.enumerated().map { ItemStatus(item: "i\($0.offset)", state: $0.element) })
    }

    @Test func itCountsAndNamesTrouble() {
        #expect(StatusLine.text([mirror(.inSync, [.inSync])]) == "1 mirror, 1 item: 1 in sync")
        #expect(
            StatusLine.text([mirror(.working, [.inSync, .unverified, .publishing, .pending, .partial, .drift, .held, .failed]), mirror(.starting)])
                == "2 mirrors, 8 items: 2 in sync, 1 publishing, 1 pending, 1 partial, 2 held, 1 failed; isos: starting")
        #expect(
            StatusLine.text([mirror(.held, holds: [Hold(.rootMissing, reason: "r"), Hold(.conflict, item: "i", reason: "r")])])
                == "1 mirror, 0 items: 0 in sync; isos: held (root-missing)")
        #expect(StatusLine.text([mirror(.failed, problem: "no\nserver")]) == #"1 mirror, 0 items: 0 in sync; isos: no\x0aserver"#)
    }

    @Test func itIsNeverLong() {
        let text = StatusLine.text([mirror(.failed, problem: String(repeating: "no server ", count: 1000))])
        #expect(text.count == StatusLine.longest && text.hasSuffix("..."))
    }
}
