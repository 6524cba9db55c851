import ContentLibraryClient
import MirrorCore
import MirrorJournal
import MirrorTesting
import Testing

@testable import MirrorEngine

/// A connection that breaks twice while one mirror goes on: what a recovery had learned when it was broken off itself is not lost to the next one.
@Suite("Lost calls")
struct LostCallsTests {
    @Test("two calls are lost, the second one often in the recovery from the first", arguments: FaultyTransport.Moment.allCases, 1...10)
    func twice(moment: FaultyTransport.Moment, gap: Int) async throws {
        try await Site.with { server in
            var first = 0
            while try await survives(first, first + gap, moment, server) { first += 1 }
            // Login, library, item, session, file, completion, list, deletion: fewer calls would mean that the rule never came to them.
            #expect(first > 12)
        }
    }

    /// False where the mirror is at rest before it makes the first of the two calls.
    private func survives(_ first: Int, _ second: Int, _ moment: FaultyTransport.Moment, _ server: Site) async throws -> Bool {
        let site = try await server.another("Library \(first)") { _ in try .inMemory() }
        try site.source.write("a/f", "content")
        site.network.setRule { call, now in now == moment && (call.number == first || call.number == second) ? .lost : nil }
        let live = try await LiveMirror(site, site.rules())
        do {
            try await live.rest(movingClockBy: .seconds(1))
        } catch {
            let status = await live.mirror.status()
            Issue.record("calls \(first) and \(second) lost \(moment): \(site.network.calls.map(\.name)), \(status)")
            try? await live.stop()
            throw error
        }
        let comment = Comment(rawValue: "calls \(first) and \(second) lost \(moment): \(site.network.calls.map(\.name))")
        #expect(try await site.remote.contents() == site.source.contents(), comment)
        #expect(try await site.leftovers() == [], comment)
        let made = site.network.calls.count
        try await live.stop()
        return made > first
    }
}
