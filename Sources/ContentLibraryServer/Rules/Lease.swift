import ContentLibraryAPI

/// How long a session lives without a sign of life from its client.
struct Lease: Sendable, Hashable {
    /// The session never expires before this moment.
    let expiration: Timestamp

    init(expiration: Timestamp) { self.expiration = expiration }

    init(from now: Timestamp, lasting length: Duration) {
        expiration = now + length
    }

    /// Of a session that the server itself is about to end.
    static let endless = Lease(expiration: Timestamp(milliseconds: .max))

    func isOver(at now: Timestamp) -> Bool { now > expiration }
}
