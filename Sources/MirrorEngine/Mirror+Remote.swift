import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import Logging
import MirrorCore
import MirrorJournal

/// The server's side of the items of a pass.
extension Mirror {
    func loadRemotes(_ items: Set<String>, library: ResolvedLibrary, complete: Bool, now: BootTime) async throws -> RemoteSides {
        if library.isToBeCreated { return RemoteSides() }
        var sides = try await RemoteSurvey(
            reader: RemoteReader(client: client, library: library.id), rules: rules, local: view.local, base: base,
            inFlight: (Set(publishing.keys), Set(openIntents.keys)), known: remotes, tokensMove: tokensMove, rescanInterval: environment.rescanInterval,
            now: (now, clock.wallTime())
        ).sides(of: items, complete: complete)
        remotes.merge(sides.read) { _, new in new }
        try await restoreNames(&sides)
        return sides
    }

    /// Somebody renamed our item: its name is ours too, unless the directory has the new name as well.
    private func restoreNames(_ sides: inout RemoteSides) async throws {
        guard rules.drift == .repair, environment.mode != .plan else { return }
        for (item, remote) in sides.items where base[item]?.id == remote.id && remote.name != item && view.local.items[item] != nil {
            do {
                try await client.call(Item.update(remote.id, Item.Model(name: item)))
                logger.warning("somebody renamed the item; its name is restored", metadata: metadata(item, "drift", "was named \(remote.name)"))
                sides.items[item]?.name = item
                remotes[remote.id] = nil
            } catch let error as APIError where !error.isOfPass {
                sides.items[item] = nil
                sides.failures[item] = error
            }
        }
    }

    /// Errors that concern one item, and the login and the server not at all.
    func isOfItem(_ error: any Error) -> Bool {
        switch error {
        case let error as APIError: !error.isOfPass
        case JournalError.outOfOrder: true
        case is SessionFault, is TransferRefusal, is EndpointError: true
        default: false
        }
    }
}
