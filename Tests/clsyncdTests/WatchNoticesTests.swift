import LinuxHost
import MirrorCore
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct WatchNoticesTests {
    private func mirror(_ name: String, _ reason: WatchState.Reason?) -> MirrorStatus {
        MirrorStatus(mirror: name, library: "L", state: .inSync, watch: reason == nil ? .watching : .scanning, scanReason: reason)
    }

    @Test func eachChangeIsNoticedOnce() {
        let (limit, remote) = (WatchState.Reason.watchLimit(limit: 1, needed: 2), WatchState.Reason.instanceLimit(limit: 128))
        var notices = WatchNotices()
        #expect(notices.changes([mirror("a", nil), mirror("b", nil)]) == [])
        #expect(notices.changes([mirror("a", limit), mirror("b", nil)]) == [.init(mirror: "a", reason: limit)])
        #expect(notices.changes([mirror("a", limit), mirror("b", nil)]) == [])
        #expect(notices.changes([mirror("a", remote), mirror("b", limit)]) == [.init(mirror: "a", reason: remote), .init(mirror: "b", reason: limit)])
        // Its root is gone for a while: that is a hold, not a watch.
        #expect(notices.changes([MirrorStatus(mirror: "a", library: "L", state: .held, watch: .scanning)]) == [])
        #expect(notices.changes([mirror("a", nil)]) == [.init(mirror: "a", reason: nil)])
        // One that was taken out of the configuration and came back is looked at anew.
        #expect(notices.changes([mirror("b", limit)]) == [.init(mirror: "b", reason: limit)])
    }

    @Test func onlyWhatSomebodyCanPutRightIsUnexpected() {
        let remote = WatchState.Reason.remoteFileSystem(name: "nfs", path: .root)
        for (reason, isUnexpected) in [(nil, false), (.notArmed, false), (remote, false), (.watchLimit(limit: 1, needed: 2), true)]
            as [(WatchState.Reason?, Bool)]
        {
            #expect(mirror("a", reason).isUnexpectedlyScanning == isUnexpected)
        }
    }
}
