import Glibc

/// A directory seen through a file system of its own, served by a process that can be stopped: every system call on it then hangs.
/// Unmounted with its last reference.
final class FuseMount: Sendable {
    /// Where we may mount.
    static var isPossible: Bool { access("/dev/fuse", R_OK | W_OK) == 0 && geteuid() == 0 }

    let path: String
    private let server: RunningProcess

    private init(_ path: String, _ server: RunningProcess) { (self.path, self.server) = (path, server) }

    deinit {
        server.signal(SIGCONT)
        server.signal(SIGKILL)
        umount2(path, Int32(MNT_DETACH))
    }

    /// Shows the directory `source` at `path` too.
    static func mount(_ source: String, at path: String, log: String) async throws -> FuseMount {
        for directory in [source, path] where mkdir(directory, 0o755) != 0 { throw SystemError("create \(directory)") }
        let server = try await RunningProcess.start(.bindfs, ["-f", source, path], log: log)
        let mount = FuseMount(path, server)
        try await eventually("\(path) is mounted", every: .milliseconds(10), evidence: { server.tail }) {
            try server.checkRunning()
            var below = stat()
            var above = stat()
            guard stat(path, &below) == 0, stat("\(path)/..", &above) == 0 else { return "it cannot be looked at" }
            return below.st_dev == above.st_dev ? "it is on its parent's device" : nil
        }
        return mount
    }

    /// From now on no call on it returns.
    func hang() { server.signal(SIGSTOP) }
    func goOn() { server.signal(SIGCONT) }
}
