/// A plain file in an OVA.
public struct ArchiveMember: Sendable, Equatable {
    public let name: String
    public let size: Int64
}

/// What comes of bytes that were pushed into an `ArchiveStream`.
public enum ArchiveEvent: Sendable, Equatable {
    case member(ArchiveMember)
    /// Content of the member that began last: these bytes of the buffer that was pushed, counted from its start.
    case content(Range<Int>)
    /// The member has all its bytes.
    case endOfMember
}

/// Reads an OVA as its bytes come, in pieces of any size, and copies none of its members' bytes.
///
/// A value without threads, buffers or I/O, so that it fits an upload that is received, a file that is read and a test alike. It holds one
/// header and the names seen so far, whatever the archive's size.
///
/// What it takes are plain files with names of one component, each once, in ustar, pax or GNU tar. The descriptor is first. The manifest and the
/// certificate stand right behind it, as VMware's tools write them, or behind all other files; those may come in any order. All else is
/// an `ArchiveError`: links, directories, devices, sparse files, paths, two names or sizes for one member, an end that is missing, anything
/// but zeros behind it. Of what it takes, libarchive reads the same members.
///
/// An error is final, every later call throws it again; and what the bytes before it in the same piece held is not reported.
public struct ArchiveStream: Sendable {
    /// What of a pax header or a GNU long name is read at most; longer ones are refused, as they hold no name that could be taken.
    static let maximumExtension = 64 << 10

    private enum State: Sendable {
        /// Gathers a header.
        case header
        /// Gathers the content of a header that describes others.
        case extra(ExtraKind, size: Int, padding: Int)
        case content(remaining: Int64, padding: Int)
        case padding(Int)
        /// A block of zeros has come: nothing but zeros may follow.
        case ended
        case failed(ArchiveError)
    }

    private enum ExtraKind: Sendable { case longName, extended, global }

    private var state = State.header
    /// What is gathered of a header or extension: of the first one block, of the second what it announced, so at most `maximumExtension`.
    private var gathered: [UInt8] = []
    private var order: MemberOrder
    /// What extensions said of the next member.
    private var nextName: [UInt8]?
    private var nextSize: Int64?
    /// Where the header that was read last begins.
    private var headerOffset: Int64 = 0
    /// The last member that began, for errors.
    private var member: String?
    /// How many bytes were taken.
    public private(set) var offset: Int64 = 0

    /// Of an archive with more than `maximumMembers`, the next is refused.
    public init(maximumMembers: Int = 4096) { order = MemberOrder(maximumMembers: maximumMembers) }

    /// Whether the end of the archive has come; only zeros may follow, and `finish` is satisfied.
    public var isAtEnd: Bool { if case .ended = state { true } else { false } }

