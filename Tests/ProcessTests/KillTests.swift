import Testing

/// SIGKILL of the daemon and of the server at random moments under edits: nothing is lost, nothing is invented, no session is left.
@Suite(.serialized) struct KillTests {
    private enum Victim: CaseIterable { case daemon, server, both }

    @Test func nothingIsLostWhenTheDaemonIsKilled50Times() async throws { try await kill(50, [.daemon], seed: 11) }

    @Test func nothingIsLostWhenTheServerIsKilled50Times() async throws { try await kill(50, [.server], seed: 12) }

    @Test func nothingIsLostWhenEitherOrBothAreKilled20Times() async throws { try await kill(20, Victim.allCases, seed: 13) }

    private func kill(_ count: Int, _ victims: [Victim], seed: UInt64) async throws {
        let seed = seed &+ EditStorm.seedOffset
        let server = try await ServerProcess.start()
        // Slow enough that many a file is on its way when its process is killed.
        let relay = try Relay(to: server.facts.port, bytesPerSecond: 2 << 20)
        try await Site.with(server, url: "https://127.0.0.1:\(relay.port)") { configuration, _ in
            configuration.mirror["max_delete"] = "100%"
        } body: { site in
            var random = SplitMix64(seed: seed)
            var storm = try EditStorm(seed: seed, site.tree)
            try await site.startDaemon()
            for round in 1...count {
                let victim = victims.randomElement(using: &random) ?? .daemon
                // After a start, files that are written meanwhile are sent only after two seconds: some must live that long.
                let isLong = victim != .server && Int.random(in: 0..<5, using: &random) < 2
                let editing = Duration.milliseconds(isLong ? Int.random(in: 2000..<3000, using: &random) : Int.random(in: 20..<900, using: &random))
                let began = ContinuousClock.now
                while began.duration(to: .now) < editing {
                    try storm.run(Int.random(in: 1..<6, using: &random))
                    try await Task.sleep(for: .milliseconds(Int.random(in: 1..<40, using: &random)))
                }
                storm.note("KILL \(victim)")
                if victim != .server { try await site.daemon.kill() }
                if victim != .daemon { try await server.kill() }
                try storm.run(3)
                if victim != .daemon { try await server.start() }
                if victim != .server { try await site.launchDaemon() }
                // Now and then everything must be right in between, so that a fault shows near its cause.
                if round.isMultiple(of: 10) { try await settle(site, storm, "after kill \(round), of \(victim)") }
            }
            try await settle(site, storm, "at the end")
            #expect(try await site.daemon.stop() == .code(0))
            #expect(try await server.stop() == .code(0))
        }
    }

    private func settle(_ site: Site, _ storm: EditStorm, _ moment: String) async throws {
        do {
            try await site.converges(within: .seconds(60))
            try await eventually("`clsyncd verify` says in sync", within: .seconds(30), evidence: site.evidence) {
                let verify = try await site.verify()
                return verify.code == 0 ? nil : "\(verify)"
            }
        } catch {
            let (tree, remote) = (try LocalTree.directories(site.tree.path), try await site.library.items())
            let item = tree.items.keys.sorted().first { tree.difference(of: $0, remote) != nil }
            Issue.record("\(moment): \(storm.history(of: item))\n\(try site.daemon.process.lines(of: item ?? ""))")
            throw error
        }
    }
}
