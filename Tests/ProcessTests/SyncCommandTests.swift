import ContentLibraryAPI
import Glibc
import Testing

/// The commands that do one thing and end: what they do, print and exit with.
@Suite(.sharedServer, .inTurns) struct SyncCommandTests {
    private func rival(_ site: Site) throws -> RemoteLibrary { site.library.asSeenBy(try site.server.client(.other)) }

    // MARK: sync

    @Test func syncPublishesAndPrintsJSONLines() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            let result = try await site.synced()
            #expect(result.lines.count == result.output.split(separator: "\n").count, "\(result)")
            #expect(result.lines.allSatisfy { $0["kind"]?.text != nil }, "\(result)")
            #expect(result.summary?["exit"]?.number == 0, "\(result)")
            #expect(result.mirror()?["state"]?.text == "in-sync", "\(result)")
            #expect(result.mirror()?["library_id"]?.text == site.library.id.rawValue, "\(result)")
            #expect(result.item("item")?["item_id"]?.text == (try await site.library.item("item")?.id.rawValue), "\(result)")
            #expect(result.item("item")?["verified_at"]?.text != nil, "\(result)")
            try await site.converges()
        }
    }

    @Test func syncTellsPeopleToo() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            let result = try await site.run(["sync"], json: false)
            #expect(result.code == 0 && result.output.contains("main"), "\(result)")
            #expect(!result.text.contains("\u{1B}"), "no control sequences where nobody has a terminal: \(result)")
        }
    }

    @Test func syncAsksTheRunningDaemon() async throws {
        try await Site.with { site in
            // The daemon alone would wait for a minute.
            try site.configure {
                $0.mirror["quiet"] = "300ms"
                $0.mirror["max_wait"] = "2s"
            }
            try site.tree.write("item/file", "one")
            let daemon = try await site.startDaemon()
            try await site.synced()
            try await site.converges(within: .seconds(1))
            try site.tree.replace("item/file", "two")
            let result = try await site.synced()
            #expect(result.summary?["exit"]?.number == 0, "\(result)")
            try await site.converges(within: .seconds(1))
            #expect(daemon.process.errors.split(separator: "\n").count { $0.contains("published") } == 2, "\(daemon.process.tail)")
        }
    }

    @Test func syncOfAFileThatIsBeingWrittenIsPartial() async throws {
        try await Site.with { site in
            try site.tree.write("item/done", "done")
            let file = try site.tree.open("item/growing")
            let began = ContinuousClock.now
            let writer = Task {
                while began.duration(to: .now) < .seconds(8) {
                    try file.write(Array("more".utf8))
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let result = try await site.sync()
            writer.cancel()
            _ = await writer.result
            #expect(result.code == 3, "\(result)")
            #expect(result.text.contains("growing"), "\(result)")
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["done"])
        }
    }

    @Test func secondSyncAtTheSameTimeIsRefused() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["quiet"] = "4s"
            configuration.mirror["max_wait"] = "10s"
        } body: { site in
            try site.tree.write("item/file", "file")
            async let first = site.sync()
            try await eventually("the first one has the lock") { try site.hasFile("state/journal.sqlite") ? nil : "it has no journal" }
            let second = try await site.sync()
            #expect(second.code == 1, "\(second)")
            #expect(second.errors.contains(site.directory("state")), "\(second)")
            let result = try await first
            #expect(result.code == 0, "\(result)")
        }
    }

    @Test func interruptedSyncEndsItsSessions() async throws {
        try await Site.with { site in
            var random = SplitMix64(seed: 9)
            try site.tree.write("item/large", random.bytes(64 << 20))
            let process = try await RunningProcess.start(.clsyncd, ["sync", "--config", site.configurationPath], log: site.directory("sync"))
            try await eventually("the upload is under way", every: .milliseconds(5), evidence: { process.tail }) {
                try process.checkRunning()
                return try await site.library.sessions().isEmpty ? "there is no session" : nil
            }
            process.signal(SIGINT)
            let exit = try await process.wait(within: .seconds(20))
            #expect(exit != .code(0), "\(process.tail)")
            #expect(try await site.library.sessions().isEmpty, "\(process.tail)")
            try await site.synced()
            try await site.converges()
        }
    }

    // MARK: plan

    @Test func planSaysWhatWouldBeDoneAndChangesNothing() async throws {
        try await Site.with { site in
            try site.tree.write("item/a", "a")
            try site.tree.write("item/b", "b")
            try site.tree.write("gone/file", "gone")
            try await site.synced()
            try site.tree.replace("item/a", "longer")
            site.tree.remove("item/b")
            site.tree.remove("gone")
            try site.tree.write("new/file", "new")
            let before = try await site.library.items().mapValues(\.contentVersion)
            let expected: Set = ["replace item a", "remove item b", "delete-item gone", "create new", "upload new file"]
            for (flags, code) in [([], 0), (["--detailed-exitcode"], 4)] as [([String], Int32)] {
                let plan = try await site.run(["plan"] + flags)
                #expect(plan.code == code, "\(plan)")
                #expect(Set(plan.actions) == expected, "\(plan)")
                #expect(plan.summary?["exit"]?.number == Int64(code), "\(plan)")
            }
            #expect(try await site.library.items().mapValues(\.contentVersion) == before)
            #expect(try await site.library.sessions().isEmpty)
            try await site.synced()
            try await site.converges()
            let empty = try await site.run("plan", "--detailed-exitcode")
            #expect(empty.code == 0 && empty.actions.isEmpty, "\(empty)")
        }
    }

    @Test func planOfARenameIsARename() async throws {
        try await Site.with { site in
            try site.tree.write("old/file", "file")
            try await site.synced()
            try site.tree.rename("old", "new")
            let plan = try await site.plan()
            #expect(plan.actions == ["rename new"], "\(plan)")
            #expect(try await site.library.items().keys.sorted() == ["old"])
        }
    }

    @Test func planWorksBesideTheDaemon() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            try await site.startDaemon()
            try await site.converges()
            let plan = try await site.run("plan", "--detailed-exitcode")
            #expect(plan.code == 0 && plan.actions.isEmpty, "\(plan)")
        }
    }

    // MARK: verify

    @Test func verifyTellsEqualFromDifferentMissingAndForeign() async throws {
        try await Site.with { site in
            for name in ["same", "differs", "missing"] { try site.tree.write("item/\(name)", name) }
            try site.tree.write("item/.hidden", "left out")
            try await site.synced()
            let good = try await site.verify()
            #expect(good.code == 0, "\(good)")
            #expect(good.file("item", "same")?["state"]?.text == "equal", "\(good)")
            #expect(good.file("item", "same")?["local"]?.text?.contains(sha1("same")) == true, "\(good)")
            try await rival(site).put("item", ["differs": "theirs", "foreign": "foreign"], removing: ["missing"])
            for flags in [[], ["--cached"]] {
                let bad = try await site.run(["verify"] + flags)
                #expect(bad.code == 3, "\(bad)")
                #expect(bad.summary?["exit"]?.number == 3, "\(bad)")
                for (name, state) in [("same", "equal"), ("differs", "differs"), ("missing", "missing"), ("foreign", "foreign")] {
                    #expect(bad.file("item", name)?["state"]?.text == state, "\(name): \(bad)")
                }
            }
            // It changes nothing.
            #expect(try await site.library.item("item")?.files["differs"]?.checksumInfo?.checksum.lowercased() == sha1("theirs"))
        }
    }

    @Test func verifyFindsWhatChangedHereSince() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "one")
            try await site.synced()
            try site.tree.replace("item/file", "two")
            try site.tree.write("more/file", "more")
            let result = try await site.verify()
            #expect(result.code == 3, "\(result)")
            #expect(result.file("item", "file")?["state"]?.text == "differs", "\(result)")
            #expect(result.file("more", "file")?["state"]?.text == "missing", "\(result)")
        }
    }

    @Test func namesThatAreNoTextArePrintedAsBytes() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            try site.tree.write(Array("item/".utf8) + [0xFF, 0xFE], [])
            try await site.synced()
            let result = try await site.verify()
            #expect(result.code == 0, "\(result)")
            // item/ and the two bytes.
            #expect(result.lines("file").contains { $0["file"]?["bytes"]?.text == "aXRlbS///g==" }, "\(result)")
        }
    }

    // MARK: check

    @Test func checkLooksAtTheServerOnlyWhenAskedTo() async throws {
        try await Site.with { site in
            let online = try await site.run("check", "--online")
            #expect(online.code == 0, "\(online)")
            try site.configure { $0.mirror["library"] = "No such library" }
            #expect(try await site.run("check").code == 0)
            let unknown = try await site.run("check", "--online")
            #expect(unknown.code == 1 && unknown.text.contains("No such library"), "\(unknown)")
            try site.setPassword("not the password")
            let refused = try await site.run("check", "--online")
            #expect(refused.code == 1 && refused.text.contains("refused the login"), "\(refused)")
        }
    }

    // MARK: the command line

    @Test(
        arguments: [
            (["sync", "mian"], "mian"), (["plan", "mian"], "mian"), (["verify", "mian"], "mian"), (["sync", "--jsno"], "--jsno"),
            (["approve"], "mirror"), (["sync", "--log-level", "loud"], "loud"),
        ] as [([String], String)])
    func wrongCommandLineIsNamed(arguments: [String], text: String) async throws {
        try await Site.with { site in
            let result = try await site.run(arguments)
            #expect(result.code == 2, "\(result)")
            #expect(result.errors.contains(text), "\(result)")
        }
    }

    @Test(arguments: [([], "missing"), (["snyc"], "snyc"), (["--sync"], "--sync")] as [([String], String)])
    func commandThatThereIsNoneOfIsNamed(arguments: [String], text: String) async throws {
        let directory = try TemporaryDirectory()
        let process = try await RunningProcess.start(.clsyncd, arguments, log: directory("command"))
        #expect(try await process.wait() == .code(2))
        #expect(process.errors.contains(text), "\(process.errors)")
    }

    @Test(arguments: ["--version", "--help"]) func questionsAreAnsweredOnStandardOutput(flag: String) async throws {
        let directory = try TemporaryDirectory()
        let process = try await RunningProcess.start(.clsyncd, [flag], log: directory("command"))
        #expect(try await process.wait() == .code(0))
        #expect(process.output.contains("clsyncd") && process.errors.isEmpty)
    }
}

extension Site {
    fileprivate func hasFile(_ name: String) throws -> Bool { access(directory(name), F_OK) == 0 }
}
