import MirrorCore
import MirrorJournal
import MirrorTesting
import Testing

@testable import MirrorEngine

/// `clsyncd plan`: what a pass would do, and nothing done.
@Suite("Mirror: plan")
struct MirrorPlanTests {
    /// Action, item and file; sorted.
    private func plan(_ site: Site, _ rules: MirrorRules? = nil) async throws -> [String] {
        let run = try await site.sync(rules, mode: .plan)
        let asked = ["session.create", "library.get", "library.find", "item.list", "item.get", "item.find", "file.list"]
        #expect(run.names.allSatisfy(asked.contains), "\(run.names)")
        return await run.mirror.plannedActions().map { "\($0.action.rawValue) \($0.item)\($0.file.map { "/" + $0 } ?? "")" }.sorted()
    }

    @Test("says each change, and makes none: not here, not at the server, not in the journal")
    func changesNothing() async throws {
        try await Site.with { site in
            for file in ["a/f", "a/gone", "b/f", "old/f", "same/f"] { try site.source.write(file, file) }
            try await site.sync()
            let (before, record) = (try await site.remote.contents(), try await site.journal.mirror("mirror"))
            try site.source.write("a/f", "changed")
            try site.source.write("a/added", "new")
            try site.source.remove("a/gone")
            try site.source.remove("b")
            try site.source.move("old", "new")
            try site.source.write("made/f", "1")
            try await site.remote.create("theirs", ["f": "1"])
            try site.source.write("theirs/f", "2")
            for _ in 0..<2 {
                #expect(
                    try await plan(site) == [
                        "create made", "delete-item b", "hold theirs/f", "remove a/gone", "rename new", "replace a/f", "upload a/added", "upload made/f",
                    ])
            }
            #expect(try await site.remote.contents() == before.merging(["theirs": ["f": "1"]]) { $1 })
            #expect(try await site.journal.mirror("mirror") == record)
            #expect(try await site.journal.holds().isEmpty)
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("in sync there is nothing to do; before the first pass everything is")
    func ends() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            #expect(try await plan(site) == ["create a", "upload a/f"])
            #expect(try await site.journal.mirror("mirror") == nil)
            try await site.sync()
            #expect(try await plan(site) == [])
        }
    }

    @Test("what would be held is said with its hold")
    func holds() async throws {
        try await Site.with { site in
            for item in 0..<3 { try site.source.write("item\(item)/f", "\(item)") }
            try await site.sync()
            for item in 0..<2 { try site.source.remove("item\(item)") }
            let actions = try await plan(site, site.rules { $0.maxDelete = .count(1) })
            #expect(actions == ["delete-item item0", "delete-item item1", "hold "])
        }
    }
}
