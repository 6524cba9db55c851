import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorEngine

/// Reading back, and what `adopt = "download"` does with it on a server without checksums.
@Suite("Downloader")
struct DownloaderTests {
    private func downloads(_ site: Site) async throws -> [DownloadSession.ID] { try await site.remote.client.call(DownloadSession.list(nil)) }

    @Test("the checksum of the bytes that the server gives; the session is always ended")
    func checksum() async throws {
        try await Site.with { site in
            let item = try await site.remote.create("a", ["f": "1", "empty": ""])
            let downloader = Downloader(client: try Site.client(site.network), clock: site.clock)
            #expect(try await downloader.checksum(of: "f", in: item, .sha1).hex == "356a192b7913b04c54574d18c28d46e6395428ab")
            #expect(try await downloader.checksum(of: "empty", in: item, .md5).hex == "d41d8cd98f00b204e9800998ecf8427e")
            await #expect(throws: APIError.self) { try await downloader.checksum(of: "none", in: item, .sha1) }
            #expect(try await downloads(site).isEmpty)
        }
    }

    @Test("a transfer that breaks is an error, and its session is ended all the same", arguments: [FaultyTransport.Fault.lost, .status(404), .status(503)])
    func broken(fault: FaultyTransport.Fault) async throws {
        try await Site.with { site in
            let item = try await site.remote.create("a", ["f": "1"])
            site.network.setRule { call, moment in call.name == "GET" && moment == .before ? fault : nil }
            let downloader = Downloader(client: try Site.client(site.network), clock: site.clock)
            await #expect(throws: (any Error).self) { try await downloader.checksum(of: "f", in: item, .sha1) }
            #expect(try await downloads(site).isEmpty)
        }
    }

    @Test(
        "without checksums nothing is adopted by name: adopt = \"checksum\" holds, adopt = \"download\" reads and compares",
        arguments: MirrorRules.Adoption.allCases)
    func adopt(adoption: MirrorRules.Adoption) async throws {
        try await Site.with { site in
            site.network.setRule(FaultyTransport.withoutChecksums)
            let rules = site.rules { $0.adopt = adoption }
            try await site.remote.create("equal", ["f": "1"])
            try await site.remote.create("different", ["f": "2"])
            for item in ["equal", "different"] { try site.source.write("\(item)/f", "1") }
            let run = try await site.sync(rules)
            #expect(run.puts == [] && run.holdKinds == (adoption == .download ? [.conflict] : [.conflict, .conflict]))
            #expect(run.state("equal") == (adoption == .download ? .inSync : .held) && run.state("different") == .held)
            #expect(try await site.remote.contents() == ["equal": ["f": "1"], "different": ["f": "2"]])
            #expect(try await downloads(site).isEmpty)
            // Adopted, it is not read again.
            let again = try await site.sync(rules)
            #expect(again.count("GET") == (adoption == .download ? 1 : 0))
        }
    }

    @Test("one item that cannot be read back does not keep the others")
    func othersGoOn() async throws {
        try await Site.with { site in
            site.network.setRule { call, moment in
                if call.name == "download_session.create", moment == .before { return .refusal(.unauthorized, "no right to read") }
                return await FaultyTransport.withoutChecksums(call, moment)
            }
            let rules = site.rules { $0.adopt = .download }
            try await site.remote.create("a", ["f": "1"])
            for item in ["a", "b"] { try site.source.write("\(item)/f", "1") }
            let run = try await site.sync(rules)
            #expect(run.state("a") == .failed && run.state("b") == .unverified)
            #expect(run.item("a")?.reason?.contains("no right to read") == true)
            #expect(try await site.remote.contents() == ["a": ["f": "1"], "b": ["f": "1"]])
        }
    }

    @Test("a server without checksums: replaced, removed and repaired by record, and nothing is sent twice")
    func byRecord() async throws {
        try await Site.with { site in
            site.network.setRule(FaultyTransport.withoutChecksums)
            for item in ["a", "b", "c"] { try site.source.write("\(item)/f", item) }
            #expect(try await site.sync().puts == ["f", "f", "f"])
            let idle = try await site.sync()
            #expect(idle.puts == [] && idle.state("a") == .unverified && idle.status.state == .inSync)
            try site.source.write("a/f", "A!")
            try site.source.remove("b")
            try await site.remote.publish(["f": "theirs"], to: "c")
            #expect(try await site.sync().puts == ["f", "f"])
            #expect(try await site.remote.contents() == ["a": ["f": "A!"], "c": ["f": "c"]])
            #expect(try await site.sync().puts == [])
            #expect(try await site.leftovers() == [])
        }
    }
}
