import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct WatchNotesTests {
    private func event(_ path: RelativePath, _ kind: FileEvent.Kind, isDirectory: Bool = false) throws -> FileEvent {
        FileEvent(directory: try #require(path.parent), name: try #require(path.last), kind: kind, isDirectory: isDirectory)
    }
    private func note(_ events: [FileEvent], in notes: inout WatchNotes) {
        for event in events { notes.add(event.directory, [event]) }
    }

    @Test func keepsEachKindOnceInTheOrderOfItsLastOccurrence() throws {
        var notes = WatchNotes()
        let events = try [
            event("a/f", .created), event("a/f", .modified), event("b/g", .created), event("a/f", .modified), event("a/f", .closedAfterWrite),
            event("a/f", .modified),
        ]
        note(events, in: &notes)
        #expect(try notes.take().events == [event("a/f", .created), event("b/g", .created), event("a/f", .closedAfterWrite), event("a/f", .modified)])
        #expect(notes.isEmpty && notes.take().isEmpty)
    }

    @Test func remembersWhatTheNameIsNow() throws {
        var notes = WatchNotes()
        note(try [event("x", .deleted), event("x", .created, isDirectory: true)], in: &notes)
        #expect(notes.take().events.map(\.isDirectory) == [true, true])
    }

    @Test func aFullDirectoryFoldsIntoItself() throws {
        var notes = WatchNotes()
        notes.directoryLimit = 3
        note(try [event("busy/1", .created), event("calm/x", .created), event("busy/2", .created), event("busy/3", .created)], in: &notes)
        note(try [event("busy/3", .modified)], in: &notes)
        var copy = notes
        #expect(copy.take().events.count == 5)
        note(try [event("busy/4", .created), event("busy/5", .created), event("busy/sub/y", .created)], in: &notes)
        #expect(try notes.take() == WatchBatch(events: [event("calm/x", .created), event("busy/sub/y", .created)], dirtySubtrees: ["busy"]))
        // The limits hold for the next batch as well.
        note(try (1...4).map { try event(RelativePath([try #require(FileName("\($0)"))]), .created) }, in: &notes)
        #expect(notes.take() == WatchBatch(dirtySubtrees: [.root]))
    }

    @Test func tooMuchInAllFoldsIntoTheRoot() throws {
        var notes = WatchNotes()
        notes.totalLimit = 4
        notes.markDirty("new")
        note(try [event("a/1", .created), event("b/2", .created), event("c/3", .created), event("d/4", .created)], in: &notes)
        var copy = notes
        #expect(copy.take().events.count == 4)
        note(try [event("e/5", .created), event("f/6", .created)], in: &notes)
        #expect(notes.take() == WatchBatch(dirtySubtrees: [.root]))
        note(try [event("a/1", .deleted)], in: &notes)
        #expect(try notes.take() == WatchBatch(events: [event("a/1", .deleted)]))
    }

    /// Ten times the limits, in random order: the memory stays within them, and no name is lost from both the events and the dirty subtrees.
    @Test(arguments: [1, 2, 3] as [UInt64]) func nothingIsLostUnderLoad(seed: UInt64) throws {
        var random = SplitMix64(seed)
        var notes = WatchNotes()
        (notes.directoryLimit, notes.totalLimit) = (20, 150)
        for _ in 0..<20 {
            var touched: Set<RelativePath> = []
            for _ in 0..<Int.random(in: 1...1500, using: &random) {
                let path = try #require(RelativePath("d\(Int.random(in: 0..<12, using: &random))/f\(Int.random(in: 0..<40, using: &random))"))
                touched.insert(path)
                note([try event(path, [.created, .modified, .deleted].randomElement(using: &random) ?? .created)], in: &notes)
            }
            let batch = notes.take()
            let named = Set(batch.events.map(\.path))
            #expect(named.count <= 150)
            for path in touched { #expect(named.contains(path) || batch.dirtySubtrees.contains { path.isWithin($0) }) }
        }
    }
}

/// A small generator whose sequence is known: Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
