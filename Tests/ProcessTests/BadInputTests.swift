import ContentLibraryAPI
import Glibc
import Testing

/// Input that is wrong: one clear message says what, where and what to do; everything else goes on.
@Suite(.sharedServer, .inTurns) struct BadInputTests {
    /// The commands that read a configuration.
    private static let commands = [["run"], ["check"], ["sync"], ["plan"], ["verify"], ["status"], ["approve", "main"], ["rescan"]]

    // MARK: configuration

    @Test(arguments: commands) func missingConfigurationIsNamed(command: [String]) async throws {
        let directory = try TemporaryDirectory()
        let path = directory("missing.toml")
        let process = try await RunningProcess.start(.clsyncd, command + ["--config", path], log: directory("command"))
        #expect(try await process.wait() == .code(2))
        #expect(process.errors.contains(path), "\(process.errors)")
        #expect(process.errors.split(separator: "\n").count == 1, "\(process.errors)")
    }

    @Test func unreadableConfigurationIsNamed() async throws {
        try await Site.with { site in
            #expect(chmod(site.configurationPath, 0) == 0)
            let result = try await site.run("sync", isolation: .withoutPrivileges)
            #expect(result.code == 2, "\(result)")
            #expect(result.text.contains(site.configurationPath) && result.text.contains("ermission"), "\(result)")
        }
    }

    @Test func everyMistakeOfAConfigurationIsNamedWithItsPlace() async throws {
        try await Site.with { configuration, _ in
            configuration.server["usrname"] = "x"
            configuration.mirror["quiet"] = "soon"
            configuration.mirror["metrics"] = true
        } body: { site in
            let result = try await site.run(["sync"], json: false)
            #expect(result.code == 2, "\(result)")
            for text in ["clsyncd.toml:6:1: error: unknown key \"usrname\" in [server]; did you mean \"username\"?", "quiet", "metrics"] {
                #expect(result.errors.contains(text), "\(text): \(result)")
            }
            #expect(result.errors.split(separator: "\n").count == 3, "\(result)")
        }
    }

