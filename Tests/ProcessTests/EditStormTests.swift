import Testing

/// A thousand random edits at full speed while the daemon runs: after `max_wait` and a pass the library is what the directory holds.
@Suite(.sharedServer, .inTurns, .serialized) struct EditStormTests {
    @Test(arguments: [1, 2] as [UInt64]) func libraryFollowsAThousandEdits(seed: UInt64) async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["max_delete"] = "100%"
        } body: { site in
            let seed = seed &+ EditStorm.seedOffset
            var storm = try EditStorm(seed: seed, site.tree)
            try await site.startDaemon()
            try await site.converges()
            try storm.run(1000)
            let ended = ContinuousClock.now
            let history = storm.history()
            try await eventually("`clsyncd verify` says in sync", within: .seconds(60), evidence: { history + "\n" + (await site.evidence()) }) {
                let verify = try await site.verify()
                return verify.code == 0 ? nil : "\(verify)"
            }
            print("seed \(seed): in sync \(ended.duration(to: .now)) after the last edit")
            try await site.converges(within: .seconds(10))
            // The checksums are the server's own word; the bytes must be there, too.
            var random = SplitMix64(seed: seed)
            let items = try LocalTree.directories(site.tree.path).items
            for _ in 0..<8 {
                guard let item = items.filter({ !$0.value.isEmpty }).keys.sorted().randomElement(using: &random),
                    let file = items[item]?.keys.sorted().randomElement(using: &random)
                else { break }
                #expect(try await site.library.content(file, of: item) == site.tree.content("\(item)/\(file)"), "\(item)/\(file); \(storm.history(of: item))")
            }
            #expect(try await site.daemon.stop() == .code(0))
        }
    }
}
