import ContentLibraryAPI
import MirrorCore
import Testing

@testable import MirrorEngine

/// Passes to their end against the real server: what they do to the library, and with how many calls.
@Suite("Mirror")
struct MirrorTests {
    // MARK: layouts

    @Test("layout directories: each directory is an item, its files the item's files; loose files and empty directories are none")
    func directories() async throws {
        try await Site.with { site in
            try site.source.write("a/one.bin", "1")
            try site.source.write("a/two.bin", "")
            try site.source.write("b/disk.iso", "iso")
            try site.source.write("loose.txt", "loose")
            try site.source.directory("empty")
            let run = try await site.sync()
            #expect(try await site.remote.contents() == ["a": ["one.bin": "1", "two.bin": ""], "b": ["disk.iso": "iso"]])
            #expect(try await site.remote.type("b") == "iso")
            #expect(run.status.state == .inSync && run.state("a") == .inSync && run.state("b") == .inSync && run.state("empty") == .unmanaged)
            #expect(run.state("loose.txt") == .unmanaged)
            #expect(run.puts == ["disk.iso", "one.bin", "two.bin"])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("layout files: each file is an item named by its stem; the same stem twice refuses the newcomer")
    func files() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.layout = .files }
            try site.source.write("one.iso", "1")
            try site.source.write("two.bin", "2")
            #expect(try await site.sync(rules).status.state == .inSync)
            try site.source.write("one.bin", "another")
            let run = try await site.sync(rules)
            #expect(try await site.remote.contents() == ["one": ["one.iso": "1"], "two": ["two.bin": "2"]])
            #expect(try await site.remote.type("one") == "iso")
            #expect(run.puts == [])
            #expect(run.status.passedOver.map(\.path.description) == ["one.bin"])
        }
    }

    @Test("layout single: the root is the item; nested files are flattened where asked")
    func single() async throws {
        try await Site.with { site in
            let rules = site.rules { ($0.layout, $0.item, $0.nested) = (.single, "all", .flatten) }
            try site.source.write("one.bin", "1")
            try site.source.write("deep/er/two.bin", "2")
            #expect(try await site.sync(rules).status.state == .inSync)
            #expect(try await site.remote.contents() == ["all": ["one.bin": "1", "deep__er__two.bin": "2"]])
            try site.source.write("deep/er/two.bin", "two")
            try site.source.remove("one.bin")
            #expect(try await site.sync(rules).puts == ["deep__er__two.bin"])
            #expect(try await site.remote.contents() == ["all": ["deep__er__two.bin": "two"]])
        }
    }

    // MARK: changes

    @Test("an item's changes are one session: replaced, added and removed together, and the item keeps its id")
    func changes() async throws {
        try await Site.with { site in
            for (name, text) in ["keep": "k", "replace": "old", "remove": "gone"] { try site.source.write("a/\(name)", text) }
            try await site.sync()
            let (id, version) = (try await site.remote.id("a"), try await site.remote.version("a"))
            try site.source.write("a/replace", "new")
            try site.source.write("a/add", "added")
            try site.source.remove("a/remove")
            let run = try await site.sync()
            #expect(try await site.remote.contents() == ["a": ["keep": "k", "replace": "new", "add": "added"]])
            #expect(run.puts == ["add", "replace"] && run.count("update_session.create") == 1)
            #expect(try await site.remote.id("a") == id)
            #expect(try await site.remote.version("a") != version)
            #expect(run.status.state == .inSync)
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("a rewritten file of the same length and content is read, and not sent")
    func touched() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "same")
            try await site.sync()
            try site.source.write("a/f", "same")
            let run = try await site.sync()
            #expect(run.puts == [] && run.count("update_session.create") == 0 && run.state("a") == .inSync)
        }
    }

    @Test("a directory that is gone takes its item with it, and the last file that is gone leaves an empty item")
    func removes() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("b/f", "2")
            try site.source.write("c/f", "3")
            try await site.sync()
            try site.source.remove("a")
            try site.source.remove("b/f")
            let run = try await site.sync()
            #expect(try await site.remote.contents() == ["b": [:], "c": ["f": "3"]])
            #expect(run.item("a") == nil)
            #expect(try await site.leftovers() == [])
            try site.source.remove("b")
            try await site.sync()
            #expect(try await site.remote.contents() == ["c": ["f": "3"]])
        }
    }

    @Test("a renamed directory is the same item under another name: the id stays, nothing is sent; a change of case too")
    func renames() async throws {
        try await Site.with { site in
            try site.source.write("old/f", "content")
            try await site.sync()
            let id = try await site.remote.id("old")
            for name in ["new", "NEW", "third"] {
                try site.source.move(try site.source.contents().keys.first ?? "", name)
                let run = try await site.sync()
                #expect(run.puts == [] && run.count("update_session.create") == 0 && run.state(name) == .inSync)
                #expect(try await site.remote.contents() == [name: ["f": "content"]])
                #expect(try await site.remote.id(name) == id)
            }
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("renamed and changed at once: the id stays, and only what changed is sent")
    func renamesAndChanges() async throws {
        try await Site.with { site in
            try site.source.write("old/f", "content")
            try site.source.write("old/g", "content")
            try await site.sync()
            let id = try await site.remote.id("old")
            try site.source.move("old", "new")
            try site.source.write("new/f", "changed")
            try site.source.remove("new/g")
            let run = try await site.sync()
            #expect(run.puts == ["f"])
            #expect(try await site.remote.contents() == ["new": ["f": "changed"]])
            #expect(try await site.remote.id("new") == id)
        }
    }

    @Test("layout files: a renamed file keeps the item's id and is sent under its new name")
    func renamesFile() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.layout = .files }
            try site.source.write("old.iso", "content")
            try await site.sync(rules)
            let id = try await site.remote.id("old")
            try site.source.move("old.iso", "new.iso")
            let run = try await site.sync(rules)
            #expect(try await site.remote.contents() == ["new": ["new.iso": "content"]])
            #expect(try await site.remote.id("new") == id)
            #expect(run.status.state == .inSync)
            #expect(try await site.leftovers() == [])
        }
    }

    // MARK: calls

    @Test("what is in sync costs one small call per item, and one list of each once per run")
    func idle() async throws {
        try await Site.with { site in
            for item in 0..<5 { try site.source.write("item\(item)/f", "\(item)") }
            try await site.sync()
            let run = try await site.sync()
            #expect(run.puts == [] && run.status.state == .inSync)
            #expect(
                run.names.sorted()
                    == (["session.create", "library.get", "item.list"] + Array(repeating: "item.get", count: 5) + Array(repeating: "file.list", count: 5))
                    .sorted())
        }
    }

    @Test("one new file among many items is a matter of its item alone")
    func callsOfOnePublish() async throws {
        try await Site.with { site in
            for item in 0..<3 { try site.source.write("item\(item)/f", "\(item)") }
            try await site.sync()
            try site.source.write("item1/g", "g")
            let run = try await site.sync()
            let session = run.names.filter { $0.hasPrefix("update_session.") }
            #expect(
                session == [
                    "update_session.create", "update_session.get", "update_session.get", "update_session.complete", "update_session.get",
                    "update_session.delete",
                ])
        }
    }
}
