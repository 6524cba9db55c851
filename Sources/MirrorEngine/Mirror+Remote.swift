import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import LinuxHost
import Logging
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
}

extension Mirror {
    var recovery: IntentRecovery { IntentRecovery(client: client, journal: journal, clock: clock, logger: logger) }

    // MARK: the library

    func resolveLibrary(anew: Bool) async throws -> ResolvedLibrary {
        if let library, !anew { return library }
        if record.key != nil, !libraryTextIsUnchanged {
            // The configuration names another library now. What was published to the old one stays there, and so does its base.
            record.key = nil
            record.root = nil
            record.firstPassDone = false
            (base, remotes, statuses) = ([:], [:], [:])
        }
        let mayCreate = rules.createLibrary && !record.hadLibrary && environment.mode != .plan
        if mayCreate, record.creationToken == nil {
            record.creationToken = newToken()
            try await journal.save(record)
        }
        let found = try await foundLibrary(mayCreate: mayCreate)
        let key = LibraryKey(server: found.server, library: found.id)
        if record.key != key {
            record.key = key
            record.libraryName = rules.library
            record.hadLibrary = true
            base = try await journal.base(of: rules.name, in: key)
            if environment.mode != .plan { try await journal.save(record) }
            intentsAreLoaded = false
        }
        if library != found { logger.info("library found", metadata: metadata(nil, "library-found", "\(found.name) \(found.id.rawValue)")) }
        library = found
        if mirrorHolds.contains(where: { $0.kind == .libraryChanged }) { setMirrorHolds([]) }
        return found
    }

    private func foundLibrary(mayCreate: Bool) async throws -> ResolvedLibrary {
        do {
            return try await LibraryResolver(client: client).resolve(
                rules, recorded: record.key?.library, mayCreate: mayCreate, token: record.creationToken ?? newToken())
        } catch LibraryError.notCreated(let name) where environment.mode == .plan && !record.hadLibrary {
            return ResolvedLibrary(id: Library.ID(rawValue: ""), name: name, server: client.serverName, isToBeCreated: true)
        }
    }

    // MARK: items

    func loadRemotes(_ items: Set<String>, library: ResolvedLibrary, complete: Bool, now: BootTime) async throws -> RemoteSides {
        if library.isToBeCreated { return RemoteSides() }
        let reader = RemoteReader(client: client, library: library.id)
        var sides = RemoteSides()
        var headers: [String: [RemoteHeader]] = [:]
        if complete {
            for header in try await reader.headers(of: try await reader.allIDs()) { headers[folded(header.name), default: []].append(header) }
        }
        let byID = Dictionary(headers.values.flatMap { $0 }.map { ($0.id, $0) }) { first, _ in first }
        var wanted: [(item: String, header: RemoteHeader)] = []
        for item in items.sorted() {
            do {
                var header: RemoteHeader?
                if let id = base[item]?.id { header = complete ? byID[id] : try await reader.header(id) }
                if header == nil {
                    // Never published, or no longer there: another item may have the name. One that belongs to another directory is that one's.
                    let named = (complete ? headers[folded(item)] ?? [] : try await reader.find(item)).filter { owner(of: $0.id, besides: item) == nil }
                    header = named.first { $0.name == item }
                    if header == nil, let namesake = named.first { sides.namesakes[item] = namesake.name }
                }
                if let header {
                    wanted.append((item, try await namedRight(header, item)))
                    // One whose deletion waits or is held.
                    if base[item] == nil, view.local.items[item] == nil, view.local.unmanagedItems[item] == nil, isRemovable(header) {
                        sides.removable.insert(item)
                    }
                }
            } catch let error as APIError where !isPassLevel(error) {
                sides.failures[item] = error
            }
        }
        if complete { wanted += foreign(headers.values.flatMap { $0 }, items, &sides, now) }
        try await lists(wanted, items, reader, &sides, now)
        return sides
    }

