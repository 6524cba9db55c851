import ContentLibraryAPI
import OVFPackage

/// Why bytes that were on their way did not become a file of their session.
enum TransferFailure: Error {
    case stopped(Transfer.End)
    /// They are not what was announced, or otherwise of no use.
    case refused(Message)
    /// The sender went away.
    case broken

    /// What is wrong with the bytes themselves: nil where nothing is known to be.
    static func refusal(of error: any Error, file: String) -> Message? {
        if case TransferFailure.refused(let message) = error { return message }
        guard let error = error as? ArchiveError else { return nil }
        return Message(id: "clsyncd.library.invalid_archive", defaultMessage: "\(error)", args: [file])
    }
}
