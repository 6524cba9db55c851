/// Reads an OVA from a source that gives its bytes when asked, member by member; an `ArchiveStream` turned around.
///
/// It blocks as its source blocks, and is not `Sendable`: it belongs to the one thread that reads, and to no task of the cooperative pool
/// unless the source never waits. Nothing is written anywhere, and one piece of the source is held at a time.
public final class ArchiveReader {
    private let source: () throws -> [UInt8]
    private var stream: ArchiveStream
    private var piece: [UInt8] = []
    private var events: ArraySlice<ArchiveEvent> = []
    private var isInMember = false

    /// `source` gives the next bytes of the archive each time it is called, in pieces of any size, and an empty array at the end.
    public init(maximumMembers: Int = 4096, source: @escaping () throws -> [UInt8]) {
        self.source = source
        stream = ArchiveStream(maximumMembers: maximumMembers)
    }

    /// The next member, or nil at the end of a whole archive. What was not read of the one before is passed over.
    ///
    /// Throws `ArchiveError`, or what the source throws. An error of the archive is final.
    public func next() throws -> ArchiveMember? {
        while try !read().isEmpty {}
        while let event = try nextEvent() {
            guard case .member(let member) = event else { continue }
            isInMember = true
            return member
        }
        return nil
    }

    /// The next bytes of the member, as many as the source gave; none at its end. The slice shares the source's buffer.
    public func read() throws -> ArraySlice<UInt8> {
        while isInMember, let event = try nextEvent() {
            switch event {
            case .content(let range): if !range.isEmpty { return piece[range] }
            case .endOfMember, .member: isInMember = false
            }
        }
        return []
    }

    private func nextEvent() throws -> ArchiveEvent? {
        while events.isEmpty {
            piece = try source()
            guard !piece.isEmpty else {
                try stream.finish()
                return nil
            }
            events = try stream.push(piece)[...]
        }
        return events.popFirst()
    }
}
