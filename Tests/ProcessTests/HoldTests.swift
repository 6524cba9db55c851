import ContentLibraryAPI
import ContentLibraryClient
import Glibc
import Testing

/// What waits, for what, and how it ends: each hold through the real executables.
@Suite(.sharedServer, .inTurns) struct HoldTests {
    private func rival(_ site: Site) throws -> RemoteLibrary { site.library.asSeenBy(try site.server.client(.other)) }

    private func approve(_ site: Site, _ digest: String? = nil) async throws -> CommandResult {
        try await site.run(["approve", "main"] + (digest.map { ["--plan", $0] } ?? []))
    }

    private func digest(_ status: CommandResult) throws -> String { try #require(status.mirror()?["hold_digest"]?.text, "\(status)") }

    /// How many files each item has, in the order of their names.
    private func fileCounts(_ site: Site) async throws -> [Int] { try await site.library.items().sorted { $0.key < $1.key }.map(\.value.files.count) }

    /// Fills the tree with items of two files each, and starts the daemon.
    private func mirrored(
        _ items: Int, isolation: RunningProcess.Isolation? = nil, _ configure: (inout Configuration) -> Void = { _ in }, body: (Site) async throws -> Void
    ) async throws {
        try await Site.with { configuration, _ in
            configure(&configuration)
        } body: { site in
            for number in 0..<items { for name in ["a", "b"] { try site.tree.write("item-\(number)/\(name)", "\(name) of \(number)") } }
            try await site.startDaemon(isolation: isolation)
            try await site.converges()
            try await body(site)
        }
    }

    // MARK: the mirror

    @Test func rootMissingHoldsTheMirrorUntilItIsBack() async throws {
        try await mirrored(2) { site in
            #expect(rename(site.tree.path, site.directory("away")) == 0)
            let status = try await site.holds("root-missing")
            #expect(status.code == 3, "\(status)")
            #expect(status.text.contains(site.tree.path), "\(status)")
            #expect(try await approve(site).code == 0)
            #expect(try await site.library.items().count == 2)
            #expect(rename(site.directory("away"), site.tree.path) == 0)
            // Without it, the next look at the root finds it back.
            #expect(try await site.run("rescan").code == 0)
            try await site.holds()
            try site.tree.replace("item-0/a", "new")
            try await site.converges()
        }
    }

    @Test func rootUnreadableHoldsTheMirrorUntilItCanBeRead() async throws {
        try await mirrored(2, isolation: .withoutPrivileges) { site in
            #expect(chmod(site.tree.path, 0) == 0)
            let status = try await site.holds("root-unreadable")
            #expect(status.text.contains(site.tree.path), "\(status)")
            #expect(try await site.library.items().count == 2)
            #expect(chmod(site.tree.path, 0o755) == 0)
            try await site.holds()
            try site.tree.replace("item-0/a", "new")
            try await site.converges()
        }
    }

    @Test func rootEmptyHoldsTheMirrorUntilItIsFilledAgain() async throws {
        try await mirrored(2) { site in
            try site.tree.empty()
            let status = try await site.holds("root-empty")
            #expect(status.text.contains("4 files"), "\(status)")
            #expect(try await site.library.items().count == 2)
            for number in 0..<2 { for name in ["a", "b"] { try site.tree.write("item-\(number)/\(name)", "\(name) of \(number), again") } }
            try await site.holds()
            try await site.converges()
        }
    }

    @Test func rootEmptyIsDeletedOnceApproved() async throws {
        try await mirrored(2) { site in
            try site.tree.empty()
            let status = try await site.holds("root-empty")
            let approval = try await approve(site, try digest(status))
            #expect(approval.code == 0, "\(approval)")
            // At once: it does not wait for the next look at the root.
            try await site.converges(within: .seconds(15))
            #expect(try await site.library.items().isEmpty)
            try await site.holds()
        }
    }

    @Test func singleDirectoryThatIsEmptyIsHeld() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["layout"] = "single"
            configuration.mirror["item"] = "Everything"
        } body: { site in
            try site.tree.write("file", "file")
            try await site.startDaemon()
            let model = { (site: Site) in try LocalTree.single(site.tree.path, item: "Everything") }
            try await site.converges(model)
            site.tree.remove("file")
            try await site.holds("root-empty")
            #expect(try await site.library.item("Everything")?.files.keys.sorted() == ["file"])
        }
    }

    @Test(.enabled(if: FuseMount.isPossible, "only root may mount, and needs /dev/fuse"))
    func sourceNotAnsweringHoldsItsMirrorOnlyAndEndsByItself() async throws {
        let watchdog = Duration.seconds(8)
        try await Site.with { configuration, directory in
            configuration.mirror["path"] = .init(directory("mount"))
            configuration.mirrors.append(Site.mirror("other", directory("tree"), "Other"))
        } body: { site in
            let other = try await RemoteLibrary.create("Other \(site.library.name)", site.server.client())
            try site.configure { $0.mirrors[1]["library"] = .init(other.name) }
            let mount = try await FuseMount.mount(site.directory("source"), at: site.directory("mount"), log: site.directory("fuse"))
            let source = try SourceTree(site.directory("source"))
            try source.write("item/a", "a")
            try site.tree.write("item/b", "b")
            let daemon = try await site.startDaemon(environment: ["WATCHDOG_USEC": "\(watchdog.components.seconds * 1_000_000)"])
            try await eventually("both libraries are filled", evidence: site.evidence) {
                let names = [try await site.library.item("item")?.files.keys.sorted(), try await other.item("item")?.files.keys.sorted()]
                return names == [["a"], ["b"]] ? nil : "\(names)"
            }
            mount.hang()
            #expect(try await site.run("rescan", "main").code == 0)
            let status = try await site.holds("source-not-answering", within: .seconds(60))
            #expect(status.code == 3 && status.text.contains(mount.path), "\(status)")
            #expect(status.mirror("other")?["hold"] == nil)
            try await daemon.logs("the source does not answer")
            // It ends neither by approval nor the daemon by its watchdog, and the other mirror goes on.
            #expect(try await approve(site).code == 0)
            try site.tree.write("item/c", "c")
            try await eventually("the other mirror goes on", evidence: site.evidence) {
                let names = try await other.item("item")?.files.keys.sorted()
                return names == ["b", "c"] ? nil : "\(names ?? [])"
            }
            let answered = daemon.notify.count("WATCHDOG=1")
            try await eventually("the watchdog is told that all is well", within: watchdog * 2) {
                daemon.notify.count("WATCHDOG=1") >= answered + 2 ? nil : "\(daemon.notify.count("WATCHDOG=1")) times"
            }
            #expect(try await site.library.item("item")?.files.count == 1)
            mount.goOn()
            try await site.holds()
            try await daemon.logs("the source answers again")
            try source.write("item/d", "d")
            #expect(try await site.run("rescan", "main").code == 0)
            try await eventually("the mirror goes on", evidence: site.evidence) {
                let names = try await site.library.item("item")?.files.keys.sorted()
                return names == ["a", "d"] ? nil : "\(names ?? [])"
            }
            #expect(try await daemon.stop() == .code(0))
        }
    }

    @Test func rootChangedHoldsDeletionsAndNothingElse() async throws {
        try await mirrored(2) { site in
            #expect(rename(site.tree.path, site.directory("old")) == 0)
            let tree = try SourceTree(site.tree.path)
            for name in ["a", "b"] { try tree.write("item-0/\(name)", "\(name) of 0") }
            try tree.write("item-2/new", "new")
            let status = try await site.holds("root-changed")
            try await eventually("the new item is there", evidence: site.evidence) {
                try await site.library.items().keys.sorted() == ["item-0", "item-1", "item-2"] ? nil : "it is not"
            }
            #expect(try await approve(site, try digest(status)).code == 0)
            try await site.converges()
            try await site.holds()
        }
    }

    @Test func linkToTheRootThatPointsElsewhereHoldsDeletions() async throws {
        try await Site.with { configuration, directory in
            configuration.mirror["path"] = .init(directory("link"))
        } body: { site in
            for name in ["a", "b"] { try site.tree.write("item/\(name)", name) }
            #expect(symlink(site.tree.path, site.directory("link")) == 0)
            try await site.startDaemon()
            try await site.converges()
            let other = try SourceTree(site.directory("other"))
            try other.write("item/a", "a")
            #expect(unlink(site.directory("link")) == 0 && symlink(other.path, site.directory("link")) == 0)
            #expect(try await site.run("rescan").code == 0)
            try await site.holds("root-changed")
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["a", "b"])
        }
    }

    @Test func rootChangedIsNoHoldWhereNothingIsToBeDeleted() async throws {
        try await mirrored(2) { site in
            let before = try await site.library.items().mapValues(\.contentVersion)
            #expect(rename(site.tree.path, site.directory("old")) == 0)
            SourceTree.copy(Array(site.directory("old").utf8), to: Array(site.tree.path.utf8))
            try site.tree.write("witness/file", "witness")
            try await site.converges()
            try await site.holds()
            let after = try await site.library.items().mapValues(\.contentVersion)
            #expect(after["item-0"] == before["item-0"])
            #expect(after["item-1"] == before["item-1"])
            // The new root is the one that is known now: deletions in it are ordinary ones.
            site.tree.remove("item-0/a")
            try await site.converges()
        }
    }

    // MARK: deletions

    @Test func maxDeleteHoldsDeletionsUntilExactlyThoseAreApproved() async throws {
        try await mirrored(4) {
            $0.mirror["max_delete"] = 2
        } body: { site in
            try await site.atOnce { tree in
                for number in 0..<3 { tree.remove("item-\(number)/a") }
                try tree.replace("item-3/a", "goes on")
            }
            let status = try await site.holds("max-delete")
            let first = try digest(status)
            try await eventually("the replacement goes on", evidence: site.evidence) {
                try await site.library.item("item-3")?.files["a"]?.checksumInfo?.checksum.lowercased() == sha1("goes on") ? nil : "it does not"
            }
            #expect(try await fileCounts(site) == [2, 2, 2, 2])
            let wrong = try await approve(site, "0123456789abcdef")
            #expect(wrong.code == 1, "\(wrong)")
            #expect(wrong.text.contains(first), "\(wrong)")
            // What a later pass adds needs a new approval.
            site.tree.remove("item-3/b")
            let second: String = try await eventually("the digest names one deletion more", evidence: site.evidence) {
                let digest = try await site.status().mirror()?["hold_digest"]?.text
                return digest == first ? nil : digest
            }
            let late = try await approve(site, first)
            #expect(late.code == 1, "\(late)")
            #expect(try await fileCounts(site) == [2, 2, 2, 2])
            #expect(try await approve(site, second).code == 0)
            try await site.converges()
            try await site.holds()
        }
    }

    @Test func holdOutlivesARestartAndIsApprovedWithoutADigest() async throws {
        try await mirrored(4) {
            $0.mirror["max_delete"] = 2
        } body: { site in
            try await site.atOnce { tree in for number in 0..<3 { tree.remove("item-\(number)/a") } }
            let first = try digest(try await site.holds("max-delete"))
            #expect(try await site.daemon.stop() == .code(0))
            try await site.startDaemon()
            let status = try await site.holds("max-delete")
            #expect(try digest(status) == first, "\(status)")
            #expect(try await approve(site).code == 0)
            try await site.converges()
        }
    }

    @Test func maxDeleteClearsItselfWhenTheFilesAreBack() async throws {
        try await mirrored(4) {
            $0.mirror["max_delete"] = 2
        } body: { site in
            try await site.atOnce { tree in for number in 0..<3 { try tree.rename("item-\(number)/a", "item-\(number)/.a") } }
            try await site.holds("max-delete")
            for number in 0..<3 { try site.tree.rename("item-\(number)/.a", "item-\(number)/a") }
            try await site.holds()
            try await site.converges()
        }
    }

    @Test func mappingChangeHoldsTheDeletionsThatFollowFromIt() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["nested"] = "flatten"
        } body: { site in
            try site.tree.write("item/deep/file", "file")
            try site.tree.write("item/top", "top")
            try await site.synced()
            try site.configure { $0.mirror["flatten_separator"] = "--" }
            try await site.startDaemon()
            let status = try await site.holds("mapping-changed")
            try await eventually("the file is there under its new name too", evidence: site.evidence) {
                let names = try await site.library.item("item")?.files.keys.sorted() ?? []
                return names == ["deep--file", "deep__file", "top"] ? nil : "\(names)"
            }
            #expect(try await approve(site, try digest(status)).code == 0)
            try await eventually("the old name is gone", evidence: site.evidence) {
                let names = try await site.library.item("item")?.files.keys.sorted() ?? []
                return names == ["deep--file", "top"] ? nil : "\(names)"
            }
            try await site.holds()
        }
    }

    @Test func extraneousFilesAreHeldOnAFirstPass() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["extraneous"] = "remove"
        } body: { site in
            try await rival(site).put("item", ["file": "file", "extra": "extra"])
            try site.tree.write("item/file", "file")
            try await site.startDaemon()
            let status = try await site.holds("extraneous")
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["extra", "file"])
            #expect(try await approve(site, try digest(status)).code == 0)
            try await site.converges()
        }
    }

    // MARK: the library

    @Test func deletedLibraryIsHeldAndNeverSilentlyCreatedAgain() async throws {
        try await mirrored(2) {
            $0.mirror["create_library"] = true
            $0.mirror["storage"] = "datastore-1"
        } body: { site in
            try await site.library.client.call(LocalLibrary.delete(site.library.id))
            #expect(try await site.run("rescan").code == 0)
            try await site.holds("library-changed")
            try site.tree.replace("item-0/a", "new")
            try await Task.sleep(for: .seconds(3))
            #expect(try await RemoteLibrary.find(site.library.name, site.library.client) == nil)
            try await site.holds("library-changed")
        }
    }

    @Test func libraryOfTheSameNameWithAnotherIDIsHeldUntilApproved() async throws {
        try await mirrored(2) { site in
            let client = site.library.client
            try await client.call(LocalLibrary.delete(site.library.id))
            let other = try await RemoteLibrary.create(site.library.name, client)
            #expect(try await site.run("rescan").code == 0)
            let status = try await site.holds("library-changed")
            #expect(status.text.contains(other.id.rawValue), "\(status)")
            #expect(try await other.items().isEmpty)
            #expect(try await approve(site, try digest(status)).code == 0)
            try await eventually("the new library is filled", evidence: site.evidence) {
                try LocalTree.directories(site.tree.path).difference(try await other.items())
            }
            try await site.holds()
        }
    }

    // MARK: items

    @Test func conflictIsTakenOverOnceApproved() async throws {
        try await Site.with { site in
            try await rival(site).put("item", ["file": "theirs"])
            try site.tree.write("item/file", "ours")
            try site.tree.write("other/file", "other")
            try await site.startDaemon()
            let status = try await site.holds("conflict")
            // Only that item waits.
            try await eventually("the other item is there", evidence: site.evidence) { try await site.library.item("other") == nil ? "it is not" : nil }
            let shown = try digest(status)
            // The approval is bound to what was shown.
            try await rival(site).put("item", ["file": "theirs again"])
            #expect(try await site.run("rescan").code == 0)
            let moved: String = try await eventually("the digest names the newer version", evidence: site.evidence) {
                let digest = try await site.status().mirror()?["hold_digest"]?.text
                return digest == shown ? nil : digest
            }
            #expect(try await approve(site, shown).code == 1)
            #expect(try await approve(site, moved).code == 0)
            try await site.converges()
            try await site.holds()
        }
    }

    @Test func conflictOverAFileThatIsGoneIsForgottenOnceApproved() async throws {
        try await mirrored(2) { site in
            try await rival(site).put("item-0", ["a": "theirs"])
            site.tree.remove("item-0/a")
            let status = try await site.holds("conflict")
            #expect(try await approve(site, try digest(status)).code == 0)
            try await site.holds()
            // It stays, and is foreign.
            let verify = try await site.verify()
            #expect(verify.code == 0, "\(verify)")
            #expect(verify.file("item-0", "a")?["state"]?.text == "foreign", "\(verify)")
            #expect(try await site.library.item("item-0")?.files["a"]?.checksumInfo?.checksum.lowercased() == sha1("theirs"))
        }
    }

    @Test func rivalWriterIsHeldAfterThreeRepairs() async throws {
        try await mirrored(1) { site in
            for number in 1...3 {
                try await rival(site).put("item-0", ["a": "theirs \(number)"])
                #expect(try await site.run("rescan").code == 0)
                try await site.converges()
            }
            try await rival(site).put("item-0", ["a": "theirs 4"])
            #expect(try await site.run("rescan").code == 0)
            let status = try await site.holds("rival-writer")
            #expect(try await site.library.item("item-0")?.files["a"]?.checksumInfo?.checksum.lowercased() == sha1("theirs 4"))
            #expect(try await approve(site, try digest(status)).code == 0)
            try await site.converges()
            try await site.holds()
        }
    }

    @Test func itemOfAnotherTypeIsHeldUntilApproved() async throws {
        try await Site.with { site in
            try await rival(site).put("item", type: "firmware")
            try site.tree.write("item/file", "file")
            try await site.startDaemon()
            let status = try await site.holds("type-changed")
            #expect(status.text.contains("firmware"), "\(status)")
            #expect(try await site.library.item("item")?.files.isEmpty == true)
            #expect(try await approve(site, try digest(status)).code == 0)
            try await site.converges()
            #expect(try await site.library.item("item")?.type == "firmware")
        }
    }

    @Test func itemOfPackagesIsNeverSentPlainFiles() async throws {
        try await Site.with { site in
            try await rival(site).put("item", type: "ovf")
            try site.tree.write("item/file", "file")
            try site.tree.write("other/file", "other")
            try await site.startDaemon()
            let status = try await site.holds("type-changed")
            #expect(status.text.contains("package"), "\(status)")
            // An approval cannot make it fit: the item stays held, with the reason, and the rest goes on.
            _ = try await approve(site, try digest(status))
            try site.tree.write("other/file", "other, again")
            try await eventually("the other item is in sync") {
                try await site.library.item("other")?.files["file"]?.size == 12 ? nil : "not yet"
            }
            #expect(try await site.holds("type-changed").text.contains("package"))
            #expect(try await site.library.item("item")?.files.isEmpty == true)
        }
    }

    // MARK: approve

    @Test func approveWithoutAHoldDoesNothingAndOfAnUnknownMirrorFails() async throws {
        try await mirrored(1) { site in
            #expect(try await approve(site).code == 0)
            let unknown = try await site.run("approve", "mian")
            #expect(unknown.code == 1 || unknown.code == 2, "\(unknown)")
            #expect(unknown.text.contains("mian") && unknown.text.contains("main"), "\(unknown)")
        }
    }
}
