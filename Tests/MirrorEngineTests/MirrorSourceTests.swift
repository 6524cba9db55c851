import Foundation
import Glibc
import MirrorCore
import MirrorTesting
import Synchronization
import Testing

@testable import MirrorEngine

/// Files that move while they are mirrored, and files that cannot be read: nothing torn is ever published, and the rest goes on.
@Suite("Mirror: sources")
struct MirrorSourceTests {
    /// Where the file moves under the publish.
    static let moments: [(String, FaultyTransport.Moment)] = [
        ("update_session.create", .before), ("file.add", .after), ("PUT", .before), ("PUT", .after),
    ]
    static let edits: [(String, @Sendable (SourceTree) throws -> Void)] = [
        ("rewritten, longer", { try $0.write("a/f", "much longer than before") }),
        ("rewritten, as long", { try $0.write("a/f", "NEWER") }),
        ("truncated", { try $0.write("a/f", "") }),
        (
            "replaced by rename",
            { source in
                try source.write("a/.new", "NEWER")
                try source.move("a/.new", "a/f")
            }
        ),
        (
            "appended to",
            { source in
                let file = open(source("a/f"), O_WRONLY | O_APPEND)
                guard file >= 0, Glibc.write(file, "more", 4) == 4 else { throw SourceTree.Failure("append") }
                close(file)
            }
        ),
    ]

    @Test(
        "a file that moves between its scan and the end of its transfer is sent again as it then is, and nothing else of it is published",
        arguments: 0..<edits.count, 0..<moments.count)
    func moves(edit: Int, moment: Int) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "first")
            try site.source.write("a/g", "g")
            try await site.sync()
            try site.source.write("a/f", "newer")
            let (call, when) = Self.moments[moment]
            let once = Once()
            let published = Mutex<[String]>([])
            site.network.setRule { seen, now in
                if seen.name == "update_session.complete", now == .after, let text = try? await site.remote.text("f", of: site.remote.id("a")) {
                    published.withLock { $0.append(text) }
                }
                guard seen.name == call, now == when,
                    once()
                else { return nil }
                try? Self.edits[edit].1(site.source)
                return nil
            }
            let run = try await site.sync()
            site.network.setRule { _, _ in nil }
            let end = try site.source.text("a/f")
            #expect(try await site.remote.contents() == ["a": ["f": end, "g": "g"]])
            #expect(published.withLock { $0 } == [end])
            #expect(run.state("a") == .inSync)
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("a file that moves at every read is tried ever more seldom, says so, and does not keep the others")
    func restless() async throws {
        try await Site.with { site in
            try site.source.write("a/restless", "0")
            try site.source.write("a/g", "g")
            try site.source.write("b/h", "h")
            let count = Mutex(0)
            site.network.setRule { call, moment in
                guard call.name == "PUT", call.file == "restless", moment == .before else { return nil }
                let text = count.withLock { count in
                    count += 1
                    return String(repeating: "x", count: count)
                }
                try? site.source.write("a/restless", text)
                return nil
            }
            let run = try await site.sync()
            #expect(try await site.remote.contents() == ["a": ["g": "g"], "b": ["h": "h"]])
            #expect([.pending, .partial].contains(run.state("a")) && run.state("b") == .inSync && run.status.state != .inSync)
            #expect(run.item("a")?.reason?.contains("restless: moved while it was read") == true, "\(run.item("a")?.reason ?? "")")
            // 1 + 2 + 4 + ... within a minute.
            #expect(2...8 ~= count.withLock { $0 })
            #expect(try await site.leftovers() == [])
            site.network.setRule { _, _ in nil }
            #expect(try await site.sync().status.state == .inSync)
            #expect(try await site.remote.contents() == site.source.contents())
        }
    }

    @Test("a file that cannot be read keeps its last published version; the others are published; its reason is said")
    func unreadable() async throws {
        try await Site.with { site in
            try site.source.write("a/secret", "old")
            try site.source.write("a/open", "old")
            try await site.sync()
            try site.source.write("a/secret", "new!")
            try site.source.write("a/open", "new!")
            chmod(site.source("a/secret"), 0)
            site.network.forget()
            let mirror = try site.mirror()
            try await mirror.readAsNobody()
            let run = try await site.run(mirror)
            #expect(try await site.remote.contents() == ["a": ["secret": "old", "open": "new!"]])
            #expect([.pending, .partial].contains(run.state("a")) && run.status.state != .inSync)
            #expect(run.puts == ["open"] && run.count("update_session.create") == 1)
            #expect(run.item("a")?.reason?.contains("secret: cannot be read: Permission denied") == true, "\(run.item("a")?.reason ?? "")")
            chmod(site.source("a/secret"), 0o644)
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["secret": "new!", "open": "new!"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("below a directory that cannot be listed nothing is gone; the rest goes on")
    func unlistable() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("b/f", "1")
            try await site.sync()
            chmod(site.source("a"), 0)
            try site.source.remove("b")
            try site.source.write("c/f", "new")
            let mirror = try site.mirror()
            try await mirror.readAsNobody()
            let run = try await site.run(mirror)
            #expect(try await site.remote.contents() == ["a": ["f": "1"], "c": ["f": "new"]])
            #expect(run.state("a") == .unmanaged && run.state("c") == .inSync)
            #expect(run.item("a")?.reason?.contains("Permission denied") == true)
            chmod(site.source("a"), 0o755)
            #expect(try await site.sync().status.state == .inSync)
        }
    }

    @Test("what is still there but not mirrored any more keeps its remote copy", arguments: ["excluded", "symlink", "fifo", "directory"])
    func unmanaged(how: String) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("a/g", "g")
            try await site.sync()
            var rules = site.rules()
            if how != "excluded" { try site.source.remove("a/f") }
            switch how {
            case "excluded": rules.exclude = ["f"]
            case "symlink": #expect(symlink("/etc/hostname", site.source("a/f")) == 0)
            case "fifo": #expect(mkfifo(site.source("a/f"), 0o644) == 0)
            default: try site.source.directory("a/f")
            }
            try site.source.write("a/g", "changed")
            let run = try await site.sync(rules)
            #expect(try await site.remote.contents() == ["a": ["f": "1", "g": "changed"]])
            #expect(run.holds == [] && run.puts == ["g"])
            #expect(run.state("a") == .inSync)
        }
    }

    @Test("names that cannot be remote names are refused, one by one")
    func badNames() async throws {
        try await Site.with { site in
            try site.source.write("a/good", "1")
            try site.source.write("a/bad\nname", "2")
            try site.source.write(String(repeating: "x", count: 100) + "/f", "long")
            let run = try await site.sync()
            #expect(try await site.remote.contents() == ["a": ["good": "1"]])
            #expect(run.state("a") == .partial && run.state(String(repeating: "x", count: 100)) == .unmanaged)
        }
    }
}
