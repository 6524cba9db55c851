import ContentLibraryAPI
import Glibc
import Testing

/// The main job: a file in a directory becomes a file of an item, byte for byte, and stays so.
@Suite(.sharedServer, .inTurns) struct PublishTests {
    // MARK: layouts

    @Test func directoriesBecomeItemsByteForByte() async throws {
        try await Site.with { site in
            var random = SplitMix64(seed: 1)
            let large = random.bytes(3_000_001)
            try site.tree.write("debian/debian.iso", random.bytes(70_000))
            try site.tree.write("tools/a.bin", large)
            try site.tree.write("tools/b.bin", "b")
            try site.tree.write("loose.txt", "not an item")
            try await site.startDaemon()
            try await site.converges()
            let items = try await site.library.items()
            #expect(items["debian"]?.type == "iso")
            #expect([nil, "", "generic"].contains(items["tools"]?.type))
            #expect(try await site.library.content("a.bin", of: "tools") == large)
            #expect(try await site.library.content("b.bin", of: "tools") == Array("b".utf8))
        }
    }

    @Test func filesBecomeItemsNamedWithoutTheirExtension() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["layout"] = "files"
        } body: { site in
            try site.tree.write("debian-12.iso", "an image")
            try site.tree.write("notes.txt", "notes")
            try site.tree.write("README", "no extension")
            try site.tree.write("folder/inside.iso", "not an item")
            try await site.startDaemon()
            let model = { (site: Site) in try LocalTree.files(site.tree.path) }
            try await site.converges(model)
            let items = try await site.library.items()
            #expect(items.keys.sorted() == ["README", "debian-12", "notes"])
            #expect(items["debian-12"]?.type == "iso")
            // A rename of the file is one of the item, too.
            try site.tree.rename("notes.txt", "letters.txt")
            try await site.converges(model)
            #expect(try await site.library.item("letters")?.id == items["notes"]?.id)
            site.tree.remove("README")
            try await site.converges(model)
        }
    }

    @Test func wholeDirectoryBecomesOneItem() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["layout"] = "single"
            configuration.mirror["item"] = "Everything"
        } body: { site in
            try site.tree.write("a.bin", "a")
            try site.tree.write("b.bin", "b")
            try await site.startDaemon()
            let model = { (site: Site) in try LocalTree.single(site.tree.path, item: "Everything") }
            try await site.converges(model)
            site.tree.remove("a.bin")
            try site.tree.replace("b.bin", "new b")
            try await site.converges(model)
        }
    }

    @Test func nestedDirectoriesAreFlattenedWhereThatIsAskedFor() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["nested"] = "flatten"
        } body: { site in
            try site.tree.write("item/top", "top")
            try site.tree.write("item/deep/er/file", "file")
            try await site.startDaemon()
            try await site.converges { _ in
                LocalTree(items: ["item": ["top": sha1("top"), "deep__er__file": sha1("file")]])
            }
            // Below a directory that came while the daemon ran.
            try site.tree.write("item/new/er/file", "new")
            site.tree.remove("item/deep")
            try await site.converges { _ in
                LocalTree(items: ["item": ["top": sha1("top"), "new__er__file": sha1("new")]])
            }
        }
    }

    @Test func libraryIsCreatedWhereThatIsAskedFor() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["library"] = "A new one, for this test"
            configuration.mirror["create_library"] = true
            configuration.mirror["storage"] = "datastore-1"
        } body: { site in
            try site.tree.write("item/file", "content")
            try await site.startDaemon()
            let library = try await eventually("the library is there", evidence: site.evidence) {
                try await RemoteLibrary.find("A new one, for this test", site.library.client)
            }
            try await eventually("the file is there", evidence: site.evidence) {
                try LocalTree.directories(site.tree.path).difference(try await library.items())
            }
        }
    }

    @Test func bandwidthLimitHoldsForAllTransfersTogetherAndAReloadLiftsIt() async throws {
        try await Site.with { configuration, _ in
            configuration.daemon["bandwidth_limit"] = "512KiB/s"
        } body: { site in
            for name in ["a", "b", "c"] { try site.tree.write("item/\(name)", [UInt8](repeating: 7, count: 512 << 10)) }
            let began = ContinuousClock.now
            try await site.startDaemon()
            try await site.converges()
            #expect(ContinuousClock.now - began > .seconds(2))
            // At this rate it would take an hour and a half; lifted, it takes no time.
            try site.configure { $0.daemon["bandwidth_limit"] = "1KiB/s" }
            try site.daemon.process.signal(SIGHUP)
            try site.tree.write("item/big", [UInt8](repeating: 8, count: 5 << 20))
            try await eventually("it is being sent", evidence: site.evidence) { try await site.library.sessions().isEmpty ? "no session" : nil }
            try site.configure { $0.daemon["bandwidth_limit"] = "0" }
            try site.daemon.process.signal(SIGHUP)
            try await site.converges()
        }
    }

    // MARK: changes

    @Test func replacedFileKeepsTheItemAndRaisesItsVersion() async throws {
        try await Site.with { site in
            try site.tree.write("item/changes", "one")
            try site.tree.write("item/stays", "stays")
            try await site.startDaemon()
            try await site.converges()
            let before = try #require(try await site.library.item("item"))
            try site.tree.replace("item/changes", "two")
            try await site.converges()
            let after = try #require(try await site.library.item("item"))
            #expect(after.id == before.id)
            #expect(after.contentVersion != before.contentVersion)
            #expect(after.files["changes"]?.version != before.files["changes"]?.version)
            #expect(after.files["stays"]?.version == before.files["stays"]?.version)
        }
    }

    @Test func allChangesOfAnItemAreOneSession() async throws {
        try await Site.with { site in
            for name in ["a", "b", "c"] { try site.tree.write("item/\(name)", name) }
            try await site.startDaemon()
            try await site.converges()
            let before = try #require(try await site.library.item("item")?.contentVersion.flatMap { Int($0) })
            try site.tree.replace("item/a", "A")
            site.tree.remove("item/b")
            try site.tree.write("item/d", "d")
            try await site.converges()
            #expect(try await site.library.item("item")?.contentVersion == "\(before + 1)")
        }
    }

    @Test func removedFileAndRemovedDirectoryGoFromTheLibrary() async throws {
        try await Site.with { site in
            for name in ["a", "b", "c"] { try site.tree.write("item/\(name)", name) }
            try site.tree.write("other/file", "file")
            try await site.startDaemon()
            try await site.converges()
            site.tree.remove("item/b")
            try await site.converges()
            site.tree.remove("other")
            try await site.converges()
            #expect(try await site.library.items().keys.sorted() == ["item"])
        }
    }

    @Test(arguments: [true, false]) func renamedItemDirectoryKeepsItsIDAndSendsNothing(isRunning: Bool) async throws {
        try await Site.with { site in
            try site.tree.write("old name/a.bin", "a")
            try site.tree.write("old name/b.bin", "b")
            if isRunning { try await site.startDaemon() } else { try await site.synced() }
            try await site.converges()
            let before = try #require(try await site.library.item("old name"))
            try site.tree.rename("old name", "New Name")
            if !isRunning { try await site.synced() }
            try await site.converges()
            let after = try #require(try await site.library.item("New Name"))
            #expect(after.id == before.id)
            #expect(after.contentVersion == before.contentVersion)
            #expect(after.files.mapValues(\.version) == before.files.mapValues(\.version))
            // By case only.
            try site.tree.rename("New Name", "new name")
            if !isRunning { try await site.synced() }
            try await eventually("the item has its new case", evidence: site.evidence) {
                let names = try await site.library.items().keys.sorted()
                return names == ["new name"] ? nil : "the items are \(names)"
            }
            #expect(try await site.library.items()["new name"]?.id == before.id)
        }
    }

    @Test func typeFollowsTheFilesAndTheItemKeepsItsID() async throws {
        try await Site.with { site in
            try site.tree.write("item/boot.iso", "an image")
            try await site.startDaemon()
            try await site.converges()
            let before = try #require(try await site.library.item("item"))
            #expect(before.type == "iso")
            try site.tree.write("item/notes.txt", "notes")
            try await site.converges()
            let after = try #require(try await site.library.item("item"))
            #expect(after.id == before.id)
            #expect(after.type != "iso")
        }
    }

    @Test func touchedFileIsNotSentAgain() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "content")
            try site.tree.write("witness/file", "1")
            try await site.startDaemon()
            try await site.converges()
            let before = try #require(try await site.library.item("item"))
            try site.tree.touch("item/file")
            try site.tree.replace("witness/file", "2")
            try await site.converges()
            try await eventually("the mirror is in sync", evidence: site.evidence) {
                let state = try await site.status().item("item")?["state"]?.text
                return state == "in-sync" ? nil : "it is \(state ?? "not there")"
            }
            #expect(try await site.library.item("item")?.contentVersion == before.contentVersion)
        }
    }

    /// The modification time is no proof: copying tools set it.
    @Test(arguments: [true, false]) func replacementOfTheSameLengthAndTimeIsSeen(isRunning: Bool) async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "one")
            try site.tree.setTime("item/file", seconds: 1_700_000_000)
            if isRunning { try await site.startDaemon() } else { try await site.synced() }
            try await site.converges()
            for (number, text) in ["two", "six"].enumerated() {
                if number == 0 { try site.tree.replace("item/file", text) } else { try site.tree.write("item/file", text) }
                try site.tree.setTime("item/file", seconds: 1_700_000_000)
                if !isRunning { try await site.synced() }
                try await site.converges()
            }
        }
    }

    @Test func directoryThatIsMovedInOrOutFollows() async throws {
        try await Site.with { site in
            let outside = try SourceTree(site.directory("outside"))
            try outside.write("whole/a", "a")
            try outside.write("whole/b", "b")
            try outside.write("part/c", "c")
            try site.tree.write("item/file", "file")
            try await site.startDaemon()
            try await site.converges()
            #expect(rename(outside("whole"), site.tree("whole")) == 0)
            #expect(rename(outside("part/c"), site.tree("item/c")) == 0)
            try await site.converges()
            #expect(rename(site.tree("whole"), outside("back")) == 0)
            #expect(rename(site.tree("item/c"), outside("part/c")) == 0)
            try await site.converges()
            // What is moved away is not followed there.
            try outside.write("back/a", "new")
            try site.tree.write("item/file", "new")
            try await site.converges()
        }
    }

    @Test func lostJournalCostsNoUpload() async throws {
        try await Site.with { site in
            for number in 0..<3 { try site.tree.write("item-\(number)/file", "\(number)") }
            try await site.synced()
            let before = try await site.library.items().mapValues(\.contentVersion)
            try SourceTree(site.directory("state")).empty()
            let result = try await site.synced()
            #expect(result.mirror()?["in_sync"]?.number == 3, "\(result)")
            #expect(try await site.library.items().mapValues(\.contentVersion) == before)
        }
    }

    // MARK: what is in between

    @Test func emptyFileIsPublishedAndEmptyDirectoryIsNot() async throws {
        try await Site.with { site in
            try site.tree.write("item/empty", "")
            try site.tree.makeDirectory("nothing")
            try await site.startDaemon()
            try await site.converges()
            let items = try await site.library.items()
            #expect(items.keys.sorted() == ["item"])
            #expect(items["item"]?.files["empty"]?.size == 0)
            #expect(try await site.library.content("empty", of: "item") == [])
            // The item whose last file goes stays, empty, while its directory does.
            site.tree.remove("item/empty")
            try site.tree.write("other/file", "other")
            try await site.converges()
            #expect(try await site.library.items()["item"]?.files.isEmpty == true)
        }
    }

    @Test func halfWrittenFileIsNotSentBeforeItIsClosed() async throws {
        try await Site.with { site in
            try site.tree.write("item/done", "done")
            try await site.startDaemon()
            try await site.converges()
            var file: OpenFile? = try site.tree.open("item/growing")
            // Longer than quiet and max_wait together, with pauses that are longer than quiet.
            for part in 0..<7 {
                try file?.write(Array("part \(part)\n".utf8))
                try await Task.sleep(for: .milliseconds(500))
                #expect(try await site.library.item("item")?.files.keys.sorted() == ["done"])
            }
            let status = try await site.status()
            #expect(status.text.contains("being written since"), "\(status)")
            file = nil
            try await site.converges()
        }
    }

    @Test func linkedAndSpecialFilesAreLeftOut() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "file")
            #expect(symlink("file", site.tree("item/link")) == 0)
            #expect(symlink("/etc/passwd", site.tree("item/passwd")) == 0)
            #expect(mkfifo(site.tree("item/pipe"), 0o644) == 0)
            try await site.startDaemon()
            try await site.converges()
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["file"])
        }
    }

    // MARK: names

    @Test func namesThatNeedEscapingArriveAsTheyAre() async throws {
        let names = [
            "with space.bin", "hash#1.bin", "50%.bin", "%41.bin", "q?u=e&r+y.bin", "semi;colon.bin", "größe.bin", "日本語.bin", "emoji 🙂.bin", "quote'\".bin",
            "[brackets]{}.bin", "-dash", "~tilde~1", String(repeating: "n", count: 255),
        ]
        try await Site.with { site in
            for (index, name) in names.enumerated() { try site.tree.write("item # 1 % größe/\(name)", "content \(index)") }
            try await site.startDaemon()
            try await site.converges()
            for (index, name) in names.enumerated() {
                #expect(try await site.library.content(name, of: "item # 1 % größe") == Array("content \(index)".utf8), "\(name)")
            }
        }
    }
}
