import ContentLibraryAPI
import Testing

/// Names that no library takes: each is refused with a message, and everything else goes on.
@Suite(.sharedServer, .inTurns) struct BadNameTests {
    @Test(arguments: [
        (bytes: Array("two\nlines".utf8), shown: "two\\x0alines"),
        (bytes: [0x66, 0xFF, 0xFE, 0x6F], shown: "f\\xff\\xfeo"),
        (bytes: Array("back\\slash".utf8), shown: "back\\slash"),
        (bytes: Array(" spaces ".utf8), shown: " spaces "),
    ])
    func fileIsRefusedAndTheOthersArePublished(bytes: [UInt8], shown: String) async throws {
        try await Site.with { site in
            try site.tree.write("item/good", "good")
            try site.tree.write(Array("item/".utf8) + bytes, Array("bad".utf8))
            try await site.startDaemon()
            try await eventually("the good file is there", evidence: site.evidence) {
                try await site.library.item("item")?.files.keys.sorted() == ["good"] ? nil : "it is not"
            }
            let verify = try await site.verify()
            #expect(verify.code == 0, "\(verify)")
            let line = try #require(verify.lines("file").first { $0["state"]?.text == "unmanaged" }, "\(verify)")
            #expect(line["reason"]?.text?.isEmpty == false, "\(verify)")
            try await site.daemon.logs(shown)
        }
    }

    @Test(arguments: [
        (bytes: Array("two\nlines".utf8), shown: "two\\x0alines"),
        (bytes: [0x66, 0xFF, 0xFE, 0x6F], shown: "f\\xff\\xfeo"),
        (bytes: Array(String(repeating: "i", count: 81).utf8), shown: "81 characters"),
    ])
    func itemIsRefusedAndTheOthersArePublished(bytes: [UInt8], shown: String) async throws {
        try await Site.with { site in
            try site.tree.write("good/file", "good")
            try site.tree.write("bad/file", "bad")
            try site.tree.rename(Array("bad".utf8), bytes)
            try await site.startDaemon()
            try await eventually("the good item is there", evidence: site.evidence) {
                try await site.library.items().keys.sorted() == ["good"] ? nil : "it is not"
            }
            try await site.daemon.logs(shown)
            let verify = try await site.verify()
            #expect(verify.code == 0, "\(verify)")
            // The item comes when its name is a good one.
            try site.tree.rename(bytes, Array("better".utf8))
            try await eventually("the renamed item is there", evidence: site.evidence) {
                try await site.library.item("better")?.files.keys.sorted() == ["file"] ? nil : "it is not"
            }
        }
    }

    /// The file system's own limit is 255 bytes; what flattening joins may be longer.
    @Test func nameOf300BytesIsRefusedAndTheOthersArePublished() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["nested"] = "flatten"
        } body: { site in
            let (half, rest) = (String(repeating: "d", count: 149), String(repeating: "f", count: 149))
            try site.tree.write("item/good", "good")
            try site.tree.write("item/\(half)/\(rest)", "bad")
            try await site.startDaemon()
            try await eventually("the good file is there", evidence: site.evidence) {
                try await site.library.item("item")?.files.keys.sorted() == ["good"] ? nil : "it is not"
            }
            try await site.daemon.logs("300 bytes", "255")
            #expect(try await site.verify().code == 0)
        }
    }

    @Test func itemsThatCollideByCaseAreRefusedButForThePublishedOne() async throws {
        try await Site.with { site in
            try site.tree.write("Tools/file", "first")
            try site.tree.write("other/file", "other")
            try await site.startDaemon()
            try await site.converges()
            let id = try await site.library.item("Tools")?.id
            try site.tree.write("tools/file", "second")
            try site.tree.replace("other/file", "other again")
            try await site.daemon.logs("tools", "Tools")
            try await eventually("the other item goes on", evidence: site.evidence) {
                try await site.library.item("other")?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("other again") ? nil : "it does not"
            }
            let items = try await site.library.items()
            #expect(items.keys.sorted() == ["Tools", "other"])
            #expect(items["Tools"]?.id == id)
            #expect(items["Tools"]?.files["file"]?.checksumInfo?.checksum.lowercased() == sha1("first"))
        }
    }

    @Test func filesOfTheSameStemAreRefusedButForThePublishedOne() async throws {
        try await Site.with { configuration, _ in
            configuration.mirror["layout"] = "files"
        } body: { site in
            try site.tree.write("image.iso", "first")
            try await site.startDaemon()
            try await site.converges { _ in LocalTree(items: ["image": ["image.iso": sha1("first")]]) }
            try site.tree.write("image.img", "second")
            try site.tree.write("other.iso", "other")
            try await site.daemon.logs("image.img", "image.iso")
            try await site.converges { _ in LocalTree(items: ["image": ["image.iso": sha1("first")], "other": ["other.iso": sha1("other")]]) }
        }
    }
}
