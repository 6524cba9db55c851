import Glibc
import Testing

@testable import LinuxHost

@Suite struct SystemdNotifierTests {
    private func notifier(_ values: [String: String]) -> SystemdNotifier { SystemdNotifier { values[$0] } }

    @Test(arguments: [true, false]) func sendsWhatSystemdReads(isAbstract: Bool) throws {
        let place = try TemporaryDirectory()
        let socket = isAbstract ? "@clsyncd-test-\(getpid())-notify" : place("notify")
        let manager = try DatagramReceiver(socket)
        let notifier = notifier(["NOTIFY_SOCKET": socket])
        #expect(notifier.ready() == .sent && manager.text() == "READY=1")
        #expect(notifier.status("two\nlines") == .sent && manager.text() == "STATUS=two lines")
        #expect(notifier.stopping() == .sent && manager.text() == "STOPPING=1")
        #expect(notifier.watchdog() == .sent && manager.text() == "WATCHDOG=1")
        #expect(notifier.extendTimeout(.milliseconds(1500)) == .sent && manager.text() == "EXTEND_TIMEOUT_USEC=1500000")
        var before = timespec()
        clock_gettime(CLOCK_MONOTONIC, &before)
        #expect(notifier.reloading() == .sent)
        let lines = manager.text()?.split(separator: "\n") ?? []
        let microseconds = try #require(Int(lines[1].drop { $0 != "=" }.dropFirst()))
        #expect(lines[0] == "RELOADING=1" && lines[1].hasPrefix("MONOTONIC_USEC=") && microseconds >= before.tv_sec * 1_000_000)
        #expect(manager.next() == nil)
    }

    @Test func asksForNothingWhereNobodyListens() throws {
        #expect(notifier([:]).ready() == .notAsked && notifier(["NOTIFY_SOCKET": ""]).ready() == .notAsked)
        let place = try TemporaryDirectory()
        #expect(notifier(["NOTIFY_SOCKET": place("none")]).ready() == .failed(HostError("notify \(place("none"))", code: ENOENT)))
        #expect(notifier(["NOTIFY_SOCKET": "vsock:2:1234"]).ready() == .failed(HostError("send to the socket vsock:2:1234", code: EAFNOSUPPORT)))
    }

    /// A manager that does not read must not stop the daemon.
    @Test func aFullQueueIsNoReasonToWait() throws {
        let place = try TemporaryDirectory()
        let manager = try DatagramReceiver(place("notify"))
        let notifier = notifier(["NOTIFY_SOCKET": place("notify")])
        var sent = 0
        while sent < 100_000, notifier.watchdog() == .sent { sent += 1 }
        #expect(notifier.watchdog() == .failed(HostError("notify \(place("notify"))", code: EAGAIN)))
        #expect(manager.text() == "WATCHDOG=1" && notifier.watchdog() == .sent)
    }

    @Test func theWatchdogIsForThisProcessOnly() {
        #expect(notifier([:]).watchdogInterval == nil)
        #expect(notifier(["WATCHDOG_USEC": "30000000"]).watchdogInterval == .seconds(30))
        #expect(notifier(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]).watchdogInterval == .seconds(30))
        #expect(notifier(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]).watchdogInterval == nil)
        for text in ["", "0", "-5", "soon"] { #expect(notifier(["WATCHDOG_USEC": text]).watchdogInterval == nil) }
    }
}
