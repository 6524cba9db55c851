import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal
import MirrorTesting
import Synchronization
import Testing

@testable import MirrorEngine

/// What a publish does with the server's refusals, with rivals, and with answers that are lost.
@Suite("Publisher")
struct PublisherTests {
    /// The n-th call of that name, counted from 0.
    private func nth(_ number: Int, _ name: String, _ moment: FaultyTransport.Moment, _ fault: FaultyTransport.Fault) -> FaultyTransport.Rule {
        let count = Counter()
        return { call, now in call.name == name && now == moment && count.next() == number ? fault : nil }
    }

    @Test("resource_busy: somebody else's session is waited for and left alone; when it is gone the item is published")
    func rival() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            let theirs = try await site.remote.open("a")
            try site.source.write("a/f", "two")
            let run = try await site.sync()
            #expect(run.state("a") == .pending && run.item("a")?.reason?.contains("another update session") == true)
            #expect(run.puts == [])
            #expect(try await site.remote.client.call(UpdateSession.get(theirs)).state == .active)
            try await site.remote.cancel(theirs)
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["f": "two"]])
        }
    }

    @Test("a rival publish between plan and session: the plan is made anew, and what the rival did is seen first")
    func stale() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            try site.source.write("a/f", "two")
            let once = Once()
            site.network.setRule { call, moment in
                if call.name == "update_session.create", moment == .before,
                    once()
                {
                    try? await site.remote.publish(["theirs": "t"], to: "a")
                }
                return nil
            }
            let run = try await site.sync()
            #expect(run.count("update_session.fail") == 1 && run.state("a") == .inSync)
            #expect(run.puts == ["f"])
            #expect(try await site.remote.contents() == ["a": ["f": "two", "theirs": "t"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("created, and its session refused: the empty item is used by the next pass, and there is never a second one", arguments: [true, false])
    func itemWithoutSession(isRefused: Bool) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            site.network.setRule { call, moment in
                call.name == "update_session.create" && moment == .before ? (isRefused ? .refusal(.unauthorized) : .unreachable) : nil
            }
            #expect(try await site.sync().state("a") != .inSync)
            #expect(try await site.remote.contents() == ["a": [:]])
            let id = try await site.remote.id("a")
            site.network.setRule { _, _ in nil }
            let run = try await site.sync()
            #expect(run.state("a") == .inSync && run.count("item.create") == 0)
            #expect(try await site.remote.id("a") == id)
            #expect(try await site.remote.contents() == ["a": ["f": "1"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test(
        "created for a directory that is gone by then: the empty item goes too, however much of its creation is known",
        arguments: ["item.create", "update_session.create"], FaultyTransport.Moment.allCases)
    func orphan(call: String, moment: FaultyTransport.Moment) async throws {
        try await Site.with { site in
            try site.source.write("other/f", "o")
            try site.source.write("a/f", "1")
            site.network.setRule { seen, now in seen.name == call && now == moment ? .lost : nil }
            _ = try await site.sync()
            site.network.setRule { _, _ in nil }
            try site.source.remove("a")
            try await site.sync()
            #expect(try await site.remote.contents() == ["other": ["f": "o"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test(
        "a create that timed out at the server, or whose answer a proxy replaced, leaves no session behind",
        arguments: [
            FaultyTransport.Fault.refusal(.timedOut), .refusal(.internalServerError), .status(504), .status(502), .lost,
        ])
    func uncertainCreate(fault: FaultyTransport.Fault) async throws {
        for name in ["item.create", "update_session.create"] {
            try await Site.with { site in
                try site.source.write("a/f", "1")
                site.network.setRule(nth(0, name, .after, fault))
                let run = try await site.sync()
                #expect(run.state("a") == .inSync, "\(name)")
                #expect(try await site.remote.contents() == ["a": ["f": "1"]])
                #expect(try await site.leftovers() == [])
            }
        }
    }

    @Test("a complete whose answer is lost counts as what the session then says", arguments: FaultyTransport.Moment.allCases)
    func lostComplete(moment: FaultyTransport.Moment) async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            site.network.setRule(nth(0, "update_session.complete", moment, .lost))
            // The body sleeps between its looks at the session.
            let mirror = try site.mirror()
            let run = try await site.run(mirror, movingClockBy: .milliseconds(100))
            #expect(run.state("a") == .inSync && run.puts == ["f"])
            #expect(try await site.remote.version("a") == "2")
            #expect(try await site.leftovers() == [])
        }
    }

    @Test(
        "every call may be lost once, on either side: the item is published, and once more only what was under way", arguments: FaultyTransport.Moment.allCases)
    func everyCallOnce(moment: FaultyTransport.Moment) async throws {
        try await Site.with { server in
            var number = 0
            while true {
                let site = try await server.another("Library \(number)") { _ in try Journal.inMemory() }
                try site.source.write("a/f", "1")
                try site.source.write("a/g", "22")
                site.network.setRule { [number] call, now in call.number == number && now == moment ? .lost : nil }
                let run = try await site.run(site.mirror(), movingClockBy: .milliseconds(100))
                guard run.calls.count > number else { break }
                let comment = Comment(rawValue: "\(run.calls[number].name), call \(number)")
                #expect(run.state("a") == .inSync, comment)
                #expect(run.puts.count <= (run.calls[number].name == "PUT" ? 3 : 2), comment)
                #expect(try await site.remote.contents() == ["a": ["f": "1", "g": "22"]], comment)
                #expect(try await site.leftovers() == [], comment)
                number += 1
            }
            #expect(number > 15)
        }
    }

    @Test("a session that the server ended with an error: its own message is said, and nothing is published")
    func serverError() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            let admin = site.remote
            site.network.setRule { call, moment in
                guard call.name == "PUT", moment == .after else { return nil }
                for session in (try? await admin.sessions()) ?? [] { _ = try? await admin.client.call(UpdateSession.fail(session, "datastore is on fire")) }
                return nil
            }
            let run = try await site.sync()
            #expect(run.state("a") == .failed)
            #expect(run.item("a")?.reason?.contains("datastore is on fire") == true, "\(run.item("a")?.reason ?? "")")
            #expect(try await site.remote.contents() == ["a": [:]])
            site.network.setRule { _, _ in nil }
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("a file that the server received otherwise than it was sent is not published; both checksums are said")
    func checksumMismatch() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            let admin = site.remote
            site.network.setRule { call, moment in
                guard call.name == "PUT", moment == .after else { return nil }
                for session in (try? await admin.sessions()) ?? [] { try? await admin.put("f", "2", session) }
                return nil
            }
            let run = try await site.sync()
            #expect(run.state("a") == .failed)
            // SHA-1 of "2" and of "1".
            for sum in ["da4b9237bacccdf19c0760cab7aec4a8359010b0", "356a192b7913b04c54574d18c28d46e6395428ab"] {
                #expect(run.item("a")?.reason?.contains(sum) == true, "\(run.item("a")?.reason ?? "")")
            }
            #expect(try await site.remote.contents() == ["a": [:]])
            site.network.setRule { _, _ in nil }
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("401 in the middle: one new login, nothing is sent twice")
    func loginExpires() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("a/g", "2")
            site.network.setRule(nth(1, "file.add", .before, .refusal(.unauthenticated)))
            let run = try await site.sync()
            #expect(run.state("a") == .inSync && run.puts == ["f", "g"] && run.count("session.create") == 2)
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("503 with Retry-After in the middle: the session stays, and what it has is not sent again")
    func unavailable() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try site.source.write("a/g", "2")
            site.network.setRule(nth(1, "file.add", .before, .status(503, retryAfter: 7)))
            let start = site.clock.now()
            let run = try await site.sync()
            #expect(run.state("a") == .inSync && run.puts == ["f", "g"] && run.count("update_session.create") == 1)
            #expect(site.clock.now() - start >= .seconds(7))
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("one item's refusals do not keep the others")
    func othersGoOn() async throws {
        try await Site.with { site in
            for item in ["a", "b", "c"] { try site.source.write("\(item)/f", item) }
            site.network.setRule { call, moment in
                call.name == "item.create" && moment == .before && call.words.contains(#""b""#) ? .refusal(.unauthorized, "no right to create b") : nil
            }
            let run = try await site.sync()
            #expect(run.state("a") == .inSync && run.state("b") == .failed && run.state("c") == .inSync && run.status.state == .failed)
            #expect(run.item("b")?.reason?.contains("no right to create b") == true)
            #expect(try await site.remote.names() == ["a", "c"])
        }
    }

    @Test("an item that disappears under its publish is published anew")
    func itemDeleted() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            try await site.sync()
            try site.source.write("a/f", "two")
            let once = Once()
            site.network.setRule { call, moment in
                if call.name == "update_session.create", moment == .before,
                    once()
                {
                    try? await site.remote.delete("a")
                }
                return nil
            }
            #expect(try await site.sync().state("a") == .inSync)
            #expect(try await site.remote.contents() == ["a": ["f": "two"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("an item that somebody made under our name a moment before is compared, not written")
    func itemAppears() async throws {
        try await Site.with { site in
            try site.source.write("a/f", "1")
            let once = Once()
            site.network.setRule { call, moment in
                if call.name == "item.create", moment == .before,
                    once()
                {
                    _ = try? await site.remote.create("a", ["f": "theirs"])
                }
                return nil
            }
            let run = try await site.sync()
            #expect(run.holdKinds == [.conflict] && run.puts == [])
            #expect(try await site.remote.contents() == ["a": ["f": "theirs"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("before an item is deleted its list is read: what moved since the plan stays")
    func movedBeforeDeletion() async throws {
        try await Site.with { site in
            try site.source.write("other/f", "o")
            try site.source.write("a/f", "1")
            try await site.sync()
            try site.source.remove("a")
            let lists = Counter()
            site.network.setRule { call, moment in
                guard call.name == "file.list", moment == .before else { return nil }
                // The first two lists are the plan's.
                if lists.next() == 2 {
                    try? await site.remote.publish(["theirs": "t"], to: "a")
                }
                return nil
            }
            let run = try await site.sync()
            #expect(run.count("item.delete") == 0)
            #expect(try await site.remote.contents() == ["a": ["theirs": "t"], "other": ["f": "o"]])
            #expect(try await site.leftovers() == [])
        }
    }

    @Test("several workers and transfers at once leave the same as one", arguments: [1, 4])
    func parallel(width: Int) async throws {
        try await Site.with { site in
            for item in 0..<6 { for file in 0..<4 { try site.source.write("item\(item)/f\(file)", "\(item) \(file)") } }
            let mirror = try Mirror(rules: site.rules(), environment: site.environment(workers: width, transfersPerItem: width))
            #expect(try await site.run(mirror).status.state == .inSync)
            #expect(try await site.remote.contents() == site.source.contents())
            #expect(try await site.leftovers() == [])
        }
    }
}
