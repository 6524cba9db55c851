import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorJournal

/// What is recorded once an item of ours exists: its id, and that it is ours although nothing is in it yet.
struct ItemCreation: Sendable {
    let client: ContentLibraryClient
    let journal: Journal

    /// - Returns: the intent as it then is.
    func record(_ id: Item.ID, _ intent: Intent) async throws -> Intent {
        let header = try await RemoteReader(client: client, library: intent.key.library).header(id)
        try await journal.recordItem(id, contentVersion: header?.token.contentVersion, of: intent.token)
        let base = BaseItem(
            id: id, name: intent.item, type: header?.type, token: header?.token ?? ChangeToken(contentVersion: nil, lastModified: nil),
            directory: intent.directory, files: [:])
        try await journal.commit(base, of: intent.mirror, in: intent.key)
        return try await journal.intent(intent.token) ?? intent
    }
}
