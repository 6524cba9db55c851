import ContentLibraryAPI
import ContentLibraryClient
import Foundation
import MirrorCore
import MirrorJournal
import MirrorTesting
import Synchronization
import Testing

@testable import MirrorEngine

/// The process dies on either side of every call to the server, and so after every step of the journal, each of which lies between two calls: a new process
/// on what the journal held at that moment brings the library to the directory's state, sends nothing twice that the server has whole, and leaves nothing.
@Suite("Crash matrix")
struct CrashMatrixTests {
    struct Scenario: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What is published before.
        var before: [String: String]
        var change: @Sendable (SourceTree) throws -> Void
        var layout = MirrorRules.Layout.directories
        /// The item that was another before, which is the same one at the server.
        var renamed: (from: String, to: String)?

        /// What was published of the item, under whatever name.
        func former(_ item: String, _ before: [String: [String: String]]) -> [String: String]? {
            if let renamed, item == renamed.to { before[renamed.from] } else { before[item] }
        }
    }

    static let scenarios = [
        Scenario(testDescription: "a new item", before: ["other/f": "o"]) { try $0.write("a/f", "first") },
        Scenario(testDescription: "into an existing item", before: ["a/f": "old", "a/kept": "k"]) { try $0.write("a/f", "new!") },
        Scenario(testDescription: "a file removed", before: ["a/f": "f", "a/gone": "g"]) { try $0.remove("a/gone") },
        Scenario(testDescription: "several files at once", before: ["a/replaced": "old", "a/gone": "g", "a/kept": "k"]) { source in
            try source.write("a/replaced", "new")
            try source.write("a/added1", "1")
            try source.write("a/added2", "22")
            try source.remove("a/gone")
        },
        Scenario(
            testDescription: "a renamed item", before: ["old/f": "content", "other/f": "o"], change: { try $0.move("old", "new") }, renamed: ("old", "new")),
        Scenario(
            testDescription: "a renamed and changed item", before: ["old/f": "content", "old/g": "g"],
            change: { source in
                try source.move("old", "new")
                try source.write("new/f", "changed")
            }, renamed: ("old", "new")),
        Scenario(
            testDescription: "a renamed file that is an item", before: ["old.iso": "content", "other.iso": "o"], change: { try $0.move("old.iso", "new.iso") },
            layout: .files, renamed: ("old", "new")),
        Scenario(testDescription: "a whole item deleted", before: ["a/f": "f", "a/g": "g", "other/f": "o"]) { try $0.remove("a") },
    ]

    @Test("killed around every call", arguments: scenarios, FaultyTransport.Moment.allCases)
    func killed(scenario: Scenario, moment: FaultyTransport.Moment) async throws {
        try await Site.with { server in
            // Before the first change there is the login, the library, a list, and what the items are.
            let first = 4
            var number = first
            while try await survives(scenario, killedAt: number, moment, server) { number += 1 }
            #expect(number > first + 3)
        }
    }

    /// What the server has at the moment of the crash.
    private struct Crash: Sendable {
        var call: String
        /// Whole in a session that is not complete.
        var ready: Set<String>
    }

    /// False where the run ends before it makes that call.
    private func survives(_ scenario: Scenario, killedAt number: Int, _ moment: FaultyTransport.Moment, _ server: Site) async throws -> Bool {
        let site = try await server.another("Library \(number)") { try await Journal.open(directory: $0("state")) }
        let rules = site.rules { ($0.layout, $0.quiet) = (scenario.layout, .seconds(5)) }
        for (name, text) in scenario.before { try site.source.write(name, text) }
        #expect(try await site.sync(rules).status.state == .inSync)
        let before = try site.source.contents(scenario.layout)
        let id = if let renamed = scenario.renamed { try await site.remote.id(renamed.from) } else { nil as Item.ID? }
        try scenario.change(site.source)
        let after = try site.source.contents(scenario.layout)

        let changed = Set(after.flatMap { item, files in files.filter { scenario.former(item, before)?[$0.key] != $0.value }.keys })

        guard let crash = try await crash(site, rules, at: number, moment) else {
            #expect(try await site.remote.contents() == after)
            return false
        }
        let comment = Comment(rawValue: "\(moment) \(crash.call), call \(number)")
        for (item, files) in try await site.remote.contents() {
            let former = scenario.former(item, before)
            let lawful = [former, after[item], former == nil ? [:] : nil].compactMap { $0 }
            #expect(lawful.contains(files), comment)
        }

        let journal = try await Journal.open(directory: site.directory("snapshot"))
        let run = try await site.sync(rules, journal: journal)
        #expect(try await site.remote.contents() == after, comment)
        #expect(run.status.state == .inSync, comment)
        #expect(try await site.leftovers(journal) == [], comment)
        #expect(crash.ready.isDisjoint(with: run.puts), comment)
        if let renamed = scenario.renamed, let id { #expect(try await site.remote.id(renamed.to) == id, comment) }
        #expect(Set(run.puts).isSubset(of: changed), comment)
        // And it stays so.
        guard moment == .after else { return true }
        let again = try await site.sync(rules, journal: journal)
        #expect(again.puts == [] && again.count("update_session.create") == 0 && again.count("item.update") == 0, comment)
        return true
    }

    /// Runs a mirror that dies at the call: what the journal held is copied, nothing more reaches the server.
    private func crash(_ site: Site, _ rules: MirrorRules, at number: Int, _ moment: FaultyTransport.Moment) async throws -> Crash? {
        let crash = Mutex<Crash?>(nil)
        let (dead, died) = AsyncStream<Void>.makeStream()
        site.network.forget()
        site.network.setRule { call, now in
            if crash.withLock({ $0 != nil }) { return .lost }
            guard call.number == number, now == moment else { return nil }
            let seen = Crash(call: call.name, ready: (try? await Self.readyFiles(site.remote)) ?? [])
            crash.withLock { $0 = seen }
            try? FileManager.default.copyItem(atPath: site.directory("state"), toPath: site.directory("snapshot"))
            died.finish()
            return .lost
        }
        let mirror = try site.mirror(rules)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await site.run(mirror) }
            group.addTask {
                for await _ in dead {}
            }
            try await group.next()
            group.cancelAll()
        }
        site.network.setRule { _, _ in nil }
        return crash.withLock { $0 }
    }

    private static func readyFiles(_ remote: RemoteView) async throws -> Set<String> {
        var ready: Set<String> = []
        for session in try await remote.sessions() {
            guard try await remote.client.call(UpdateSession.get(session)).state == .active else { continue }
            for file in try await remote.client.call(UpdateSession.File.list(session)) where file.status == .ready {
                if case .push = file.transfer { ready.insert(file.name) }
            }
        }
        return ready
    }
}
