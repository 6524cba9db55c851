import ContentLibraryAPI
import Glibc
import Testing

/// What the service manager is told, and what it may tell.
@Suite(.sharedServer, .inTurns) struct SystemdProtocolTests {
    @Test func readyComesOnceAndTheStatusSaysWhatIsTrue() async throws {
        try await Site.with { site in
            for number in 0..<3 { try site.tree.write("item-\(number)/file", "\(number)") }
            let daemon = try await site.startDaemon()
            try await site.converges()
            try await eventually("the status names what is in sync", evidence: site.evidence) {
                let status = daemon.notify.status ?? "none"
                return status.contains("1 mirror") && status.contains("3 in sync") ? nil : status
            }
            #expect(daemon.notify.count("READY=1") == 1)
            try site.tree.empty()
            try await eventually("the status names the hold", evidence: site.evidence) {
                let status = daemon.notify.status ?? "none"
                return status.contains("root-empty") ? nil : status
            }
        }
    }

    @Test func readyDoesNotComeForAConfigurationThatIsWrong() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["exlude"] = ["*.log"]
        } body: { site in
            let daemon = try await site.launchDaemon()
            #expect(try await daemon.process.wait() == .code(2))
            #expect(daemon.notify.count("READY=1") == 0)
            #expect(daemon.process.errors.contains("exclude"))
        }
    }

    @Test func readyComesWithoutARoot() async throws {
        try await Site.with { site in
            site.tree.remove("")
            #expect(rmdir(site.tree.path) == 0 || errno == ENOENT)
            let daemon = try await site.startDaemon()
            try await eventually("the status names the hold", evidence: site.evidence) {
                let status = daemon.notify.status ?? "none"
                return status.contains("root-missing") ? nil : status
            }
            #expect(mkdir(site.tree.path, 0o755) == 0)
            try site.tree.write("item/file", "file")
            try await site.converges(within: .seconds(45))
        }
    }

    @Test func watchdogIsFedInTimeAndOnlyWhereItIsAskedFor() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            let daemon = try await site.startDaemon(environment: ["WATCHDOG_USEC": "1000000"])
            try await Task.sleep(for: .seconds(4))
            let times = daemon.notify.messages.filter { $0.lines.contains("WATCHDOG=1") }.map(\.at)
            #expect(times.count >= 4, "\(daemon.notify.lines)")
            for (one, next) in zip(times, times.dropFirst()) { #expect(one.duration(to: next) < .seconds(1)) }
            #expect(try await daemon.stop() == .code(0))
            let quiet = try await site.startDaemon()
            try await Task.sleep(for: .seconds(2))
            #expect(quiet.notify.count("WATCHDOG=1") == 0)
        }
    }

    @Test func watchdogIsFedWhileTheServerIsAway() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            try site.tree.write("item/file", "file")
            _ = try await server.stop()
            let daemon = try await site.startDaemon(environment: ["WATCHDOG_USEC": "1000000"])
            try await Task.sleep(for: .seconds(3))
            #expect(daemon.notify.count("WATCHDOG=1") >= 3, "\(daemon.notify.lines)")
        }
    }

    /// A stopped process feeds no watchdog: systemd would start it anew. It goes on where it was when it is continued.
    @Test func watchdogIsNotFedByAProcessThatStands() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            let daemon = try await site.startDaemon(environment: ["WATCHDOG_USEC": "1000000"])
            try await site.converges()
            daemon.process.signal(SIGSTOP)
            try await Task.sleep(for: .milliseconds(200))
            let before = daemon.notify.count("WATCHDOG=1")
            try await Task.sleep(for: .seconds(2))
            #expect(daemon.notify.count("WATCHDOG=1") == before)
            daemon.process.signal(SIGCONT)
            try site.tree.replace("item/file", "new")
            try await site.converges()
        }
    }

    @Test func hangupTakesUpANewConfigurationWithoutDisturbingTheOthers() async throws {
        try await Site.with { site in
            let second = try SourceTree(site.directory("second"))
            let other = try await RemoteLibrary.create("\(site.library.name), second", site.library.client)
            try site.tree.write("item/file", "file")
            try second.write("more/file", "more")
            let daemon = try await site.startDaemon()
            try await site.converges()
            let before = try await site.library.item("item")?.contentVersion
            try site.configure { $0.mirrors.append(Site.mirror("second", second.path, other.name)) }
            daemon.process.signal(SIGHUP)
            try await eventually("the second mirror is in its library", evidence: site.evidence) {
                try LocalTree.directories(second.path).difference(try await other.items())
            }
            #expect(daemon.notify.count("RELOADING=1") == 1)
            #expect(daemon.notify.count("READY=1") == 2)
            #expect(daemon.notify.lines.contains { $0.hasPrefix("MONOTONIC_USEC=") }, "\(daemon.notify.lines)")
            #expect(try await site.library.item("item")?.contentVersion == before)
            #expect(try await site.status().lines("mirror").count == 2)
            // Without the first one: its items stay as they are.
            try site.configure { $0.mirrors.removeFirst() }
            daemon.process.signal(SIGHUP)
            try await eventually("only the second mirror is left", evidence: site.evidence) {
                let status = try await site.status()
                return status.lines("mirror").count == 1 ? nil : "\(status)"
            }
            try site.tree.replace("item/file", "not followed any more")
            try second.replace("more/file", "followed")
            try await eventually("the second mirror follows", evidence: site.evidence) {
                try LocalTree.directories(second.path).difference(try await other.items())
            }
            #expect(try await site.library.item("item")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("file"))
        }
    }

    @Test func hangupWithAWrongConfigurationChangesNothingAndSaysWhy() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            let daemon = try await site.startDaemon()
            try await site.converges()
            try site.configure { $0.mirror["exlude"] = ["*.log"] }
            daemon.process.signal(SIGHUP)
            try await daemon.logs("exlude", "exclude")
            try await eventually("it is ready again", evidence: site.evidence) { daemon.notify.count("READY=1") == 2 ? nil : "\(daemon.notify.lines)" }
            #expect(daemon.notify.count("RELOADING=1") == 1)
            try site.tree.replace("item/file", "new")
            try await site.converges()
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func terminationIsAnnouncedAndLeavesARecordThatIsTakenUp(signal: Int32) async throws {
        try await Site.with { site in
            var random = SplitMix64(seed: 5)
            try site.tree.write("item/large", random.bytes(24 << 20))
            let daemon = try await site.startDaemon()
            try await eventually("the upload is under way", every: .milliseconds(10), evidence: site.evidence) {
                try await site.library.sessions().isEmpty ? "there is no session" : nil
            }
            daemon.process.signal(signal)
            #expect(try await daemon.process.wait(within: .seconds(20)) == .code(0))
            #expect(daemon.notify.count("STOPPING=1") == 1)
            try await site.startDaemon()
            try await site.converges()
        }
    }

    @Test func logGoesToTheJournalWhereStandardErrorIsIt() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            // Not the device and inode of standard error: text is what is wanted.
            let daemon = try await site.startDaemon(environment: ["JOURNAL_STREAM": "1:2"])
            try await daemon.logs("item=item")
        }
    }

    @Test func secondDaemonOnTheSameStateIsRefused() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            let first = try await site.startDaemon()
            try await site.converges()
            let second = try await site.launchDaemon()
            #expect(try await second.process.wait() == .code(1))
            #expect(second.notify.count("READY=1") == 0)
            #expect(second.process.errors.contains(site.directory("state")), "\(second.process.errors)")
            try first.process.checkRunning()
            try await first.kill()
        }
    }
}
