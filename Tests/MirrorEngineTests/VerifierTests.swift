import Glibc
import LinuxHost
import MirrorCore
import MirrorJournal
import MirrorTesting
import Testing

@testable import MirrorEngine

@Suite("Verifier")
struct VerifierTests {
    /// Item/file and what is said of it, sorted.
    private func verify(_ site: Site, _ rules: MirrorRules? = nil, trustsCache: Bool = false, asNobody: Bool = false) async throws -> [String] {
        let verifier = try Verifier(
            rules: rules ?? site.rules(), client: Site.client(site.network), journal: site.journal, trustsCache: trustsCache)
        if asNobody, geteuid() == 0 { try await verifier.disk.run { becomeNobody() } }
        let lines = Lines()
        try await verifier.run { await lines.add($0) }
        return await lines.all.map { "\($0.item)/\(String(decoding: $0.file, as: UTF8.self)) \($0.state.rawValue)" }.sorted()
    }
    private actor Lines {
        private(set) var all: [FileReport] = []
        func add(_ line: FileReport) { all.append(line) }
    }

    @Test("equal, differs on either side, missing, foreign: each by the server's own checksums")
    func states() async throws {
        try await Site.with { site in
            for file in ["equal", "edited", "drifted", "lost", "gone"] { try site.source.write("a/\(file)", file) }
            try await site.sync()
            #expect(try await verify(site) == ["a/drifted equal", "a/edited equal", "a/equal equal", "a/gone equal", "a/lost equal"])
            try site.source.write("a/edited", "EDITED")
            try site.source.remove("a/gone")
            try site.source.write("a/new", "new")
            try await site.remote.publish(["drifted": "DRIFTED", "theirs": "t"], removing: ["lost"], to: "a")
            try await site.remote.create("foreign", ["f": "f"])
            let calls = site.network.calls.count
            #expect(
                try await verify(site) == [
                    "a/drifted differs", "a/edited differs", "a/equal equal", "a/gone differs", "a/lost missing", "a/new missing", "a/theirs foreign",
                    "foreign/ foreign",
                ])
            // And it changed nothing.
            #expect(
                site.network.calls.dropFirst(calls).allSatisfy { ["session.create", "library.get", "item.list", "item.get", "file.list"].contains($0.name) })
        }
    }

    @Test("what is kept, excluded or cannot be read says so, and is no difference where it is meant")
    func unmanaged() async throws {
        try await Site.with { site in
            for file in ["a/kept", "a/f.log", "b/f", "c/secret"] { try site.source.write(file, file) }
            try site.source.write("loose", "l")
            let rules = site.rules { ($0.delete, $0.exclude) = (.keep, []) }
            try await site.sync(rules)
            try site.source.remove("a/kept")
            chmod(site.source("b"), 0)
            chmod(site.source("c/secret"), 0)
            let excluding = site.rules { ($0.delete, $0.exclude) = (.keep, ["*.log"]) }
            #expect(
                try await verify(site, excluding, asNobody: true) == [
                    "a/f.log unmanaged", "a/kept kept", "b/b unmanaged", "c/secret unstable", "loose/loose unmanaged",
                ])
            chmod(site.source("b"), 0o755)
        }
    }

    @Test("without the server's checksums it is as published by our record at best")
    func unverified() async throws {
        try await Site.with { site in
            site.network.setRule(FaultyTransport.withoutChecksums)
            for file in ["same", "edited", "drifted"] { try site.source.write("\(file)/f", file) }
            try await site.sync()
            try site.source.write("edited/f", "EDITED")
            try await site.remote.publish(["f": "DRIFTED"], to: "drifted")
            #expect(try await verify(site) == ["drifted/f differs", "edited/f differs", "same/f unverified"])
        }
    }

    @Test("the cache stands for reading only where it is trusted")
    func cached() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "text")
            try await site.remote.create("a", ["f": "text"])
            // Adopted, it was hashed.
            try await site.sync()
            let file = try #require(await site.sync().mirror.view.local.items["a"]?.files["f"])
            var entry = try #require(try await site.journal.hashes(of: "mirror", at: [file.path])[file.path])
            entry.checksums = Checksums([Checksum(.sha1, hex: "00")])
            try await site.journal.store([entry], of: "mirror")
            #expect(try await verify(site, trustsCache: false) == ["a/f equal"])
            #expect(try await verify(site, trustsCache: true) == ["a/f differs"])
        }
    }
}
