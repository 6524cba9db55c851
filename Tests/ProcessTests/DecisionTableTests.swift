import ContentLibraryAPI
import Testing

/// Each row of the decision table once through the real executables: B is what was published, L is local, R is remote.
@Suite(.sharedServer, .inTurns) struct DecisionTableTests {
    /// A site with the item `item` and its one file `file` published as `one`.
    private func published(_ configure: (inout Configuration) -> Void = { _ in }, body: (Site) async throws -> Void) async throws {
        try await Site.with { configuration, _ in
            configure(&configuration)
        } body: { site in
            try site.tree.write("item/file", "one")
            // A second file: the item stays when the first one goes.
            try site.tree.write("item/other", "other")
            try await site.synced()
            try await body(site)
        }
    }

    /// The library as somebody else writes to it.
    private func rival(_ site: Site) throws -> RemoteLibrary { site.library.asSeenBy(try site.server.client(.other)) }

    private func version(_ site: Site, _ item: String = "item") async throws -> String? { try await site.library.item(item)?.contentVersion }

    private func remote(_ site: Site, _ file: String = "file", of item: String = "item") async throws -> String? {
        try await site.library.item(item)?.files[file]?.checksumInfo?.checksum.lowercased()
    }

    // MARK: without a base

    @Test func localOnlyIsAdded() async throws {
        try await Site.with { site in
            try site.tree.write("item/file", "one")
            let plan = try await site.plan()
            #expect(plan.code == 0, "\(plan)")
            #expect(plan.actions == ["create item", "upload item file"], "\(plan)")
            #expect(try await site.library.items().isEmpty)
            try await site.synced()
            try await site.converges()
            #expect(try await site.plan().actions == [])
        }
    }

    @Test func equalWithoutABaseIsAdoptedAndNotSent() async throws {
        try await Site.with { site in
            try await rival(site).put("item", ["file": "one"])
            try site.tree.write("item/file", "one")
            let before = try await version(site)
            let plan = try await site.plan()
            #expect(plan.actions == ["adopt item file"], "\(plan)")
            try await site.synced()
            #expect(try await version(site) == before)
            // It is recorded: a later change is an ordinary one.
            try site.tree.replace("item/file", "two")
            try await site.synced()
            try await site.converges()
        }
    }

    @Test func differentWithoutABaseIsAConflictAndNothingIsWritten() async throws {
        try await Site.with { site in
            try await rival(site).put("item", ["file": "theirs", "equal": "equal"])
            try site.tree.write("item/file", "ours")
            try site.tree.write("item/equal", "equal")
            try site.tree.write("item/new", "new")
            let before = try await version(site)
            let result = try await site.sync()
            #expect(result.code == 3, "\(result)")
            #expect(result.holds == ["conflict"], "\(result)")
            #expect(result.item("item")?["state"]?.text == "held", "\(result)")
            #expect(result.text.contains("file"), "\(result)")
            #expect(try await version(site) == before)
            #expect(try await remote(site) == sha1("theirs"))
            // The equal file was adopted all the same: what is left to do with it is nothing.
            #expect(try await !site.plan().actions.contains("adopt item equal"))
            // The hold clears itself when its cause goes.
            try site.tree.replace("item/file", "theirs")
            try await site.synced()
            try await site.converges()
        }
    }

    @Test func remoteOnlyIsForeignAndLeftAlone() async throws {
        try await published { site in
            try await rival(site).put("theirs", ["file": "theirs"])
            try await rival(site).put("item", ["foreign": "foreign"])
            let before = try await version(site)
            #expect(try await site.plan().actions == [])
            try await site.synced()
            #expect(try await version(site) == before)
            #expect(try await site.library.items().keys.sorted() == ["item", "theirs"])
            let verify = try await site.verify()
            #expect(verify.code == 0, "\(verify)")
            #expect(verify.file("item", "foreign")?["state"]?.text == "foreign", "\(verify)")
            #expect(verify.lines("file").contains { $0["item"]?.text == "theirs" && $0["state"]?.text == "foreign" }, "\(verify)")
        }
    }

