import CCrypt
import Digests
import Glibc

/// Password hashes of `crypt(5)`, the memory-hard yescrypt among them. Slow on purpose, and blocking.
enum PasswordHash {
    static func isUsable(_ hash: String) -> Bool { compute("", setting: hash) != nil }

    static func matches(_ password: String, hash: String) -> Bool {
        guard let computed = compute(password, setting: hash) else { return false }
        return ConstantTime.areEqual(computed, hash)
    }

    private static func compute(_ password: String, setting: String) -> String? {
        // crypt(3) ends at a NUL: a password with one in it would match its own beginning.
        guard !password.utf8.contains(0), !setting.utf8.contains(0) else { return nil }
        var data: UnsafeMutableRawPointer?
        var size: Int32 = 0
        defer { free(data) }
        guard let result = crypt_ra(password, setting, &data, &size) else { return nil }
        let text = String(cString: result)
        return text.hasPrefix("*") ? nil : text
    }
}

enum ConstantTime {
    /// Takes as long for texts that differ early as for those that differ late; only their lengths may show.
    static func areEqual(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// A password as a salted digest: fast, so kept in memory only.
struct PasswordDigest: Sendable {
    private let salt: String
    private let digest: String

    init(_ password: String) throws {
        salt = RandomText.hex(16)
        digest = try Self.digest(password, salt)
    }

    func matches(_ password: String) -> Bool {
        guard let given = try? Self.digest(password, salt) else { return false }
        return ConstantTime.areEqual(given, digest)
    }

    private static func digest(_ password: String, _ salt: String) throws -> String {
        try DigestAlgorithm.sha256.hexDigest(of: Array((salt + password).utf8))
    }
}
