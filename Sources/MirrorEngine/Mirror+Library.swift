import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// The library that the mirror writes to.
extension Mirror {
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
            record.creationToken = randomUUID()
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
        if standing.ofMirror.contains(where: { $0.kind == .libraryChanged }) { setMirrorHolds([]) }
        return found
    }

    private func foundLibrary(mayCreate: Bool) async throws -> ResolvedLibrary {
        do {
            return try await LibraryResolver(client: client).resolve(
                rules, recorded: record.key?.library, mayCreate: mayCreate, token: record.creationToken ?? randomUUID())
        } catch LibraryError.notCreated(let name) where environment.mode == .plan && !record.hadLibrary {
            return ResolvedLibrary(id: Library.ID(rawValue: ""), name: name, server: client.serverName, isToBeCreated: true)
        }
    }
}
