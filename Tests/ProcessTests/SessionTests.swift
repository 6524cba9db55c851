import ContentLibraryAPI
import ContentLibraryClient
import Glibc
import Testing

/// Logins and content sessions that end, are taken away, or are somebody else's, while files are on their way.
@Suite(.inTurns) struct SessionTests {
    /// A site whose traffic goes through a relay that lets only so much pass.
    private func slow(
        _ arguments: [String] = [], bytesPerSecond: Int, body: (Site, Relay) async throws -> Void
    ) async throws {
        let server = try await ServerProcess.start(.plaintext, arguments)
        let relay = try Relay(to: server.facts.port, bytesPerSecond: bytesPerSecond)
        try await Site.with(server, url: "http://127.0.0.1:\(relay.port)") { try await body($0, relay) }
        _ = try await server.stop()
    }

    private func session(_ site: Site) async throws -> UpdateSession.Model {
        try await eventually("the upload is under way", every: .milliseconds(20), evidence: site.evidence) {
            try await site.library.sessions().first { $0.state == .active }
        }
    }

    /// Bytes on their way keep no lease alive: only the renewals do, which no transfer may delay.
    @Test func leaseIsKeptWhileAFileIsOnItsWay() async throws {
        try await slow(["--session-timeout", "2s"], bytesPerSecond: 4 << 20) { site, _ in
            var random = SplitMix64(seed: 21)
            try site.tree.write("item/large", random.bytes(24 << 20))
            try await site.startDaemon()
            let first = try await session(site)
            try await site.converges(within: .seconds(60))
            // It was one session from beginning to end.
            let log = try site.daemon.process.errors
            #expect(log.contains("session=\(first.id?.rawValue ?? "-")") && !log.contains("abandoned"), "\(log)")
        }
    }

    @Test func loginThatExpiredIsRenewed() async throws {
        let server = try await ServerProcess.start(.plaintext, ["--login-timeout", "1s"])
        let relay = try Relay(to: server.facts.port)
        try await Site.with(server, url: "http://127.0.0.1:\(relay.port)") { site in
            try site.tree.write("item/file", "one")
            try await site.startDaemon()
            try await site.converges()
            try await Task.sleep(for: .seconds(2))
            try site.tree.replace("item/file", "two")
            try await site.converges()
            let status = try await site.status()
            #expect(status.code == 0, "\(status)")
        }
        _ = try await server.stop()
    }

