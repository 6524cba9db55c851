import ContentLibraryAPI

/// A client's own name for one creation, which makes repeating it harmless: bound to the user, the operation and what was asked for.
struct ClientToken: Sendable, Hashable {
    /// Lower case: two spellings of a UUID are one token.
    let text: String

    /// Refuses what is no UUID.
    init(_ given: String) throws(APIError) {
        let text = given.lowercased()
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ $0.utf8.allSatisfy(\.isLowercaseHexDigit) }) else {
            throw .invalidArgument("client_token", "expected a UUID, not \"\(given)\"")
        }
        self.text = text
    }

    /// How long a token is remembered after what it created is gone.
    static let memory = Duration.seconds(24 * 3600)
}
