import MirrorCore

/// What happened since the last `take()`, in bounded memory: overload folds into "look at this directory", then into "look at everything".
struct WatchNotes: Sendable {
    /// Distinct names noted in one directory.
    var directoryLimit = 4096
    /// Distinct names noted in all.
    var totalLimit = 65_536

    /// The kinds seen of one name, each once, in the order of their last occurrence.
    private struct Note: Sendable {
        var isDirectory: Bool
        var kinds: [(kind: FileEvent.Kind, order: Int)]
    }
    private var directories: [RelativePath: [FileName: Note]] = [:]
    private var folded: Set<RelativePath> = []
    private var dirty: Set<RelativePath> = []
    private var count = 0
    private var order = 0

    init() {}

    var isEmpty: Bool { count == 0 && dirty.isEmpty && folded.isEmpty }

    /// Notes events that happened in this order in one directory.
    mutating func add(_ directory: RelativePath, _ events: [FileEvent]) {
        if folded.contains(.root) || folded.contains(directory) { return }
        // Taken out while it is changed, so that the dictionary is changed in place.
        var notes = directories.removeValue(forKey: directory) ?? [:]
        let before = notes.count
        for event in events { note(event, in: &notes) }
        count += notes.count - before
        if notes.count > directoryLimit {
            count -= notes.count
            folded.insert(directory)
        } else {
            directories[directory] = notes
        }
        if count > totalLimit { foldAll() }
    }

    mutating func markDirty(_ path: RelativePath) { dirty.insert(path) }

    mutating func take() -> WatchBatch {
        var events: [(order: Int, event: FileEvent)] = []
        for (directory, notes) in directories {
            for (name, note) in notes {
                for seen in note.kinds {
                    events.append((seen.order, FileEvent(directory: directory, name: name, kind: seen.kind, isDirectory: note.isDirectory)))
                }
            }
        }
        events.sort { $0.order < $1.order }
        let batch = WatchBatch(events: events.map(\.event), dirtySubtrees: dirty.union(folded))
        var fresh = WatchNotes()
        (fresh.directoryLimit, fresh.totalLimit) = (directoryLimit, totalLimit)
        self = fresh
        return batch
    }

    private mutating func note(_ event: FileEvent, in notes: inout [FileName: Note]) {
        order += 1
        var note = notes.removeValue(forKey: event.name) ?? Note(isDirectory: event.isDirectory, kinds: [])
        // The name may have changed from a file to a directory, or back.
        note.isDirectory = event.isDirectory
        note.kinds.removeAll { $0.kind == event.kind }
        note.kinds.append((event.kind, order))
        notes[event.name] = note
    }

    private mutating func foldAll() {
        directories = [:]
        dirty = []
        count = 0
        folded = [.root]
    }
}
