import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

/// The kernel's own limits, met inside a user namespace in which they are small: this program runs itself there.
@Suite struct WatchLimitTests {
    /// Where the inner run leaves word that it came to its end; nil in the outer one.
    private static let witness = environmentValue("CLSYNCD_TEST_SMALL_LIMITS")

    @Test(.enabled(if: witness == nil, "the inner run")) func theKernelsLimitsAreMet() async throws {
        let place = try TemporaryDirectory()
        let script = """
            echo 12 > /proc/sys/user/max_inotify_watches && echo 2 > /proc/sys/user/max_inotify_instances || exit 77
            CLSYNCD_TEST_SMALL_LIMITS="$1" exec "$0" --testing-library swift-testing --filter WatchLimitTests/insideTheNamespace
            """
        var program = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &program, program.count)
        try #require(count > 0)
        let executable = String(decoding: program.prefix(count), as: UTF8.self)
        let status = try await run(["/usr/bin/unshare", "-Ur", "/bin/sh", "-c", script, executable, place("witness")])
        if status != 0 && !canUnshare() { try Test.cancel("this sandbox does not allow a user namespace") }
        #expect(status == 0)
        #expect(access(place("witness"), F_OK) == 0)
    }

    @Test(.enabled(if: witness != nil, "run by theKernelsLimitsAreMet")) func insideTheNamespace() async throws {
        let place = try TemporaryDirectory()
        for number in 0..<20 { try place.directory("d\(number)") }
        let watcher = try InotifyWatcher(path: place.path, depth: 1)
        let limit = Inotify.limit("max_user_watches")
        #expect(await watcher.rearm() == .scanning(.watchLimit(limit: limit, needed: 21)))
        // Twelve watches stand, the root's among them.
        try place.write("file")
        #expect(await eventually { watcher.take().events.contains { $0.path == "file" } })
        for number in 0..<10 { rmdir(place("d\(number)")) }
        #expect(await eventually { await watcher.rearm() == .watching(watches: 11) })

        let second = try InotifyWatcher(path: place.path, depth: 0)
        #expect(await second.rearm() == .watching(watches: 1))
        let third = try InotifyWatcher(path: place.path, depth: 0)
        #expect(await third.rearm() == .scanning(.instanceLimit(limit: Inotify.limit("max_user_instances"))))
        second.close()
        #expect(await eventually { await third.rearm() == .watching(watches: 1) })
        close(creat(try #require(Self.witness), 0o600))
    }

    private func canUnshare() -> Bool { access("/usr/bin/unshare", X_OK) == 0 && system("/usr/bin/unshare -Ur true 2>/dev/null") == 0 }

    /// Runs a program and returns its exit status.
    private func run(_ words: [String]) async throws -> Int32 {
        try await DiskThread(name: "run").run {
            let arguments = words.map { strdup($0) }
            defer { for argument in arguments { free(argument) } }
            var process: pid_t = 0
            let code = posix_spawn(&process, words[0], nil, nil, arguments + [nil], environ)
            guard code == 0 else { throw HostError("run \(words[0])", code: code) }
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            return status & 0x7f == 0 ? (status >> 8) & 0xff : -status
        }
    }
}