    /// The other item of ours that was published as this one, and still has its directory or a publish of its own to finish.
    private func owner(of id: Item.ID, besides item: String) -> String? {
        guard let owner = base.values.first(where: { $0.id == id })?.name, owner != item else { return nil }
        let isHere = view.local.items[owner] != nil || view.local.unmanagedItems[owner] != nil || !view.local.listingIsComplete
        return isHere || publishing[owner] != nil || openIntents[owner] != nil ? owner : nil
    }

    /// Somebody renamed our item: its name is ours too, unless the directory has the new name as well.
    private func namedRight(_ header: RemoteHeader, _ item: String) async throws -> RemoteHeader {
        guard base[item]?.id == header.id, header.name != item, view.local.items[item] != nil, rules.drift == .repair, environment.mode != .plan else {
            return header
        }
        var header = header
        try await client.call(Item.update(header.id, Item.Model(name: item)))
        logger.warning("somebody renamed the item; its name is restored", metadata: metadata(item, "drift", "was named \(header.name)"))
        header.name = item
        remotes[header.id] = nil
        return header
    }

    private func foreign(_ all: [RemoteHeader], _ items: Set<String>, _ sides: inout RemoteSides, _ now: BootTime) -> [(String, RemoteHeader)] {
        let ours = Set(base.values.map(\.id))
        var found: [(String, RemoteHeader)] = []
        let here = Set((Array(view.local.items.keys) + Array(view.local.unmanagedItems.keys) + Array(publishing.keys)).map(folded))
        for header in all where !ours.contains(header.id) && !items.contains(header.name) && !here.contains(folded(header.name)) {
            found.append((header.name, header))
            if isRemovable(header) { sides.removable.insert(header.name) }
        }
        return rules.extraneous == .remove ? found : found.filter { _ in false }
    }
    private func isRemovable(_ header: RemoteHeader) -> Bool {
        let age = header.created.map { clock.wallTime().milliseconds - $0.milliseconds } ?? 0
        return [nil, "", "iso", "ovf", "generic"].contains(header.type) && age > environment.rescanInterval.wholeNanoseconds / 1_000_000
    }

