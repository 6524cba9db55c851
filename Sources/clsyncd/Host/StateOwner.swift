import Glibc

/// Whose the state directory is. A command that root runs acts as that user, so that the daemon can use every file that it leaves.
struct StateOwner: Hashable {
    var user: uid_t
    var group: gid_t

    /// Gives up root's rights for those of the owner of the directory. Nothing happens where this is not root, or where the directory is root's or
    /// is not there. It is for good and for all threads: to be called before anything of the owner's is opened.
    static func assume(of directory: String) throws(StateOwnerError) {
        guard geteuid() == 0, let owner = owner(of: directory), owner.user != 0 else { return }
        try owner.assume()
    }

    static func owner(of directory: String) -> StateOwner? {
        var status = stat()
        guard stat(directory, &status) == 0 else { return nil }
        return StateOwner(user: status.st_uid, group: status.st_gid)
    }

    private func assume() throws(StateOwnerError) {
        let (name, primary) = account() ?? (nil, group)
        var groups = [primary]
        let hasGroups = name.map { initgroups($0, primary) == 0 } ?? (setgroups(1, &groups) == 0)
        // setuid(2): of a privileged process it sets the saved user too, and there is no way back.
        guard hasGroups, setgid(primary) == 0, setuid(user) == 0 else {
            throw StateOwnerError(user: user, reason: String(cString: strerror(errno)))
        }
    }

    /// The owner's name and primary group; nil for a user that the system does not know.
    private func account() -> (name: String?, group: gid_t)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, getpwuid_r(user, &entry, base, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
                return nil
            }
            return (String(cString: name), entry.pw_gid)
        }
    }
}

/// Root could not become the owner of the state directory.
struct StateOwnerError: Error, Hashable, CustomStringConvertible {
    var user: uid_t
    var reason: String

    var description: String { "cannot act as user \(user), who owns the state directory: \(reason)" }
}
