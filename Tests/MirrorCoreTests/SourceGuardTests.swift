import Testing

@testable import MirrorCore

@Suite struct SourceGuardTests {
    private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

    @Test("source-not-answering: the mirror stops once a call has not returned for 30 s; no approval ends it")
    func notAnswering() {
        let source = SourceGuard()
        #expect(source.judge(silentSince: nil, now: at(1000), path: "/srv/isos") == nil)
        #expect(source.judge(silentSince: at(971), now: at(1000), path: "/srv/isos") == nil)
        // It may show progress between the two readings of the clock.
        #expect(source.judge(silentSince: at(1001), now: at(1000), path: "/srv/isos") == nil)
        for seconds in [30, 95] as [Int64] {
            let hold = source.judge(silentSince: at(1000 - seconds), now: at(1000), path: "/srv/isos")
            #expect(hold?.kind == .sourceNotAnswering && hold?.item == nil)
            #expect(hold?.kind.scope == .mirror && hold?.kind.isApprovable == false)
            #expect(hold?.reason.contains("/srv/isos has not returned for \(seconds) s") == true)
        }
    }
}