    @Test func sessionThatSomebodyCancelsIsBegunAnew() async throws {
        try await slow(bytesPerSecond: 4 << 20) { site, _ in
            var random = SplitMix64(seed: 22)
            try site.tree.write("item/large", random.bytes(12 << 20))
            try await site.startDaemon()
            let first = try #require(try await session(site).id)
            try await site.library.client.call(UpdateSession.cancel(first))
            try await site.library.client.call(UpdateSession.delete(first))
            try await site.converges(within: .seconds(60))
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["large"])
        }
    }

    @Test func sessionOfSomebodyElseIsWaitedForAndNotTouched() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            try site.tree.write("item/file", "one")
            try await site.startDaemon()
            try await site.converges()
            let other = site.library.asSeenBy(try server.client(.other))
            let id = try #require(try await site.library.item("item")?.id)
            let rival = try await other.openSession(id)
            try site.tree.replace("item/file", "two")
            try site.tree.write("another/file", "another")
            try await eventually("the other item goes on", evidence: site.evidence) { try await site.library.item("another") == nil ? "it does not" : nil }
            let status: CommandResult = try await eventually("the status names the rival", evidence: site.evidence) {
                let status = try await site.status()
                return status.item("item")?["reason"]?.text?.contains("session") == true ? status : nil
            }
            #expect(status.item("item")?["state"]?.text == "pending", "\(status)")
            #expect(try await other.client.call(UpdateSession.get(rival)).state == .active)
            #expect(try await site.library.item("item")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("one"))
            try await other.client.call(UpdateSession.cancel(rival))
            try await other.client.call(UpdateSession.delete(rival))
            try await site.converges(within: .seconds(60))
        }
        _ = try await server.stop()
    }

    /// Readers see the old file or the new one, whatever happens to it while it is sent.
    @Test func fileThatIsRewrittenDuringItsUploadIsNeverPublishedInHalf() async throws {
        try await slow(bytesPerSecond: 8 << 20) { site, _ in
            var random = SplitMix64(seed: 23)
            let contents = (0..<3).map { _ in random.bytes(8 << 20) }
            var sums: Set<String> = []
            for content in contents {
                try site.tree.write("item/large", content)
                sums.formUnion(try LocalTree.directories(site.tree.path).items["item"].map { $0.values } ?? [:].values)
            }
            try site.tree.write("item/large", contents[0])
            try await site.startDaemon()
            for content in contents.dropFirst() {
                _ = try await session(site)
                try await Task.sleep(for: .milliseconds(300))
                // In place, as a copy onto it does.
                try site.tree.write("item/large", content)
                if let seen = try await site.library.item("item")?.files["large"] { #expect(sums.contains(seen.checksumInfo?.checksum.lowercased() ?? "")) }
            }
            try await site.converges(within: .seconds(60))
        }
    }

    @Test(arguments: [SIGTERM, SIGKILL]) func sessionThatWasLeftGoesOnWhereItWas(signal: Int32) async throws {
        try await slow(bytesPerSecond: 4 << 20) { site, relay in
            var random = SplitMix64(seed: 27)
            try site.tree.write("item/first", random.bytes(4 << 20))
            try site.tree.write("item/second", random.bytes(12 << 20))
            try await site.startDaemon()
            let left = try #require(try await session(site).id)
            try await eventually("the first file was received", every: .milliseconds(20), evidence: site.evidence) {
                let files = try await site.library.client.call(UpdateSession.File.list(left))
                return files.contains { $0.name == "first" && $0.status == .ready } ? nil : "\(files.map { "\($0.name) \($0.status)" })"
            }
            try site.daemon.process.signal(signal)
            _ = try await site.daemon.process.wait()
            let sent = relay.sent
            try await site.startDaemon()
            try await site.converges(within: .seconds(60))
            // The same session, and the file that had arrived was not sent again.
            try await site.daemon.logs("session=\(left.rawValue)")
            let log = try site.daemon.process.errors
            #expect(!log.contains("abandoned"), "\(log)")
            #expect(relay.sent - sent < 14 << 20, "\(relay.sent - sent) bytes after the restart")
        }
    }

    /// What a person took away while nobody looked must not come with a session that was left.
    @Test(arguments: [SIGTERM, SIGKILL]) func sessionThatWasLeftBringsNothingThatIsGoneMeanwhile(signal: Int32) async throws {
        try await slow(bytesPerSecond: 4 << 20) { site, _ in
            var random = SplitMix64(seed: 24)
            let large = random.bytes(8 << 20)
            try site.tree.write("item/gone", "gone")
            try site.tree.write("item/changed", "one")
            try site.tree.write("item/large", large)
            try await site.startDaemon()
            let left = try #require(try await session(site).id)
            try await eventually("the small files were received", evidence: site.evidence) {
                let files = try await site.library.client.call(UpdateSession.File.list(left))
                return files.count { $0.status == .ready } >= 2 ? nil : "\(files.map { "\($0.name) \($0.status)" })"
            }
            try site.daemon.process.signal(signal)
            _ = try await site.daemon.process.wait()
            site.tree.remove("item/gone")
            try site.tree.replace("item/changed", "two")
            try await site.startDaemon()
            try await site.converges(within: .seconds(60))
            let verify = try await site.verify()
            #expect(verify.code == 0 && !verify.lines("file").contains { $0["state"]?.text == "foreign" }, "\(verify)")
        }
    }

    /// An item that a publish has created is ours before its first file is there.
    @Test(arguments: [nil, SIGTERM, SIGKILL] as [Int32?]) func itemThatWasCreatedGoesWithItsDirectoryBeforeAnythingIsPublished(signal: Int32?) async throws {
        try await slow(bytesPerSecond: 2 << 20) { site, _ in
            var random = SplitMix64(seed: 25)
            try site.tree.write("anchor/file", "anchor")
            try site.tree.write("item/large", random.bytes(8 << 20))
            try await site.startDaemon()
            try await eventually("the item is there", every: .milliseconds(20), evidence: site.evidence) {
                try await site.library.item("item") == nil ? "it is not" : nil
            }
            _ = try await session(site)
            if let signal {
                try site.daemon.process.signal(signal)
                _ = try await site.daemon.process.wait()
            }
            site.tree.remove("item")
            if signal != nil { try await site.startDaemon() }
            try await site.converges(within: .seconds(60))
            #expect(try await site.library.items().keys.sorted() == ["anchor"])
        }
    }

    @Test(arguments: [SIGTERM, SIGKILL]) func itemThatWasCreatedFollowsItsDirectoryToAnotherName(signal: Int32) async throws {
        try await slow(bytesPerSecond: 2 << 20) { site, _ in
            var random = SplitMix64(seed: 26)
            try site.tree.write("old/large", random.bytes(6 << 20))
            try await site.startDaemon()
            _ = try await session(site)
            try site.daemon.process.signal(signal)
            _ = try await site.daemon.process.wait()
            try site.tree.rename("old", "new")
            try await site.startDaemon()
            try await site.converges(within: .seconds(60))
            #expect(try await site.library.items().keys.sorted() == ["new"])
        }
    }
}