    @Test func remoteOnlyIsRemovedWhereExtraneousFilesAre() async throws {
        try await published { configuration in
            configuration.mirror["extraneous"] = "remove"
        } body: { site in
            try await rival(site).put("theirs", ["file": "theirs"])
            try await rival(site).put("item", ["foreign": "foreign"])
            try await site.synced()
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["file", "other"])
            // An item that is younger than a rescan may be one that somebody is making.
            #expect(try await site.library.item("theirs") != nil)
        }
    }

    // MARK: with a base

    @Test func allEqualDoesNothing() async throws {
        try await published { site in
            let before = try #require(try await site.library.item("item"))
            #expect(try await site.plan().actions == [])
            let result = try await site.synced()
            #expect(result.item("item")?["state"]?.text == "in-sync", "\(result)")
            let after = try #require(try await site.library.item("item"))
            #expect(after.contentVersion == before.contentVersion)
            #expect(after.files.mapValues(\.version) == before.files.mapValues(\.version))
        }
    }

    @Test func localChangeReplaces() async throws {
        try await published { site in
            let id = try await site.library.item("item")?.id
            try site.tree.replace("item/file", "two")
            #expect(try await site.plan().actions == ["replace item file"])
            try await site.synced()
            try await site.converges()
            #expect(try await site.library.item("item")?.id == id)
        }
    }

    @Test func driftIsRepairedAndReported() async throws {
        try await published { site in
            try await rival(site).put("item", ["file": "theirs"])
            let plan = try await site.plan()
            #expect(plan.actions == ["replace item file"], "\(plan)")
            #expect(plan.lines("action").first?["why"]?.text?.contains("remote moved") == true, "\(plan)")
            let result = try await site.run("sync", "--log-level", "info")
            #expect(result.code == 0, "\(result)")
            #expect(result.text.contains("somebody changed what was published"), "\(result)")
            #expect(result.text.contains(sha1("theirs")), "\(result)")
            #expect(try await remote(site) == sha1("one"))
            try await site.converges()
        }
    }

    @Test func driftIsOnlyReportedWhereThatIsAskedFor() async throws {
        try await published { configuration in
            configuration.mirror["drift"] = "report"
        } body: { site in
            try await rival(site).put("item", ["file": "theirs"])
            let before = try await version(site)
            let result = try await site.sync()
            #expect(result.code == 3, "\(result)")
            #expect(result.item("item")?["state"]?.text == "drift", "\(result)")
            #expect(try await version(site) == before)
            #expect(try await remote(site) == sha1("theirs"))
        }
    }

    @Test func bothChangedAndLocalWins() async throws {
        try await published { site in
            try await rival(site).put("item", ["file": "theirs"])
            let theirs = try #require(try await site.library.item("item")?.files["file"])
            try site.tree.replace("item/file", "ours")
            let result = try await site.run("sync", "--log-level", "info")
            #expect(result.code == 0, "\(result)")
            #expect(try await remote(site) == sha1("ours"))
            try await site.converges()
            // What was overwritten can be named afterwards.
            #expect(result.text.contains(sha1("theirs")), "\(result)")
            #expect(result.text.contains("version \(theirs.version)") || result.text.contains("version=\(theirs.version)"), "\(result)")
        }
    }

    @Test func bothChangedAlikeIsAdopted() async throws {
        try await published { site in
            try await rival(site).put("item", ["file": "two"])
            let before = try await version(site)
            try site.tree.replace("item/file", "two")
            #expect(try await site.plan().actions == ["adopt item file"])
            try await site.synced()
            #expect(try await version(site) == before)
            #expect(try await site.plan().actions == [])
        }
    }

    @Test func localGoneAndRemoteUnmovedIsDeleted() async throws {
        try await published { site in
            site.tree.remove("item/file")
            #expect(try await site.plan().actions == ["remove item file"])
            try await site.synced()
            #expect(try await site.library.item("item")?.files.keys.sorted() == ["other"])
            site.tree.remove("item")
            try site.tree.write("anchor/file", "a root that is empty is held")
            try await site.synced()
            #expect(try await site.library.items().keys.sorted() == ["anchor"])
        }
    }

    @Test func localGoneIsKeptWhereNothingIsDeleted() async throws {
        try await published { configuration in
            configuration.mirror["delete"] = "keep"
        } body: { site in
            site.tree.remove("item/file")
            try await site.synced()
            #expect(try await remote(site) == sha1("one"))
            let verify = try await site.verify()
            #expect(verify.code == 0, "\(verify)")
            #expect(verify.file("item", "file")?["state"]?.text == "kept", "\(verify)")
        }
    }

    @Test func localGoneAndRemoteMovedIsAConflictAndNeverDeleted() async throws {
        try await published { site in
            try await rival(site).put("item", ["file": "theirs"])
            site.tree.remove("item/file")
            for _ in 0..<2 {
                let result = try await site.sync()
                #expect(result.code == 3, "\(result)")
                #expect(result.holds == ["conflict"], "\(result)")
                #expect(try await remote(site) == sha1("theirs"))
            }
        }
    }

    @Test func itemWhoseRemoteMovedIsNeverDeletedWithItsDirectory() async throws {
        try await published { site in
            try site.tree.write("anchor/file", "anchor")
            try await site.synced()
            try await rival(site).put("item", ["file": "theirs"])
            site.tree.remove("item")
            _ = try await site.sync()
            #expect(try await remote(site) == sha1("theirs"))
        }
    }

    @Test func remoteGoneIsAddedAgainAndReportedAsDrift() async throws {
        try await published { site in
            try await rival(site).put("item", removing: ["file"])
            let result = try await site.run("sync", "--log-level", "info")
            #expect(result.code == 0, "\(result)")
            #expect(result.text.contains("somebody changed what was published"), "\(result)")
            try await site.converges()
            try await rival(site).delete("item")
            try await site.synced()
            try await site.converges()
        }
    }

    @Test func bothGoneIsForgotten() async throws {
        try await published { site in
            try await rival(site).put("item", removing: ["file"])
            site.tree.remove("item/file")
            #expect(try await site.plan().actions == [])
            try await site.synced()
            // There is no memory of it: the same name is an addition again.
            try site.tree.write("item/file", "one")
            let plan = try await site.plan()
            #expect(plan.actions == ["upload item file"], "\(plan)")
            let result = try await site.run("sync", "--log-level", "info")
            #expect(result.code == 0 && !result.text.contains("somebody changed"), "\(result)")
            try await site.converges()
        }
    }
}
