/// The points of an upload's and a completion's way at which a crash leaves something else behind.
/// Tests hold the server there and look at what it has on the disk.
enum DurableStep: String, Sendable, CaseIterable {
    case stagingCreated, bytesSynced, renamed, directorySynced, receiptCommitted, completionCommitted, garbageRemoved
    /// Of the way of an item's copy.
    case fileCopied, copySynced
}
