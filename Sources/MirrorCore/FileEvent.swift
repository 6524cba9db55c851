/// One thing the kernel said about the tree. Events are hints: they mark what is dirty; losing all of them costs time, never correctness.
public struct FileEvent: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A name appeared: created or linked.
        case created
        /// Bytes, length or attributes of an open file changed.
        case modified
        /// A descriptor that was open for writing was closed.
        case closedAfterWrite
        case attributesChanged
        case deleted
        case movedIn, movedOut
    }
    /// The directory in which it happened.
    public var directory: RelativePath
    public var name: FileName
    public var kind: Kind
    public var isDirectory: Bool

    public init(directory: RelativePath, name: FileName, kind: Kind, isDirectory: Bool = false) {
        (self.directory, self.name, self.kind, self.isDirectory) = (directory, name, kind, isDirectory)
    }
    public var path: RelativePath { directory.appending(name) }
}

/// What a watcher delivers in one go.
public struct WatchBatch: Hashable, Sendable {
    public var events: [FileEvent]
    /// Subtrees of which events may have been lost or whose watch is new: look at them as if everything in them had changed.
    public var dirtySubtrees: Set<RelativePath>

    public init(events: [FileEvent] = [], dirtySubtrees: Set<RelativePath> = []) { (self.events, self.dirtySubtrees) = (events, dirtySubtrees) }
    public var isEmpty: Bool { events.isEmpty && dirtySubtrees.isEmpty }
}
