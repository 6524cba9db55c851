/// How many passwords of each address are being hashed, or wait for it: hashing is slow on purpose, and a flood of one address must not fill the queue
/// that all share. A value.
struct LoginQueue: Sendable {
    /// At a few dozen hashes a second, nobody else waits longer than a few seconds behind these.
    static let limit = 64

    private var waiting: [String: Int] = [:]

    /// Addresses that have something in the queue.
    var count: Int { waiting.count }

    /// False where the address has too many there; then it does not leave either.
    mutating func enter(_ address: String) -> Bool {
        guard waiting[address, default: 0] < Self.limit else { return false }
        waiting[address, default: 0] += 1
        return true
    }

    mutating func leave(_ address: String) {
        guard let before = waiting[address] else { return }
        waiting[address] = before > 1 ? before - 1 : nil
    }
}