    /// Takes the next bytes of the archive, and says what they are.
    public mutating func push(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> [ArchiveEvent] {
        if case .failed(let error) = state { throw error }
        do {
            return try events(of: bytes)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Takes the next bytes of the archive, and says what they are.
    public mutating func push(_ bytes: [UInt8]) throws(ArchiveError) -> [ArchiveEvent] {
        // withUnsafeBytes cannot hand on what kind of error it throws.
        let outcome = bytes.withUnsafeBytes { buffer in Result { () throws(ArchiveError) in try push(buffer) } }
        return try outcome.get()
    }

    /// To be called when no more bytes come: throws if the archive has not ended.
    public mutating func finish() throws(ArchiveError) {
        switch state {
        case .ended: return
        case .failed(let error): throw error
        case .header, .extra:
            // Between members and in what describes the next one, no member is short.
            state = .failed(ArchiveError(.truncated, offset: offset))
        case .content, .padding:
            state = .failed(ArchiveError(.truncated, member: member, offset: offset))
        }
        try finish()
    }

    private mutating func events(of bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> [ArchiveEvent] {
        var events: [ArchiveEvent] = []
        var position = 0
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let taken: Int
            switch state {
            case .header:
                taken = gather(rest, upTo: TarHeader.blockSize)
                if gathered.count == TarHeader.blockSize {
                    headerOffset = offset + Int64(taken - TarHeader.blockSize)
                    try takeHeader(&events)
                }
            case .extra(let kind, let size, let padding):
                taken = gather(rest, upTo: size)
                if gathered.count == size { try takeExtra(kind, padding: padding) }
            case .content(let remaining, let padding):
                taken = Int(min(Int64(rest.count), remaining))
                events.append(.content(position..<(position + taken)))
                if Int64(taken) == remaining {
                    endMember(&events, padding: padding)
                } else {
                    state = .content(remaining: remaining - Int64(taken), padding: padding)
                }
            case .padding(let remaining):
                taken = min(rest.count, remaining)
                state = taken == remaining ? .header : .padding(remaining - taken)
            case .ended:
                if let wrong = rest.firstIndex(where: { $0 != 0 }) { throw ArchiveError(.trailingGarbage, offset: offset + Int64(wrong)) }
                taken = rest.count
            case .failed(let error):
                throw error
            }
            position += taken
            offset += Int64(taken)
        }
        return events
    }

    private mutating func gather(_ bytes: UnsafeRawBufferPointer, upTo count: Int) -> Int {
        let taken = min(bytes.count, count - gathered.count)
        gathered.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
        return taken
    }

    private mutating func endMember(_ events: inout [ArchiveEvent], padding: Int) {
        events.append(.endOfMember)
        state = padding == 0 ? .header : .padding(padding)
    }

    private static func padding(of size: Int64) -> Int { Int((512 - size % 512) % 512) }

    private mutating func takeHeader(_ events: inout [ArchiveEvent]) throws(ArchiveError) {
        defer { gathered.removeAll(keepingCapacity: true) }
        if gathered.allSatisfy({ $0 == 0 }) {
            guard nextName == nil, nextSize == nil else {
                throw ArchiveError(.damagedHeader("the end of the archive where a member was announced"), offset: headerOffset)
            }
            guard member != nil else { throw ArchiveError(.empty, offset: headerOffset) }
            state = .ended
            return
        }
        let header: TarHeader
        do { header = try TarHeader(gathered[...]) } catch { throw archiveError(error) }
        let extra: ExtraKind
        switch header.kind {
        case .file: return try takeFile(header, &events)
        case .refused(let kind): throw ArchiveError(.kind(kind), member: String(decoding: nextName ?? header.name, as: UTF8.self), offset: headerOffset)
        case .longName: extra = .longName
        case .extended: extra = .extended
        case .global: extra = .global
        }
        guard header.size <= Self.maximumExtension else { throw ArchiveError(.damagedHeader("an extension of \(header.size) bytes"), offset: headerOffset) }
        guard header.size > 0 else { throw ArchiveError(.damagedHeader("an empty extension"), offset: headerOffset) }
        state = .extra(extra, size: Int(header.size), padding: Self.padding(of: header.size))
    }

    private mutating func takeFile(_ header: TarHeader, _ events: inout [ArchiveEvent]) throws(ArchiveError) {
        let bytes = nextName ?? header.name
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.nameNotText, member: String(decoding: bytes, as: UTF8.self), offset: headerOffset)
        }
        if let problem = FileNameRule.problem(of: name) { throw ArchiveError(.name(problem), member: name, offset: headerOffset) }
        do { try order.take(name) } catch { throw ArchiveError(error, member: name, offset: headerOffset) }
        let size = nextSize ?? header.size
        (nextName, nextSize, member) = (nil, nil, name)
        events.append(.member(ArchiveMember(name: name, size: size)))
        let padding = Self.padding(of: size)
        if size == 0 { endMember(&events, padding: padding) } else { state = .content(remaining: size, padding: padding) }
    }

    private mutating func takeExtra(_ kind: ExtraKind, padding: Int) throws(ArchiveError) {
        defer { gathered.removeAll(keepingCapacity: true) }
        switch kind {
        case .longName: try announce(name: Array(gathered.prefix { $0 != 0 }))
        case .extended:
            let records = try readRecords()
            if let path = records.path, !path.isEmpty { try announce(name: path) }
            if let size = records.size {
                guard nextSize == nil else { throw ArchiveError(.damagedHeader("two sizes for one member"), offset: headerOffset) }
                nextSize = size
            }
        case .global:
            // Such records may say when an archive was made, and of what; they may not rename or resize every member behind them.
            let records = try readRecords()
            guard records.path == nil, records.size == nil else {
                throw ArchiveError(.damagedHeader("a global header with a path or a size"), offset: headerOffset)
            }
        }
        state = padding == 0 ? .header : .padding(padding)
    }

    private mutating func announce(name: [UInt8]) throws(ArchiveError) {
        guard nextName == nil else { throw ArchiveError(.damagedHeader("two names for one member"), offset: headerOffset) }
        nextName = name
    }

    private func readRecords() throws(ArchiveError) -> PaxRecords {
        do {
            let records = try PaxRecords(gathered)
            guard !records.isSparse else {
                throw ArchiveError(.kind(.sparse), member: (records.path ?? nextName).map { String(decoding: $0, as: UTF8.self) }, offset: headerOffset)
            }
            return records
        } catch let error as ArchiveError {
            throw error
        } catch PaxProblem.repeated(let keyword) {
            throw ArchiveError(.damagedHeader("a pax header with two records for \(keyword)"), offset: headerOffset)
        } catch {
            throw ArchiveError(.damagedHeader("a pax header that is not made of records"), offset: headerOffset)
        }
    }

    private func archiveError(_ problem: TarHeaderProblem) -> ArchiveError {
        switch problem {
        case .notTar: ArchiveError(.notTar, offset: headerOffset)
        case .checksum: ArchiveError(.damagedHeader("its checksum is wrong"), offset: headerOffset)
        case .size(let text): ArchiveError(.damagedHeader("the size \(String(decoding: text, as: UTF8.self).quoted)"), offset: headerOffset)
        }
    }
}
