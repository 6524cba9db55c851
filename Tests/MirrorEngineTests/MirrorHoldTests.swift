import ContentLibraryAPI
import ContentLibraryClient
import Foundation
import Glibc
import LinuxHost
import MirrorCore
import MirrorJournal
import MirrorTesting
import Testing

@testable import MirrorEngine

/// What waits for a person, through a whole mirror: nothing is written meanwhile, it outlives the process, and it ends by itself or by approval.
@Suite("Mirror: holds")
struct MirrorHoldTests {
    // MARK: the root

    @Test("root-missing: a root that is gone, or no directory, deletes nothing; back again the mirror goes on", arguments: [false, true])
    func rootMissing(isFile: Bool) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            let aside = site.directory("aside")
            try FileManager.default.moveItem(atPath: site.source.path, toPath: aside)
            if isFile { try Data().write(to: URL(fileURLWithPath: site.source.path)) }
            let run = try await site.sync()
            #expect(run.holdKinds == [.rootMissing] && run.status.state == .held)
            #expect(run.count("item.delete") + run.count("update_session.create") == 0)
            #expect(try await site.approve().isEmpty)
            #expect(try await site.remote.contents() == ["a": ["f": "1"]])
            if isFile { try FileManager.default.removeItem(atPath: site.source.path) }
            try FileManager.default.moveItem(atPath: aside, toPath: site.source.path)
            let back = try await site.sync()
            #expect(back.status.state == .inSync && back.puts == [])
            #expect(try await site.journal.holds(of: "mirror").isEmpty)
        }
    }

    @Test("root-unreadable: a root that may not be looked at deletes nothing")
    func rootUnreadable() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            chmod(site.source.path, 0)
            let mirror = try site.mirror()
            try await mirror.readAsNobody()
            let run = try await site.run(mirror)
            chmod(site.source.path, 0o755)
            #expect(run.holdKinds == [.rootUnreadable] && run.holds.first?.reason.contains("Permission denied") == true)
            #expect(try await site.remote.contents() == ["a": ["f": "1"]])
            #expect(try await site.sync().status.state == .inSync)
        }
    }

    @Test("root-empty: nothing goes before a person says so, in every layout", arguments: MirrorRules.Layout.allCases)
    func rootEmpty(layout: MirrorRules.Layout) async throws {
        try await Site.with { site in
            let rules = site.rules { ($0.layout, $0.item) = (layout, "all") }
            try site.source.write(layout == .directories ? "a/f" : "f.bin", "1")
            try await site.sync(rules)
            let before = try await site.remote.contents()
            try site.source.remove(layout == .directories ? "a" : "f.bin")
            for _ in 0..<2 {
                let run = try await site.sync(rules)
                #expect(run.holdKinds == [.rootEmpty] && run.status.state == .held)
                #expect(try await site.remote.contents() == before)
            }
            #expect(try await site.approve(rules).map(\.kind) == [.rootEmpty])
            let run = try await site.sync(rules)
            #expect(run.holds == [])
            #expect(try await site.remote.contents() == (layout == .single ? ["all": [:]] : [:]))
        }
    }

    @Test("root-empty ends by itself when there is content again")
    func rootFilledAgain() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("b/f", "2")
            try await site.sync()
            try site.source.remove("a")
            try site.source.move("b", "../b")
            #expect(try await site.sync().holdKinds == [.rootEmpty])
            try site.source.move("../b", "b")
            let run = try await site.sync()
            #expect(run.status.state == .inSync && run.puts == [])
            #expect(try await site.remote.names() == ["b"])
            #expect(try await site.journal.holds(of: "mirror").isEmpty)
        }
    }

    @Test("source-not-answering: while a call on the source does not return nothing is decided; it is said, and ends by itself")
    func sourceNotAnswering() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            let live = try await LiveMirror(site, site.rules())
            try await live.rest()
            // A call that returns when the test says so, on the thread that has the source to itself.
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            let (end, other) = (ends[0], ends[1])
            let disk = await live.mirror.disk
            async let stuck: Int = disk.run {
                var byte: UInt8 = 0
                return read(end, &byte, 1)
            }
            try await until { disk.silentSince != nil }
            await live.mirror.rescan()
            try await until { await live.mirror.looks.begun > live.mirror.looks.ended && site.clock.sleeping.count > 0 }
            try site.source.remove("a/f")
            site.clock.advance(by: SourceGuard.limit - .seconds(1))
            #expect(await live.mirror.status().holds.isEmpty)
            site.clock.advance(by: .seconds(1))
            let status = await live.mirror.status()
            #expect(status.holds.map(\.kind) == [.sourceNotAnswering] && status.state == .held)
            #expect(try await live.mirror.approve(digest: nil).isEmpty)
            #expect(try await site.remote.contents() == ["a": ["f": "1"]])
            try site.source.write("a/f", "2")
            #expect(write(other, [1], 1) == 1)
            #expect(try await stuck == 1)
            close(end)
            close(other)
            try await live.rest()
            #expect(await live.mirror.status().state == .inSync)
            #expect(try await site.remote.contents() == ["a": ["f": "2"]])
            try await live.stop()
        }
    }

    @Test("source-not-answering: a one-shot command does not wait for ever")
    func sourceNotAnsweringOnce() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            let (end, other) = (ends[0], ends[1])
            let mirror = try site.mirror()
            let disk = await mirror.disk
            async let stuck: Int = disk.run {
                var byte: UInt8 = 0
                return read(end, &byte, 1)
            }
            try await until { disk.silentSince != nil }
            async let run: Void = mirror.run()
            try await until { await mirror.looks.begun > 0 && site.clock.sleeping.count > 0 }
            site.clock.advance(by: SourceGuard.limit)
            try await run
            #expect(await mirror.status().holds.map(\.kind) == [.sourceNotAnswering])
            #expect(try await site.remote.contents().isEmpty)
            #expect(write(other, [1], 1) == 1)
            #expect(try await stuck == 1)
            close(end)
            close(other)
        }
    }

    @Test("root-changed: another directory at the path deletes nothing before a person says so; what is new goes on")
    func rootChanged() async throws {
        try await Site.with { site in
            for item in ["a", "b"] { try site.source.write("\(item)/f", item) }
            try await site.sync()
            try replaceRoot(site)
            try site.source.write("a/f", "a")
            try site.source.write("c/f", "c")
            for _ in 0..<2 {
                let run = try await site.sync()
                #expect(run.holdKinds == [.rootChanged] && run.state("b") == .held && run.state("c") == .inSync)
                #expect(try await site.remote.names() == ["a", "b", "c"])
            }
            #expect(try await site.approve().map(\.kind) == [.rootChanged])
            #expect(try await site.sync().status.state == .inSync)
            #expect(try await site.remote.names() == ["a", "c"])
            // The root is the recorded one from now on.
            try site.source.remove("c")
            #expect(try await site.sync().status.state == .inSync)
            #expect(try await site.remote.names() == ["a"])
        }
    }

    @Test("another root that lacks nothing is taken over without a word")
    func rootChangedWithoutDeletions() async throws {
        try await Site.with { site in
            for item in ["a", "b"] { try site.source.write("\(item)/f", item) }
            try await site.sync()
            try replaceRoot(site)
            for item in ["a", "b"] { try site.source.write("\(item)/f", item) }
            #expect(try await site.sync().status.state == .inSync)
            try site.source.remove("b")
            #expect(try await site.sync().status.state == .inSync)
            #expect(try await site.remote.names() == ["a"])
        }
    }

    private func replaceRoot(_ site: Site) throws {
        // The old one stays, so that its inode is not used again.
        try FileManager.default.moveItem(atPath: site.source.path, toPath: site.directory("old-root"))
        try site.source.directory("")
    }

    // MARK: many deletions

    @Test("max-delete: the list that was shown is what an approval releases; what comes later needs a new one")
    func maxDelete() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.maxDelete = .count(1) }
            for item in ["a", "b", "c", "d"] { try site.source.write("\(item)/f", item) }
            try await site.sync(rules)
            for item in ["a", "b"] { try site.source.remove(item) }
            try site.source.write("d/g", "new")
            let run = try await site.sync(rules)
            #expect(run.holdKinds == [.maxDelete] && run.state("a") == .held && run.state("b") == .held && run.state("d") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["f": "a"], "b": ["f": "b"], "c": ["f": "c"], "d": ["f": "d", "g": "new"]])
            let digest = try #require(planDigest(of: run.holds))
            // Another digest than the one shown releases nothing.
            await #expect(throws: ApprovalError.self) { try await site.approve(rules, digest: "0000000000000000") }
            #expect(try await site.approve(rules, digest: digest).count == 1)
            try site.source.remove("c")
            #expect(try await site.sync(rules).holdKinds == [.maxDelete])
            #expect(try await site.remote.names() == ["a", "b", "c", "d"])
            #expect(try await site.approve(rules).count == 1)
            #expect(try await site.sync(rules).status.state == .inSync)
            #expect(try await site.remote.names() == ["d"])
        }
    }

    @Test("max-delete counts what went within the window, and forgets it after")
    func window() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.maxDelete = .count(2) }
            for item in 0..<6 { try site.source.write("item\(item)/f", "\(item)") }
            try await site.sync(rules)
            for item in 0..<2 { try site.source.remove("item\(item)") }
            #expect(try await site.sync(rules).status.state == .inSync)
            try site.source.remove("item2")
            #expect(try await site.sync(rules).holdKinds == [.maxDelete])
            site.clock.advance(by: .seconds(3700))
            #expect(try await site.sync(rules).status.state == .inSync)
            #expect(try await site.remote.names() == ["item3", "item4", "item5"])
        }
    }

    @Test("max-delete in percent says nothing up to ten files")
    func percent() async throws {
        try await Site.with { site in
            for file in 0..<14 { try site.source.write("a/f\(file)", "\(file)") }
            try site.source.write("b/f", "b")
            try await site.sync()
            for file in 0..<11 { try site.source.remove("a/f\(file)") }
            #expect(try await site.sync().holdKinds == [.maxDelete])
            try site.source.write("a/f0", "0")
            #expect(try await site.sync().status.state == .inSync)
            #expect(try await site.remote.contents()["a"]?.count == 4)
        }
    }

    @Test("a part of a held list that alone would be allowed does not go while the rest cannot be looked at")
    func partOfHeldList() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.maxDelete = .count(3) }
            for item in 0..<5 { try site.source.write("item\(item)/f", "\(item)") }
            try site.source.write("stays/f", "s")
            try await site.sync(rules)
            for item in 0..<5 { try site.source.remove("item\(item)") }
            #expect(try await site.sync(rules).holdKinds == [.maxDelete])
            // The server answers for some of them only.
            let broken = [try await site.remote.id("item0"), try await site.remote.id("item3")].map(\.rawValue)
            site.network.setRule { call, moment in
                call.name == "file.list" && moment == .before && broken.contains { call.words.contains($0) } ? .refusal(.unauthorized) : nil
            }
            let run = try await site.sync(rules)
            #expect(run.holdKinds.contains(.maxDelete))
            site.network.setRule { _, _ in nil }
            #expect(try await site.remote.names().count == 6)
            #expect(try await site.sync(rules).holdKinds == [.maxDelete])
        }
    }

    @Test("mapping-changed: what is gone when the mapping has changed goes when a person says so; what is only excluded stays")
    func mappingChanged() async throws {
        try await Site.with { site in
            for file in ["a/f", "a/f.log", "b/f"] { try site.source.write(file, file) }
            try await site.sync()
            try site.source.remove("b")
            try site.source.write("c/f", "new")
            let changed = site.rules { $0.exclude = ["*.log"] }
            for _ in 0..<2 {
                let run = try await site.sync(changed)
                #expect(run.holdKinds == [.mappingChanged] && run.state("b") == .held)
                #expect(try await site.remote.contents() == ["a": ["f": "a/f", "f.log": "a/f.log"], "b": ["f": "b/f"], "c": ["f": "new"]])
            }
            #expect(try await site.approve(changed).map(\.kind) == [.mappingChanged])
            #expect(try await site.sync(changed).holds == [])
            #expect(try await site.remote.contents() == ["a": ["f": "a/f", "f.log": "a/f.log"], "c": ["f": "new"]])
            // The mapping is the recorded one from now on.
            try site.source.remove("c")
            #expect(try await site.sync(changed).holds == [])
            #expect(try await site.remote.names() == ["a"])
        }
    }

    // MARK: what others put there

    @Test("extraneous: the first pass asks before it takes away what others put there, however often it is run")
    func extraneous() async throws {
        try await Site.with { site in
            let rules = site.rules { $0.extraneous = .remove }
            try await site.remote.create("theirs", ["f": "t"])
            site.clock.advance(by: .seconds(2 * 3600))
            try site.source.write("a/f", "1")
            for _ in 0..<3 {
                let run = try await site.sync(rules)
                #expect(run.holdKinds == [.extraneous])
                #expect(try await site.remote.names() == ["a", "theirs"])
            }
            #expect(try await site.approve(rules).map(\.kind) == [.extraneous])
            #expect(try await site.sync(rules).status.state == .inSync)
            #expect(try await site.remote.names() == ["a"])
            // From now on without asking: items, once they are an hour old, and files in our items.
            try await site.remote.create("more", ["f": "t"])
            try await site.remote.publish(["extra": "x"], to: "a")
            #expect(try await site.sync(rules).holds == [])
            #expect(try await site.remote.contents() == ["a": ["f": "1"], "more": ["f": "t"]])
            site.clock.advance(by: .seconds(2 * 3600))
            #expect(try await site.sync(rules).status.state == .inSync)
            #expect(try await site.remote.names() == ["a"])
        }
    }

    @Test("never extraneous: templates, items that somebody is writing, and everything else unless asked for")
    func neverExtraneous() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.remote.create("template", type: "vm-template")
            try await site.remote.create("unknown", type: "something-new")
            try await site.remote.create("busy", ["f": "b"])
            site.clock.advance(by: .seconds(2 * 3600))
            try await site.sync()
            #expect(try await site.remote.names() == ["a", "busy", "template", "unknown"])
            let session = try await site.remote.open("busy")
            let run = try await site.sync(site.rules { $0.extraneous = .remove })
            #expect(run.state("a") == .inSync)
            #expect(try await site.remote.names() == ["a", "busy", "template", "unknown"])
            try await site.remote.cancel(session)
            try await site.sync(site.rules { $0.extraneous = .remove })
            #expect(try await site.remote.names() == ["a", "template", "unknown"])
        }
    }

    // MARK: the library

    @Test("library-changed: a deleted library is not made again, nor one of its name taken for it; approved, the mirror begins anew")
    func libraryRecreated() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            try await site.remote.client.call(LocalLibrary.delete(site.remote.library))
            let gone = try await site.sync()
            #expect(gone.holdKinds == [.libraryChanged] && gone.status.state == .held)
            let second = try await site.remote.client.call(
                LocalLibrary.create(nil, .init(name: "Library", storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])))
            #expect(try await site.sync().holdKinds == [.libraryChanged])
            #expect(try await site.remote.client.call(Item.list(second)).isEmpty)
            #expect(try await site.approve().map(\.kind) == [.libraryChanged])
            let run = try await site.sync()
            #expect(run.status.state == .inSync && run.puts == ["f"])
            #expect(try await site.remote.client.call(Item.list(second)).count == 1)
        }
    }

    // MARK: single items

    @Test("rival-writer: the fourth repair in a day waits for a person, and only it; approved, it is repaired and counted anew")
    func rivalWriter() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "ours")
            try site.source.write("b/f", "other")
            try await site.sync()
            for _ in 0..<3 {
                try await site.remote.publish(["f": "theirs"], to: "a")
                #expect(try await site.sync().state("a") == .inSync)
            }
            try await site.remote.publish(["f": "theirs"], to: "a")
            try site.source.write("b/f", "changed")
            let run = try await site.sync()
            #expect(run.holdKinds == [.rivalWriter] && run.state("a") == .held && run.state("b") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["f": "theirs"], "b": ["f": "changed"]])
            #expect(try await site.approve().map(\.kind) == [.rivalWriter])
            #expect(try await site.sync().state("a") == .inSync)
            try await site.remote.publish(["f": "theirs"], to: "a")
            #expect(try await site.sync().state("a") == .inSync)
        }
    }

    @Test("a repair that fails is no repair: however often it is tried, nobody is called a rival")
    func failingRepair() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "ours")
            try await site.sync()
            try await site.remote.publish(["f": "theirs"], to: "a")
            site.network.setRule { call, moment in call.name == "update_session.complete" && moment == .before ? .refusal(.internalServerError) : nil }
            for _ in 0..<3 { #expect(try await site.sync().state("a") == .failed) }
            site.network.setRule { _, _ in nil }
            let run = try await site.sync()
            #expect(run.state("a") == .inSync && run.holds == [])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("type-changed: the server may refuse the new type; the item then keeps what it has until a person approves the old type")
    func typeChanged() async throws {
        try await Site.with { site in
            try site.source.write("a/disk.iso", "1")
            try await site.sync()
            let id = try await site.remote.id("a")
            site.network.setRule { call, moment in call.name == "item.update" && moment == .before ? .refusal(.unsupported) : nil }
            try site.source.write("a/readme.txt", "2")
            for _ in 0..<2 {
                let run = try await site.sync()
                #expect(run.holdKinds == [.typeChanged] && run.state("a") == .held)
                #expect(try await site.remote.contents() == ["a": ["disk.iso": "1"]])
            }
            #expect(try await site.approve().map(\.kind) == [.typeChanged])
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["disk.iso": "1", "readme.txt": "2"]])
            #expect(try await site.remote.type("a") == "iso")
            #expect(try await site.remote.id("a") == id)
        }
    }

    @Test("a type that the server lets change, changes, and the id stays")
    func typeUpdated() async throws {
        try await Site.with { site in
            try site.source.write("a/disk.iso", "1")
            try await site.sync()
            let id = try await site.remote.id("a")
            try site.source.write("a/readme.txt", "2")
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.remote.type("a") != "iso")
            #expect(try await site.remote.id("a") == id)
        }
    }

    @Test("an item's hold ends when its cause goes, also while no process watched")
    func causeGone() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("b/f", "b")
            try await site.remote.create("a", ["f": "2"])
            #expect(try await site.sync().holdKinds == [.conflict])
            try site.source.remove("a")
            let run = try await site.sync()
            #expect(run.holds == [] && run.status.state == .inSync)
            #expect(try await site.journal.holds(of: "mirror").isEmpty)
            #expect(try await site.remote.contents()["a"] == ["f": "2"])
        }
    }
}
