/// Turns events into directories to look at, when they have come to rest: a directory is released when nothing happened in it for `quiet`, or,
/// however much goes on, `max_wait` after the first event.
///
/// Memory is bounded whatever the burst (`DirtyTree`), nothing that was noted is lost, and the order of events does not matter.
public struct ChangeQueue: Hashable, Sendable {
    private let quiet: Duration
    private let maxWait: Duration
    private var tree = DirtyTree()

    public init(quiet: Duration, maxWait: Duration) { (self.quiet, self.maxWait) = (quiet, maxWait) }

    public var isEmpty: Bool { tree.spans.isEmpty }

    public mutating func note(_ batch: WatchBatch, now: BootTime) {
        for event in batch.events { note(event, now: now) }
        for subtree in batch.dirtySubtrees { markDirty(subtree: subtree, now: now) }
    }

    private mutating func note(_ event: FileEvent, now: BootTime) {
        tree.mark(.directory(event.directory), at: now)
        guard event.isDirectory else { return }
        switch event.kind {
        // A directory that appeared may hold anything already; one whose mode or owner changed may be readable only now.
        case .created, .movedIn, .attributesChanged: tree.mark(.subtree(event.path), at: now)
        case .modified, .closedAfterWrite, .deleted, .movedOut: break
        }
    }

    /// A subtree of which nothing is known: at start-up, after an overflow, for a periodic or a demanded look.
    public mutating func markDirty(subtree: RelativePath, now: BootTime) { tree.mark(.subtree(subtree), at: now) }

    /// When something can be released next; nil while nothing is dirty.
    public var nextRelease: BootTime? { tree.spans.values.lazy.map(due).min() }

    /// What is due, in the order of the paths; nothing in it covers another.
    public mutating func release(now: BootTime) -> [Dirty] {
        let (quiet, maxWait) = (quiet, maxWait)
        return tree.take { Self.due($0, quiet: quiet, maxWait: maxWait) <= now }
    }

    private func due(_ span: DirtyTree.Span) -> BootTime { Self.due(span, quiet: quiet, maxWait: maxWait) }
    private static func due(_ span: DirtyTree.Span, quiet: Duration, maxWait: Duration) -> BootTime { min(span.last + quiet, span.first + maxWait) }
}
