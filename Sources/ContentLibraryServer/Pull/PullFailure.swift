import ContentLibraryAPI
import HTTPTransport

/// Why a pull brought nothing, for the file's and the session's error message.
struct PullFailure: Error, Sendable, Hashable {
    let message: Message

    private init(_ id: String, _ text: String, _ args: [String]) {
        message = Message(id: "clsyncd.library.\(id)", defaultMessage: text, args: args)
    }

    static func transport(_ error: TransportError) -> PullFailure {
        // As a vCenter says it, of a certificate that nobody vouches for.
        if case .untrusted = error.reason { return PullFailure("source_untrusted", "Server not trusted: \(error.description)", [error.peer]) }
        return PullFailure("pull_failed", error.description, [error.peer])
    }

    static func answer(status: Int, peer: String) -> PullFailure {
        PullFailure("pull_failed", "\(peer) answered HTTP \(status)", [peer, String(status)])
    }

    static func redirect(_ why: String, peer: String) -> PullFailure { PullFailure("pull_redirect", "\(peer) \(why)", [peer]) }

    static func longer(than size: Int64) -> PullFailure {
        PullFailure("size_mismatch", "more than the announced \(size) bytes came", [String(size)])
    }

    static func noSuchFile(_ why: String) -> PullFailure { PullFailure("pull_failed", "the file cannot be read: \(why)", [why]) }

    static let changed = PullFailure("source_changed", "the file changed while it was read", [])
    static let changedAfterwards = PullFailure("source_changed", "the file changed after it was read", [])
    static let storageFull = PullFailure("storage_full", "there is no space left on the server's storage", [])
    static let internalFailure = PullFailure("internal", "the server failed; its log says why", [])
}