    /// Reads the lists that may have moved: a token unmoved since a list that we saw means that it is still right.
    private func lists(
        _ wanted: [(item: String, header: RemoteHeader)], _ items: Set<String>, _ reader: RemoteReader, _ sides: inout RemoteSides, _ now: BootTime
    ) async throws {
        var toRead: [(item: String, header: RemoteHeader)] = []
        for (item, header) in wanted {
            if tokensMove, let known = remotes[header.id], known.item.token == header.token, !header.token.isEmpty, now - known.listedAt < Self.listAge {
                var known = known.item
                known.name = header.name
                assign(item, known, items, &sides)
            } else {
                toRead.append((item, header))
            }
        }
        let read = try await withThrowingTaskGroup(of: (String, Result<RemoteItem?, any Error>).self) { group in
            var rest = toRead.makeIterator()
            var read: [(String, Result<RemoteItem?, any Error>)] = []
            @Sendable func list(_ item: String, _ header: RemoteHeader) async throws -> (String, Result<RemoteItem?, any Error>) {
                do {
                    return (item, .success(try await reader.item(header)))
                } catch let error as APIError {
                    return (item, .failure(error))
                } catch let error as AmbiguousNames {
                    return (item, .failure(error))
                }
            }
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
        for (item, result) in read {
            switch result {
            case .success(nil): continue
            case .success(let remote?):
                remotes[remote.id] = KnownRemote(item: remote, listedAt: now)
                assign(item, remote, items, &sides)
            case .failure(let error):
                if let error = error as? APIError, isPassLevel(error) { throw error }
                sides.failures[item] = error
            }
        }
    }
    private func assign(_ item: String, _ remote: RemoteItem, _ items: Set<String>, _ sides: inout RemoteSides) {
        if items.contains(item) { sides.items[item] = remote } else { sides.foreign[item] = remote }
    }

    /// Errors that concern the server or the login, not one item.
    func isPassLevel(_ error: APIError) -> Bool {
        [.unauthenticated, .serviceUnavailable, .timedOut, .operationNotFound].contains(error.kind)
    }
    /// Errors that concern one item, and the login and the server not at all.
    func isOfItem(_ error: any Error) -> Bool {
        switch error {
        case let error as APIError: !isPassLevel(error)
        case JournalError.outOfOrder: true
        case is SessionFault, is TransferRefusal, is EndpointError: true
        default: false
        }
    }
    /// As the server compares names.
    private func folded(_ name: String) -> String { name.lowercased() }

    // MARK: what earlier runs began

    func loadIntents(_ library: ResolvedLibrary) async throws {
        guard !intentsAreLoaded, let key = record.key else { return }
        openIntents = [:]
        for intent in try await journal.openIntents(in: key) where intent.mirror == rules.name { openIntents[intent.item] = intent }
        intentsAreLoaded = true
        for item in openIntents.keys { agenda.add(item, at: clock.now()) }
    }

    /// What no mirror goes on with. It keeps no pass from going on.
    func endOrphans() async throws {
        let (configured, name) = (environment.configured.names, rules.name)
        guard configured.contains(name), let key = record.key else { return }
        try await OrphanedIntents(client: client, journal: journal, recovery: recovery, logger: logger).end(onServer: key.server) { intent in
            intent.mirror == name ? intent.key == key : configured.contains(intent.mirror)
        }
    }

    /// Asks what became of the item's open intent; until the server answers, only this item waits.
    func recover(_ situation: inout ItemSituation) async throws {
        guard let intent = openIntents[situation.item] else { return }
        situation.intended = intent.sentNames
        let result = try await recovery.recover(intent.token, base: base[situation.item])
        switch result {
        case .closed:
            openIntents[situation.item] = nil
        case .committed(let recorded):
            openIntents[situation.item] = nil
            base[situation.item] = recorded
        case .active(let session, let intent):
            // With what the recovery learned: the item's id, the session's.
            openIntents[situation.item] = intent
            resumableSessions[situation.item] = (session, intent)
        }
        // A publish may have been recorded, or its item, before its end was lost: the journal knows, and memory may not.
        base[situation.item] = try await journal.base(of: rules.name, in: intent.key)[situation.item]
        if case .active = result, base[situation.item] == situation.base { return }
        situation.base = base[situation.item]
        try await reread(&situation)
    }
    /// The list was read before the recovery, which may have moved it.
    private func reread(_ situation: inout ItemSituation) async throws {
        guard let library, let id = situation.base?.id ?? situation.remote?.id else { return }
        let reader = RemoteReader(client: client, library: library.id)
        if let header = try await reader.header(id) { situation.remote = try await reader.item(header) } else { situation.remote = nil }
        if let remote = situation.remote { remotes[remote.id] = KnownRemote(item: remote, listedAt: clock.now()) }
    }

    // MARK: renames

    /// A remote item of ours that has the name of a new directory already: a rename of ours whose end was not recorded, or somebody else's to that very
    /// name. The record follows; what the files are is then decided as ever.
    func followRenames(_ sides: inout RemoteSides) async throws {
        guard let key = record.key else { return }
        for (item, remote) in sides.items where base[item] == nil && (view.local.items[item] != nil || view.local.unmanagedItems[item] != nil) {
            guard let known = base.values.first(where: { $0.id == remote.id }) else { continue }
            let isAsPublished = remote.files == known.files.mapValues(\.remote)
            let pair = Rename(id: remote.id, from: known.name, to: item)
            let recorded = Self.renamed(known, to: pair, local: view.local.items[item], token: isAsPublished ? remote.token : known.token)
            if environment.mode != .plan { try await journal.commit(recorded, of: rules.name, in: key) }
            moved(pair, recorded)
            sides.items[known.name] = nil
            await environment.claims.release(known.name, in: key, of: rules.name)
            logger.notice("item was renamed", metadata: metadata(item, "renamed", "was \(known.name)"))
        }
    }
    private func moved(_ pair: Rename, _ recorded: BaseItem) {
        base[pair.from] = nil
        base[pair.to] = recorded
        statuses[pair.from] = nil
    }

    /// A directory that has another name is the same item under another name: its id stays and nothing is sent.
    func renames(_ situations: inout [String: ItemSituation], _ library: ResolvedLibrary) async throws {
        guard let key = record.key, situations.values.contains(where: { $0.base == nil && $0.local != nil }) else { return }
        for pair in renamePairs(situations) {
            guard let before = situations[pair.from], let known = before.base, var after = situations[pair.to], let remote = before.remote else { continue }
            // Only an item that is as we left it; what somebody changed is looked at first.
            guard remote.files == known.files.mapValues(\.remote) else { continue }
            do {
                try await client.call(Item.update(known.id, Item.Model(name: pair.to)))
            } catch let error as APIError where error.kind == .alreadyExists || error.kind == .notFound {
                continue
            }
            let reader = RemoteReader(client: client, library: library.id)
            guard let header = try await reader.header(known.id), let seen = try await reader.item(header) else { continue }
            var recorded = Self.renamed(known, to: pair, local: after.local, token: seen.token)
            recorded.verifiedAt = clock.wallTime()
            try await journal.commit(recorded, of: rules.name, in: key)
            logger.notice("item renamed", metadata: metadata(pair.to, "renamed", "was \(pair.from)"))
            moved(pair, recorded)
            remotes[known.id] = KnownRemote(item: seen, listedAt: clock.now())
            (after.base, after.remote) = (recorded, seen)
            situations[pair.to] = after
            situations[pair.from] = nil
            await environment.claims.release(pair.from, in: key, of: rules.name)
        }
    }

    /// Where the deciding facts are all in this pass; what another pass sees first is added and deleted instead.
    func renamePairs(_ situations: [String: ItemSituation]) -> [Rename] {
        var local = LocalMirror(unmanagedItems: view.local.unmanagedItems, listingIsComplete: view.local.listingIsComplete)
        local.items = situations.compactMapValues(\.local)
        let base = situations.compactMapValues(\.base)
        if rules.layout == .files { return renamedFiles(base, local) }
        let remote = Dictionary(situations.values.compactMap(\.remote).map { ($0.id, $0.name) }) { first, _ in first }
        return RenameSearch(
            base: base, local: local, remote: remote, held: Set(itemHolds.keys),
            drifted: Set(situations.values.filter(\.isDrifted).map(\.item)), intended: Set(openIntents.keys)
        ).renames()
    }

    /// Layout `files`: the one file of a vanished item has another name now.
    private func renamedFiles(_ base: [String: BaseItem], _ local: LocalMirror) -> [Rename] {
        guard local.listingIsComplete else { return [] }
        let gone = base.values.filter {
            local.items[$0.name] == nil && local.unmanagedItems[$0.name] == nil && openIntents[$0.name] == nil && itemHolds[$0.name] == nil
        }
        let new = local.items.values.filter { base[$0.name] == nil }
        let pairs = gone.flatMap { old in
            new.filter { item in
                guard old.files.count == 1, item.files.count == 1, let was = old.files.values.first?.fingerprint, let now = item.files.values.first?.fingerprint
                else { return false }
                return was.inode == now.inode && was.size == now.size && was.modified == now.modified
            }.map { Rename(id: old.id, from: old.name, to: $0.name) }
        }
        return pairs.filter { pair in pairs.count { $0.from == pair.from } == 1 && pairs.count { $0.to == pair.to } == 1 }
    }

    private static func renamed(_ base: BaseItem, to pair: Rename, local: LocalItem?, token: ChangeToken) -> BaseItem {
        var renamed = base
        renamed.name = pair.to
        renamed.token = token
        if let local, local.identity != nil {
            renamed.directory = local.identity
            for (name, file) in local.files { renamed.files[name]?.path = file.path }
        }
        return renamed
    }
}

extension ItemSituation {
    /// The remote files are not as the record has them.
    var isDrifted: Bool {
        guard let base, let remote else { return false }
        return remote.files != base.files.mapValues(\.remote)
    }
}
