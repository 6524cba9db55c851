import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal

/// The server's side of the items of one pass.
struct RemoteSides {
    var items: [String: RemoteItem] = [:]
    /// Items of the library that are neither here nor in our base.
    var foreign: [String: RemoteItem] = [:]
    /// Where only an item of another case has the name.
    var namesakes: [String: String] = [:]
    /// Foreign items that `extraneous = "remove"` may take.
    var removable: Set<String> = []
    var failures: [String: any Error] = [:]
    /// The lists that were read for it.
    var read: [Item.ID: KnownRemote] = [:]
}

/// A remote item as it was last seen.
struct KnownRemote {
    var item: RemoteItem
    var listedAt: BootTime
}

/// Looks up the server's side of a set of items. It only reads, and judges by what the mirror knew when it began: of the items that it is asked for, none is
/// in flight.
struct RemoteSurvey {
    /// A list that was read this long ago is read again, moved token or not.
    static let listAge = Duration.seconds(24 * 3600)

    let reader: RemoteReader
    let rules: MirrorRules
    let local: LocalMirror
    let base: [String: BaseItem]
    /// Items that a publish, or the recovery of one, still has to finish.
    let inFlight: (publishing: Set<String>, intended: Set<String>)
    let known: [Item.ID: KnownRemote]
    /// The server moves an item's change token with its content, as far as we have seen.
    let tokensMove: Bool
    let rescanInterval: Duration
    let now: (boot: BootTime, wall: Timestamp)

    /// - Parameter complete: reads the whole library, and so finds what is neither here nor in the base.
    func sides(of items: Set<String>, complete: Bool) async throws -> RemoteSides {
        var sides = RemoteSides()
        var headers: [String: [RemoteHeader]] = [:]
        if complete {
            for header in try await reader.headers(of: try await reader.allIDs()) { headers[Self.folded(header.name), default: []].append(header) }
        }
        let byID = Dictionary(headers.values.flatMap { $0 }.map { ($0.id, $0) }) { first, _ in first }
        var wanted: [(item: String, header: RemoteHeader)] = []
        for item in items.sorted() {
            do {
                var header: RemoteHeader?
                if let id = base[item]?.id { header = complete ? byID[id] : try await reader.header(id) }
                if header == nil {
                    // Never published, or no longer there: another item may have the name. One that belongs to another directory is that one's.
                    let named = (complete ? headers[Self.folded(item)] ?? [] : try await reader.find(item)).filter { owner(of: $0.id, besides: item) == nil }
                    header = named.first { $0.name == item }
                    if header == nil, let namesake = named.first { sides.namesakes[item] = namesake.name }
                }
                guard let header else { continue }
                wanted.append((item, header))
                // One whose deletion waits or is held.
                if base[item] == nil, local.items[item] == nil, local.unmanagedItems[item] == nil, isRemovable(header) { sides.removable.insert(item) }
            } catch let error as APIError where !error.isOfPass {
                sides.failures[item] = error
            }
        }
        if complete, rules.extraneous == .remove {
            for header in foreign(headers.values.flatMap { $0 }, items) {
                wanted.append((header.name, header))
                if isRemovable(header) { sides.removable.insert(header.name) }
            }
        }
        try await lists(wanted, items, &sides)
        return sides
    }

    /// The other item of ours that was published as this one, and still has its directory or a publish of its own to finish.
    private func owner(of id: Item.ID, besides item: String) -> String? {
        guard let owner = base.values.first(where: { $0.id == id })?.name, owner != item else { return nil }
        let isHere = local.items[owner] != nil || local.unmanagedItems[owner] != nil || !local.listingIsComplete
        return isHere || inFlight.publishing.contains(owner) || inFlight.intended.contains(owner) ? owner : nil
    }

    private func foreign(_ all: [RemoteHeader], _ items: Set<String>) -> [RemoteHeader] {
        let ours = Set(base.values.map(\.id))
        let here = Set((Array(local.items.keys) + Array(local.unmanagedItems.keys) + Array(inFlight.publishing)).map(Self.folded))
        return all.filter { !ours.contains($0.id) && !items.contains($0.name) && !here.contains(Self.folded($0.name)) }
    }
    /// Never what may be a template, and nothing that somebody has made a moment ago.
    private func isRemovable(_ header: RemoteHeader) -> Bool {
        let age = header.created.map { now.wall.milliseconds - $0.milliseconds } ?? 0
        return [nil, "", "iso", "ovf", "generic"].contains(header.type) && age > rescanInterval.wholeNanoseconds / 1_000_000
    }
    /// As the server compares names.
    private static func folded(_ name: String) -> String { name.lowercased() }

    // MARK: lists

    /// Reads the lists that may have moved: a token unmoved since a list that we saw means that it is still right.
    private func lists(_ wanted: [(item: String, header: RemoteHeader)], _ items: Set<String>, _ sides: inout RemoteSides) async throws {
        func assign(_ item: String, _ remote: RemoteItem) {
            if items.contains(item) { sides.items[item] = remote } else { sides.foreign[item] = remote }
        }
        var toRead: [(item: String, header: RemoteHeader)] = []
        for (item, header) in wanted {
            if let unmoved = unmoved(header) { assign(item, unmoved) } else { toRead.append((item, header)) }
        }
        for (item, result) in try await read(toRead) {
            switch result {
            case .success(nil): continue
            case .success(let remote?):
                sides.read[remote.id] = KnownRemote(item: remote, listedAt: now.boot)
                assign(item, remote)
            case .failure(let error):
                if let error = error as? APIError, error.isOfPass { throw error }
                sides.failures[item] = error
            }
        }
    }

    private func unmoved(_ header: RemoteHeader) -> RemoteItem? {
        guard tokensMove, let known = known[header.id], known.item.token == header.token, !header.token.isEmpty, now.boot - known.listedAt < Self.listAge
        else { return nil }
        var item = known.item
        item.name = header.name
        return item
    }

    private typealias Read = (item: String, result: Result<RemoteItem?, any Error>)

    /// A few at a time.
    private func read(_ wanted: [(item: String, header: RemoteHeader)]) async throws -> [Read] {
        let reader = reader
        @Sendable func list(_ item: String, _ header: RemoteHeader) async throws -> Read {
            do {
                return (item, .success(try await reader.item(header)))
            } catch let error as APIError {
                return (item, .failure(error))
            } catch let error as AmbiguousNames {
                return (item, .failure(error))
            }
        }
        return try await withThrowingTaskGroup(of: Read.self) { group in
            var rest = wanted.makeIterator()
            var read: [Read] = []
            for _ in 0..<RemoteReader.parallelCalls {
                guard let (item, header) = rest.next() else { break }
                group.addTask { try await list(item, header) }
            }
            while let result = try await group.next() {
                read.append(result)
                if let (item, header) = rest.next() { group.addTask { try await list(item, header) } }
            }
            return read
        }
    }
}

extension APIError {
    /// It concerns the server or the login, not one item.
    var isOfPass: Bool { [.unauthenticated, .serviceUnavailable, .timedOut, .operationNotFound].contains(kind) }
}
