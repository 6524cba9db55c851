import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal
import Testing

@testable import MirrorEngine

@Suite("ItemClaims")
struct ItemClaimsTests {
    private let key = LibraryKey(server: "s", library: "l")

    @Test("the first mirror has the item, in any case of its name, until it lets go")
    func claims() async {
        let claims = ItemClaims()
        #expect(await claims.claim("Debian", in: key, for: "one") == nil)
        #expect(await claims.claim("Debian", in: key, for: "one") == nil)
        #expect(await claims.claim("debian", in: key, for: "two") == "one")
        #expect(await claims.claim("debian", in: LibraryKey(server: "s", library: "other"), for: "two") == nil)
        // Only its holder lets it go.
        await claims.release("debian", in: key, of: "two")
        #expect(await claims.claim("debian", in: key, for: "two") == "one")
        await claims.release("DEBIAN", in: key, of: "one")
        #expect(await claims.claim("debian", in: key, for: "two") == nil)
        await claims.releaseAll(of: "two")
        #expect(await claims.claim("debian", in: key, for: "one") == nil)
    }

    @Test("two mirrors of one library: the second to claim an item says who has it, and gets it once that one is gone")
    func twoMirrors() async throws {
        try await Site.with { site in
            let second = SourceTree(path: site.directory("second"))
            try second.directory("")
            try site.source.write("a/f", "first")
            try second.write("a/f", "second")
            try second.write("b/f", "b")
            let environment = try site.environment()
            let one = try Mirror(rules: site.rules("one"), environment: environment)
            #expect(try await site.run(one).status.state == .inSync)
            // The claim is the one that a running mirror holds.
            _ = await environment.claims.claim("a", in: try #require(await one.record.key), for: "one")
            let two = try Mirror(rules: site.rules("two") { $0.path = second.path }, environment: environment)
            let run = try await site.run(two)
            #expect(run.state("a") == .failed && run.state("b") == .inSync)
            #expect(run.item("a")?.reason?.contains("one") == true && run.item("a")?.reason?.contains("two") == true)
            #expect(try await site.remote.contents() == ["a": ["f": "first"], "b": ["f": "b"]])
        }
    }

    @Test("an item whose directory moved from one mirror to the other is deleted by the one and then taken by the other")
    func moved() async throws {
        try await Site.with { site in
            let second = SourceTree(path: site.directory("second"))
            try second.directory("")
            for item in ["a", "stays"] { try site.source.write("\(item)/f", item) }
            let environment = try site.environment()
            func run(_ name: String, _ path: String) async throws -> Site.Run {
                try await site.run(Mirror(rules: site.rules(name) { $0.path = path }, environment: environment))
            }
            _ = try await run("one", site.source.path)
            try site.source.move("a", "../second/a")
            _ = try await run("one", site.source.path)
            #expect(try await site.remote.names() == ["stays"])
            #expect(try await run("two", second.path).state("a") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["f": "a"], "stays": ["f": "stays"]])
        }
    }
}