    @Test func passwordFileThatOthersCanReadIsRefused() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            #expect(chmod(site.directory("password"), 0o644) == 0)
            let result = try await site.sync()
            #expect(result.code == 1 || result.code == 2, "\(result)")
            #expect(result.errors.contains(site.directory("password")) && result.errors.contains("0600"), "\(result)")
            #expect(try await site.library.items().isEmpty)
        }
    }

    // MARK: the library

    @Test func unknownLibraryIsNamedAndTheOtherMirrorGoesOn() async throws {
        try await Site.with { configuration, directory in
            configuration.mirrors.append(Site.mirror("lost", directory("lost"), "No such library"))
        } body: { site in
            try SourceTree(site.directory("lost")).write("item/file", "file")
            try site.tree.write("item/file", "file")
            let result = try await site.run("sync", "lost")
            #expect(result.code == 1 || result.code == 3, "\(result)")
            #expect(result.text.contains("No such library"), "\(result)")
            #expect(result.text.contains("create_library"), "\(result)")
            try await site.startDaemon()
            try await site.converges()
            try await site.daemon.logs("No such library", "create_library")
            let status = try await site.status()
            #expect(status.code == 3, "\(status)")
            #expect(status.mirror("main")?["state"]?.text == "in-sync", "\(status)")
            #expect(status.mirror("lost")?["state"]?.text == "failed", "\(status)")
        }
    }

    @Test func ambiguousLibraryIsNamedWithTheIDs() async throws {
        try await Site.with { site in
            let twin = try await RemoteLibrary.create(site.library.name, site.library.client)
            try site.tree.write("item/file", "file")
            let result = try await site.sync()
            #expect(result.code == 1 || result.code == 3, "\(result)")
            #expect(result.text.contains(twin.id.rawValue) && result.text.contains(site.library.id.rawValue), "\(result)")
            #expect(try await site.library.items().isEmpty)
            // By its id it is unambiguous.
            try site.configure { $0.mirror["library"] = .init(site.library.id.rawValue) }
            try await site.synced()
            try await site.converges()
        }
    }

    // MARK: the directory

    @Test func missingDirectoryIsAWarningAndTheOtherMirrorGoesOn() async throws {
        try await Site.with { configuration, directory in
            configuration.mirrors.append(Site.mirror("gone", directory("gone"), configuration.mirror["library"]?.text ?? ""))
        } body: { site in
            try site.tree.write("item/file", "file")
            let check = try await site.run(["check"], json: false)
            #expect(check.code == 0, "\(check)")
            #expect(check.errors.contains("warning") && check.errors.contains(site.directory("gone")), "\(check)")
            try await site.startDaemon()
            try await site.converges()
            let status = try await site.status()
            #expect(status.mirror("gone")?["hold"]?.text == "root-missing", "\(status)")
            #expect(status.mirror("main")?["state"]?.text == "in-sync", "\(status)")
        }
    }

    @Test func directoryThatIsAFileIsHeldAndNamed() async throws {
        try await Site.with { site in
            #expect(rmdir(site.tree.path) == 0)
            try SourceTree(site.directory.path).write("tree", "a file")
            let check = try await site.run(["check"], json: false)
            #expect(check.code == 0 && check.errors.contains("is not a directory"), "\(check)")
            try await site.startDaemon()
            let status: CommandResult = try await eventually("the mirror is held", evidence: site.evidence) {
                let status = try await site.status()
                return status.holds.isEmpty ? nil : status
            }
            #expect(["root-missing", "root-unreadable"].contains(status.holds.first), "\(status)")
            #expect(status.text.contains("ot a directory"), "\(status)")
            #expect(try await site.library.items().isEmpty)
        }
    }

    @Test func unreadableFileIsNamedAndTheOthersArePublished() async throws {
        try await Site.with { site in
            try site.tree.write("item/good", "good")
            try site.tree.write("item/locked", "locked")
            try site.tree.write("other/file", "other")
            try site.tree.mode("item/locked", 0)
            try await site.startDaemon(isolation: .withoutPrivileges)
            try await eventually("the good files are there", evidence: site.evidence) {
                let items = try await site.library.items()
                return items["item"]?.files.keys.sorted() == ["good"] && items["other"] != nil ? nil : "\(items.mapValues(\.files.keys))"
            }
            try await site.daemon.logs("locked", "ermission")
            let status: CommandResult = try await eventually("the item is partial", evidence: site.evidence) {
                let status = try await site.status()
                return status.item("item")?["state"]?.text == "partial" ? status : nil
            }
            #expect(status.code == 3, "\(status)")
            #expect(status.item("item")?["reason"]?.text?.contains("locked") == true, "\(status)")
            try site.tree.mode("item/locked", 0o644)
            try await site.converges()
        }
    }

    @Test func fileThatBecomesUnreadableKeepsItsPublishedVersion() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "one")
            try site.tree.write("other/file", "other")
            try await site.startDaemon(isolation: .withoutPrivileges)
            try await site.converges()
            try site.tree.replace("item/file", "two")
            try site.tree.mode("item/file", 0)
            try site.tree.replace("other/file", "two")
            try await eventually("the other item goes on", evidence: site.evidence) {
                try await site.library.item("other")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("two") ? nil : "it does not"
            }
            #expect(try await site.library.item("item")?.files["file"] != nil)
            try site.tree.mode("item/file", 0o644)
            try await site.converges()
        }
    }

    @Test func unreadableItemDirectoryLosesNothing() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "one")
            try site.tree.write("other/file", "other")
            try await site.startDaemon(isolation: .withoutPrivileges)
            try await site.converges()
            try site.tree.mode("item", 0)
            try site.tree.replace("other/file", "two")
            try await eventually("the other item goes on", evidence: site.evidence) {
                try await site.library.item("other")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("two") ? nil : "it does not"
            }
            #expect(try await site.library.item("item")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("one"))
            try site.tree.mode("item", 0o755)
            try site.tree.replace("item/file", "two")
            try await site.converges()
        }
    }

    @Test func itemThatTwoMirrorsClaimIsRefusedWithBothNames() async throws {
        try await Site.with { configuration, directory in
            configuration.mirrors.append(Site.mirror("second", directory("second"), configuration.mirror["library"]?.text ?? ""))
        } body: { site in
            let second = try SourceTree(site.directory("second"))
            try site.tree.write("shared/file", "first")
            try site.tree.write("one/file", "one")
            try await site.startDaemon()
            try await eventually("the first mirror has its items", evidence: site.evidence) {
                try await site.library.items().keys.sorted() == ["one", "shared"] ? nil : "it has not"
            }
            try second.write("Shared/file", "second")
            try second.write("two/file", "two")
            try await eventually("the second mirror has its other item", evidence: site.evidence) {
                try await site.library.items().keys.sorted() == ["one", "shared", "two"] ? nil : "it has not"
            }
            let status: CommandResult = try await eventually("the status names both mirrors", evidence: site.evidence) {
                let status = try await site.status()
                return status.lines("item").contains { $0["reason"]?.text?.contains("main") == true && $0["reason"]?.text?.contains("second") == true }
                    ? status : nil
            }
            #expect(status.code == 3, "\(status)")
            #expect(try await site.library.item("shared")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("first"))
        }
    }

    // MARK: the journal

    @Test func damagedJournalNeedsAPersonAndIsLeftAsItIs() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            try await site.synced()
            let state = try SourceTree(site.directory("state"))
            for name in ["journal.sqlite-wal", "journal.sqlite-shm"] { state.remove(name) }
            var bytes = try state.content("journal.sqlite")
            for index in bytes.indices where index >= 100 && index < 4096 { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
            try state.write("journal.sqlite", bytes)
            try await refused(site, ["damaged", state("journal.sqlite")])
            #expect(try state.content("journal.sqlite") == bytes)
        }
    }

    @Test func journalOfANewerVersionNeedsAPersonAndIsLeftAsItIs() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            try await site.synced()
            let state = try SourceTree(site.directory("state"))
            var bytes = try state.content("journal.sqlite")
            // SQLite's file format: the user version is the 32-bit number at offset 60.
            bytes.replaceSubrange(60..<64, with: [0, 0, 0x7F, 0xFF])
            try state.write("journal.sqlite", bytes)
            try await refused(site, ["newer", "32767", state("journal.sqlite")])
            #expect(try state.content("journal.sqlite") == bytes)
        }
    }

    private func refused(_ site: Site, _ texts: [String]) async throws {
        for command in ["sync", "run"] {
            let result = try await site.run(command)
            #expect(result.code == 5, "\(result)")
            for text in texts { #expect(result.errors.contains(text), "\(text): \(result)") }
        }
        #expect(try await site.library.items().keys.sorted() == ["item"])
    }
}

extension Configuration.Value {
    /// The text that this is, without its quotation marks.
    fileprivate var text: String { String(toml.dropFirst().dropLast()) }
}
