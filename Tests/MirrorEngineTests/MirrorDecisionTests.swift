import ContentLibraryAPI
import MirrorCore
import Testing

@testable import MirrorEngine

/// The rows of the decision table, each once through a whole mirror. B is what was published, L is here, R is at the server.
@Suite("Mirror: decision table")
struct MirrorDecisionTests {
    /// One item `a` with one file `f`.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Published by the mirror at first; nil where nothing was.
        var base: String?
        /// As it then is here; nil where it is gone.
        var local: String?
        /// As somebody then makes it at the server; nil where it is gone.
        var remote: String?
        /// As it is at the server in the end; nil where the item has no such file.
        var end: String?
        var puts = 0
        var state: ItemStatus.State?
        /// The item is there in the end.
        var itemStays = true

        init(
            _ name: String, b base: String?, l local: String?, r remote: String?, end: String?, puts: Int = 0, _ state: ItemStatus.State?,
            itemStays: Bool = true
        ) {
            (testDescription, self.base, self.local, self.remote) = (name, base, local, remote)
            (self.end, self.puts, self.state, self.itemStays) = (end, puts, state, itemStays)
        }
    }

    static let rows = [
        Row("L only: add", b: nil, l: "1", r: nil, end: "1", puts: 1, .inSync),
        Row("L = R, no B: adopt", b: nil, l: "1", r: "1", end: "1", .inSync),
        Row("L ≠ R, no B: conflict", b: nil, l: "1", r: "2", end: "2", .held),
        Row("R only, no B: foreign", b: nil, l: nil, r: "1", end: "1", nil),
        Row("L = B = R: nothing", b: "1", l: "1", r: "1", end: "1", .inSync),
        Row("L ≠ B, R = B: replace", b: "1", l: "2", r: "1", end: "2", puts: 1, .inSync),
        Row("L = B, R ≠ B: drift, repaired", b: "1", l: "1", r: "2", end: "1", puts: 1, .inSync),
        Row("L ≠ B, R ≠ B, L ≠ R: local wins", b: "1", l: "2", r: "3", end: "2", puts: 1, .inSync),
        Row("L = R ≠ B: adopt", b: "1", l: "2", r: "2", end: "2", .inSync),
        Row("no L, R = B: removed", b: "1", l: nil, r: "1", end: nil, nil, itemStays: false),
        Row("no L, R ≠ B: conflict", b: "1", l: nil, r: "2", end: "2", .held),
        Row("B and L, no R: added again", b: "1", l: "1", r: nil, end: "1", puts: 1, .inSync),
        Row("B only: forgotten", b: "1", l: nil, r: nil, end: nil, nil, itemStays: false),
    ]

    @Test("for a file", arguments: rows)
    func file(row: Row) async throws {
        try await Site.with { site in
            // Another item keeps the root from being empty.
            try site.source.write("other/f", "other")
            if let base = row.base { try site.source.write("a/f", base) }
            try await site.sync()
            try await bring(site, row)
            let run = try await site.sync()
            let contents = try await site.remote.contents()
            #expect(contents["a"]?["f"] == row.end)
            #expect((contents["a"] != nil) == row.itemStays)
            #expect(run.puts.count == row.puts)
            #expect(run.state("a") == row.state)
            #expect(contents["other"] == ["f": "other"])
            #expect(try await site.leftovers() == [])
            // Planned again it is as it is.
            let again = try await site.sync()
            #expect(again.puts == [] && again.count("update_session.create") == 0 && again.count("item.delete") == 0)
            #expect(again.state("a") == row.state)
        }
    }

    /// From what the first pass left to the row's three sides.
    private func bring(_ site: Site, _ row: Row) async throws {
        if let local = row.local {
            if local != row.base { try site.source.write("a/f", local) }
        } else if row.base != nil {
            try site.source.remove("a")
        }
        switch (row.base, row.remote) {
        case (nil, let remote?): try await site.remote.create("a", ["f": remote])
        case (_?, nil): try await site.remote.delete("a")
        case (let base?, let remote?) where base != remote: try await site.remote.publish(["f": remote], to: "a")
        default: break
        }
    }

    @Test("drift = \"report\": the remote file stays as it is and the item says so, also when the file is gone")
    func driftReported() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.drift = .report }
            try site.source.write("a/f", "1")
            try site.source.write("b/f", "1")
            try site.source.write("b/g", "1")
            try await site.sync(rules)
            try await site.remote.publish(["f": "2"], to: "a")
            try await site.remote.publish([:], removing: ["f"], to: "b")
            for _ in 0..<2 {
                let run = try await site.sync(rules)
                #expect(try await site.remote.contents() == ["a": ["f": "2"], "b": ["g": "1"]])
                #expect(run.state("a") == .drift && run.state("b") == .drift)
                #expect(run.status.state == .held)
            }
            // What changes here is published all the same.
            try site.source.write("a/f", "three")
            let run = try await site.sync(rules)
            #expect(run.state("a") == .inSync)
            #expect(try await site.remote.contents()["a"] == ["f": "three"])
        }
    }

    @Test("a file of somebody else's in our item stays, also when ours go")
    func foreignFileStays() async throws {
        try await Site.with { site in
            try site.source.write("other/f", "other")
            try site.source.write("a/f", "1")
            try await site.sync()
            try await site.remote.publish(["theirs": "t"], to: "a")
            #expect(try await site.sync().puts == [])
            #expect(try await site.remote.contents()["a"] == ["f": "1", "theirs": "t"])
            try site.source.remove("a")
            try await site.sync()
            #expect(try await site.remote.contents()["a"] == ["theirs": "t"])
            #expect(try await site.leftovers() == [])
            let again = try await site.sync()
            #expect(again.count("update_session.create") == 0)
        }
    }

    @Test("an item whose equal files are there and whose others are not: adopted where equal, held where different")
    func mixed() async throws {
        try await Site.with { site in
            try site.source.write("a/equal", "1")
            try site.source.write("a/different", "2")
            try await site.remote.create("a", ["equal": "1", "different": "x"])
            let run = try await site.sync()
            #expect(run.holdKinds == [.conflict] && run.puts == [])
            // Approved, the held one is taken over, and the adopted one is not sent.
            #expect(try await site.approve().map(\.kind) == [.conflict])
            let taken = try await site.sync()
            #expect(taken.puts == ["different"] && taken.status.state == .inSync)
            #expect(try await site.remote.contents() == ["a": ["equal": "1", "different": "2"]])
        }
    }

    @Test("approved, a conflict of a file that is gone here is forgotten, and the remote file stays as foreign")
    func goneConflictApproved() async throws {
        try await Site.with { site in
            try site.source.write("other/f", "other")
            try site.source.write("a/f", "1")
            try await site.sync()
            try site.source.remove("a")
            try await site.remote.publish(["f": "2"], to: "a")
            #expect(try await site.sync().holdKinds == [.conflict])
            #expect(try await site.approve().count == 1)
            #expect(try await site.sync().status.state == .inSync)
            let run = try await site.sync()
            #expect(run.status.state == .inSync && run.item("a") == nil)
            #expect(try await site.remote.contents()["a"] == ["f": "2"])
        }
    }

    @Test("the item that was published is gone and another one has its name: what it holds decides, not the old record", arguments: ["1", "2"])
    func successor(text: String) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            try await site.remote.delete("a")
            try await site.remote.create("a", ["f": text])
            let run = try await site.sync()
            #expect(run.puts == [])
            #expect(run.state("a") == (text == "1" ? .inSync : .held))
            #expect(try await site.remote.contents() == ["a": ["f": text]])
        }
    }

    @Test("somebody renamed our item: the name is restored, the id stays")
    func renamedRemotely() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            let id = try await site.remote.id("a")
            try await site.remote.rename("a", to: "x")
            let run = try await site.sync()
            #expect(run.puts == [] && run.state("a") == .inSync)
            #expect(try await site.remote.id("a") == id)
            #expect(try await site.remote.names() == ["a"])
        }
    }
}
