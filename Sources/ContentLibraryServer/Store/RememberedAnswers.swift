import ContentLibraryAPI
import Synchronization

/// Encoded answers of reads, each good until the database next changes: those who poll a library that stands still cost next to nothing.
///
/// Bounded: when there are too many of them, all are forgotten.
final class RememberedAnswers: AnswerMemory {
    private struct Entry {
        let generation: Int
        let output: [UInt8]
    }
    private struct Table {
        var entries: [RememberedCall: Entry] = [:]
        var size = 0
    }
    /// Bytes, in all and of one answer.
    static let limit = 16 << 20
    static let longest = 1 << 20

    private let store: Store
    private let table = Mutex(Table())

    init(_ store: Store) { self.store = store }

    func output(of call: RememberedCall, make: () async throws -> [UInt8]) async throws -> [UInt8] {
        // Taken before the database is read: what is written meanwhile voids what was read.
        let generation = store.generation
        if let known = table.withLock({ $0.entries[call] }), known.generation == generation { return known.output }
        let output = try await make()
        if output.count <= Self.longest { remember(output, of: call, generation) }
        return output
    }

    private func remember(_ output: [UInt8], of call: RememberedCall, _ generation: Int) {
        table.withLock { table in
            if let old = table.entries[call] { table.size -= old.output.count + call.size }
            table.size += output.count + call.size
            table.entries[call] = Entry(generation: generation, output: output)
            if table.size > Self.limit { table = Table() }
        }
    }

    /// How many there are, and how many bytes they take.
    var extent: (count: Int, size: Int) { table.withLock { ($0.entries.count, $0.size) } }
}
