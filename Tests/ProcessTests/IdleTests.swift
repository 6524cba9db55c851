import ContentLibraryAPI
import Glibc
import Testing

/// A thousand items in sync cost nothing: no CPU time to speak of, no call. `CLSYNCD_IDLE_SECONDS` makes the look longer.
@Suite(.inTurns) struct IdleTests {
    private static let seconds = getenv("CLSYNCD_IDLE_SECONDS").flatMap { Int(String(cString: $0)) } ?? 60

    @Test func aThousandItemsInSyncCostNothing() async throws {
        let server = try await ServerProcess.start(.plaintext)
        let relay = try Relay(to: server.facts.port)
        try await Site.with(server, url: "http://127.0.0.1:\(relay.port)") { site in
            for number in 0..<1000 { try site.tree.write("item-\(number)/file", "\(number)") }
            let began = ContinuousClock.now
            try await site.startDaemon(isolation: .ownMounts)
            try await eventually("all items are in sync", within: .seconds(120), every: .seconds(1), evidence: { (try? site.daemon.process.tail) ?? "" }) {
                let mirror = try await site.status().mirror()
                return mirror?["state"]?.text == "in-sync" && mirror?["in_sync"]?.number == 1000 ? nil : mirror?.serialized ?? "no mirror"
            }
            print("1000 items in sync \(began.duration(to: .now)) after the start of the daemon")
            // What follows a publish, such as the second look at its item, is over soon.
            try await Task.sleep(for: .seconds(2))
            let figures = ProcessFigures(id: try site.daemon.process.id)
            let (ticks, requests) = (try figures.ticks(), relay.sent)
            try await Task.sleep(for: .seconds(Self.seconds))
            let (used, sent) = (try figures.ticks() - ticks, relay.sent - requests)
            print("idle for \(Self.seconds) s: \(used) ticks of CPU time, \(sent) bytes sent")
            #expect(sent == 0)
            // The wake-ups of the root check, each 30 s.
            #expect(used <= 2 + Self.seconds / 10)
        }
        _ = try await server.stop()
    }
}
