import ContentLibraryAPI
import ContentLibraryClient
import Logging
import MirrorCore
import MirrorJournal

/// Ends what earlier runs began for a mirror that is no longer configured, or for the library that a mirror had before: nobody would resume it, and its
/// session would keep others from the item until its lease ends.
struct OrphanedIntents: Sendable {
    let client: ContentLibraryClient
    let journal: Journal
    let recovery: IntentRecovery
    let logger: Logger

    /// Ends those of the intents that can be; what cannot be ended now stays on record for the next call.
    /// - Parameter isOwned: whether a mirror goes on with it.
    func end(onServer server: String, unless isOwned: @Sendable (Intent) -> Bool) async throws(JournalError) {
        for intent in try await journal.openIntents(onServer: server) where !isOwned(intent) {
            do { try await end(intent) } catch {
                logger.warning(
                    "what an earlier run began could not be ended and will be at the next chance",
                    metadata: ["event": "session-abandoned", "mirror": "\(intent.mirror)", "item": "\(intent.item)", "reason": "\(error)"])
            }
        }
    }

    private func end(_ intent: Intent) async throws {
        // To ask for an item by its token would create one that never came to be.
        if intent.itemID == nil, intent.itemToken != nil, try await isAbsent(intent) { return try await journal.close(intent.token) }
        let base = try await journal.base(of: intent.mirror, in: intent.key)[intent.item]
        if case .active(let session, let intent) = try await recovery.recover(intent.token, base: base) {
            try await recovery.end(session, intent, reason: "its mirror is no longer configured")
        }
    }

    private func isAbsent(_ intent: Intent) async throws -> Bool {
        do {
            return try await RemoteReader(client: client, library: intent.key.library).find(intent.item).isEmpty
        } catch let error as APIError {
            return try await Absence(client: client).isProven(error, library: intent.key.library)
        }
    }
}
