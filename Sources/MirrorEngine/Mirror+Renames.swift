import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// Items whose directory, or whose name at the server, is another one now.
extension Mirror {
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
            base: base, local: local, remote: remote, held: Set(standing.ofItems.keys),
            drifted: Set(situations.values.filter(\.isDrifted).map(\.item)), intended: Set(openIntents.keys)
        ).renames()
    }

    /// Layout `files`: the one file of a vanished item has another name now.
    private func renamedFiles(_ base: [String: BaseItem], _ local: LocalMirror) -> [Rename] {
        guard local.listingIsComplete else { return [] }
        let gone = base.values.filter {
            local.items[$0.name] == nil && local.unmanagedItems[$0.name] == nil && openIntents[$0.name] == nil && standing.ofItems[$0.name] == nil
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
