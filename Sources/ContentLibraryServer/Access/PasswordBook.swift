import ContentLibraryAPI
import Synchronization

/// The users and their passwords, in memory.
final class PasswordBook: Sendable {
    private struct Entry {
        let access: Access
        let hash: String?
        /// Of a plain password from the start, of a hashed one since it was right once: `crypt` is slow, and clients log in often.
        var digest: PasswordDigest?
    }

    private let entries: Mutex<[String: Entry]>
    private let queue = Mutex(LoginQueue())
    private let disk: Disk
    /// What an unknown user's password is compared with, so that the answer takes as long as for a known one.
    private let decoy: (hash: String?, digest: PasswordDigest)

    init(_ users: [User], disk: Disk) throws {
        var entries: [String: Entry] = [:]
        var hash: String?
        for user in users {
            let access = Access(role: user.role, grants: user.grants)
            switch user.password {
            case .hashed(let text):
                entries[user.name] = Entry(access: access, hash: text)
                hash = text
            case .plain(let text): entries[user.name] = Entry(access: access, hash: nil, digest: try PasswordDigest(text))
            }
        }
        self.entries = Mutex(entries)
        self.disk = disk
        decoy = (hash, try PasswordDigest(RandomText.hex(16)))
    }

    func access(of user: String) -> Access? { entries.withLock { $0[user]?.access } }

    /// What the user may do, if the password is right.
    /// Throws `service_unavailable` where too many of the address are being checked already.
    func verify(_ user: String, password: String, from address: String = "") async throws -> Access? {
        let entry = entries.withLock { $0[user] }
        if let digest = entry?.digest, digest.matches(password) { return entry?.access }
        guard let hash = entry == nil ? decoy.hash : entry?.hash else {
            if entry == nil { _ = decoy.digest.matches(password) }
            return nil
        }
        guard queue.withLock({ $0.enter(address) }) else { throw APIError.providerUnavailable }
        defer { queue.withLock { $0.leave(address) } }
        let isRight = try await disk.run { PasswordHash.matches(password, hash: hash) }
        guard isRight, let entry else { return nil }
        let digest = try PasswordDigest(password)
        entries.withLock { $0[user]?.digest = digest }
        return entry.access
    }
}
