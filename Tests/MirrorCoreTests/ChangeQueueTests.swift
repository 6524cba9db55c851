import Testing

@testable import MirrorCore

@Suite struct ChangeQueueTests {
    static func at(_ milliseconds: Int64) -> BootTime { BootTime(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000) }
    static func event(_ path: String, _ kind: FileEvent.Kind, isDirectory: Bool = false) throws -> FileEvent {
        let path = try #require(RelativePath(path))
        return FileEvent(directory: try #require(path.parent), name: try #require(path.last), kind: kind, isDirectory: isDirectory)
    }
    static func queue() -> ChangeQueue { ChangeQueue(quiet: .seconds(5), maxWait: .seconds(60)) }

    @Test func releasesWhatIsQuiet() throws {
        var queue = Self.queue()
        #expect(queue.nextRelease == nil && queue.isEmpty)
        queue.note(WatchBatch(events: [try Self.event("a/x", .created)]), now: Self.at(0))
        queue.note(WatchBatch(events: [try Self.event("a/x", .closedAfterWrite), try Self.event("b/y", .modified)]), now: Self.at(3000))
        queue.note(WatchBatch(events: [try Self.event("b/y", .closedAfterWrite)]), now: Self.at(4000))
        #expect(queue.nextRelease == Self.at(8000))
        #expect(queue.release(now: Self.at(7999)) == [])
        #expect(queue.release(now: Self.at(8000)) == [.directory(try #require(RelativePath("a")))])
        #expect(queue.nextRelease == Self.at(9000) && !queue.isEmpty)
        #expect(queue.release(now: Self.at(9000)) == [.directory(try #require(RelativePath("b")))])
        #expect(queue.nextRelease == nil && queue.isEmpty)
    }

    @Test func releasesWhatIsNeverQuiet() throws {
        var queue = Self.queue()
        for second in 0...59 { queue.note(WatchBatch(events: [try Self.event("a/log", .modified)]), now: Self.at(Int64(second) * 1000)) }
        #expect(queue.nextRelease == Self.at(60_000))
        #expect(queue.release(now: Self.at(59_999)) == [])
        #expect(queue.release(now: Self.at(60_000)).count == 1)
        // The wait begins anew with the next event.
        queue.note(WatchBatch(events: [try Self.event("a/log", .modified)]), now: Self.at(60_500))
        #expect(queue.nextRelease == Self.at(65_500))
    }

    @Test(arguments: [(Duration.zero, Duration.seconds(60), Int64(0)), (.milliseconds(200), .seconds(60), 200), (.seconds(90), .seconds(60), 60_000)])
    func takesAnyQuiet(_ quiet: Duration, _ maxWait: Duration, _ expected: Int64) throws {
        var queue = ChangeQueue(quiet: quiet, maxWait: maxWait)
        queue.note(WatchBatch(events: [try Self.event("a/x", .created)]), now: Self.at(0))
        #expect(queue.nextRelease == Self.at(expected))
        #expect(queue.release(now: Self.at(expected)).count == 1)
    }

    @Test(arguments: [
        (FileEvent.Kind.created, true), (.movedIn, true), (.attributesChanged, true), (.deleted, false), (.movedOut, false),
    ])
    func aDirectoryIsLookedIntoWhereItAppears(_ kind: FileEvent.Kind, _ isLookedInto: Bool) throws {
        var queue = Self.queue()
        queue.note(WatchBatch(events: [try Self.event("a/d", kind, isDirectory: true)]), now: Self.at(0))
        let (parent, directory) = (Dirty.directory(try #require(RelativePath("a"))), Dirty.subtree(try #require(RelativePath("a/d"))))
        #expect(queue.release(now: Self.at(5000)) == (isLookedInto ? [parent, directory] : [parent]))
    }

    @Test func subtreesWaitLikeEvents() throws {
        var queue = Self.queue()
        let a = try #require(RelativePath("a"))
        queue.note(WatchBatch(dirtySubtrees: [a]), now: Self.at(0))
        queue.markDirty(subtree: try #require(RelativePath("a/b")), now: Self.at(0))
        #expect(queue.release(now: Self.at(4999)) == [])
        #expect(queue.release(now: Self.at(5000)) == [.subtree(a)])
    }

    // MARK: properties

    static func randomEvents(_ count: Int, using random: inout SplitMix64) throws -> [FileEvent] {
        let kinds: [FileEvent.Kind] = [.created, .modified, .closedAfterWrite, .attributesChanged, .deleted, .movedIn, .movedOut]
        return try (0..<count).map { _ in
            let parts = (0..<Int.random(in: 1...4, using: &random)).map { _ in "n\(Int.random(in: 0..<9, using: &random))" }
            return try event(parts.joined(separator: "/"), kinds.randomElement(using: &random) ?? .created, isDirectory: Bool.random(using: &random))
        }
    }

    /// Any order, any division into batches: the same queue, below and beyond the limits.
    @Test(arguments: [1, 40, 900, 6000]) func orderDoesNotMatter(_ count: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        let events = try Self.randomEvents(count, using: &random)
        let times = events.map { _ in Self.at(Int64.random(in: 0..<9000, using: &random)) }
        var first: ChangeQueue?
        for _ in 0..<4 {
            var queue = Self.queue()
            for (event, time) in zip(events, times).shuffled(using: &random) { queue.note(WatchBatch(events: [event]), now: time) }
            #expect(queue == first ?? queue)
            first = queue
        }
        var batched = Self.queue()
        for (time, group) in Dictionary(grouping: zip(events, times), by: \.1) { batched.note(WatchBatch(events: group.map(\.0)), now: time) }
        #expect(batched == first)
    }

    /// Against a model that remembers everything: after the last release, every path that was touched has been covered by a release at or after
    /// the touch, no later than `max_wait` after it.
    @Test(arguments: 0..<12 as Range<UInt64>) func nothingIsLostAndNothingIsLate(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var queue = Self.queue()
        var waiting: [(path: RelativePath, since: BootTime)] = []
        var now: Int64 = 0
        let burst = [1, 5, 60, 700].randomElement(using: &random) ?? 1
        for _ in 0..<(burst > 100 ? 12 : 80) {
            now += Int64.random(in: 0...4000, using: &random)
            let events = try Self.randomEvents(Int.random(in: 0...burst, using: &random), using: &random)
            waiting += events.map { ($0.path, Self.at(now)) }
            queue.note(WatchBatch(events: events), now: Self.at(now))
            if Bool.random(using: &random) { Self.release(&queue, now, &waiting) }
        }
        while let next = queue.nextRelease {
            now = max(now, (next - Self.at(0)).components.seconds * 1000 + 1000)
            Self.release(&queue, now, &waiting)
        }
        #expect(waiting.isEmpty)
    }

    private static func release(_ queue: inout ChangeQueue, _ now: Int64, _ waiting: inout [(path: RelativePath, since: BootTime)]) {
        let released = queue.release(now: at(now))
        waiting.removeAll { touch in released.contains { $0.covers(touch.path) } }
        #expect(waiting.allSatisfy { at(now) < $0.since + .seconds(60) })
        for (index, dirty) in released.enumerated() {
            #expect(!released.enumerated().contains { $0.offset != index && $0.element.isSubtree && dirty.path.isWithin($0.element.path) })
        }
        #expect(queue.nextRelease.map { $0 > at(now) } ?? true)
    }
}
