import Glibc
import Synchronization

/// A process of ours, with its output in files. It ends at the latest when this test process does, however that ends.
final class RunningProcess: Sendable {
    enum Exit: Hashable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .code(let code): "exit code \(code)"
            case .signal(let number): "signal \(number)"
            }
        }
    }

    /// How it differs from us; without effect where we are not root.
    enum Isolation {
        /// Root without the power over other people's files: modes count for it.
        case withoutPrivileges
        /// What is mounted and unmounted elsewhere does not reach it.
        case ownMounts
    }

    let name: String
    let id: pid_t
    let outputPath: String
    let errorPath: String
    private let life: Life

    private init(_ launch: Launch, _ life: Life) {
        (name, id, self.life) = (launch.name, life.id, life)
        (outputPath, errorPath) = ("\(launch.log).out", "\(launch.log).err")
    }

    deinit { signal(SIGKILL) }

    /// - Parameters:
    ///   - log: where its output goes: this path with `.out` and `.err` appended, behind what is there.
    static func start(
        _ executable: Executable, _ arguments: [String], environment: [String: String] = [:], log: String, isolation: Isolation? = nil
    ) async throws -> RunningProcess {
        // setpriv(1): the kernel kills the process when the thread that started it ends; that thread waits for the process.
        var command = ["setpriv", "--pdeathsig", "KILL"]
        if isolation == .withoutPrivileges, geteuid() == 0 { command += ["--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"] }
        if isolation == .ownMounts, geteuid() == 0 { command += ["unshare", "--mount"] }
        command += ["--", try executable.path] + arguments
        let launch = Launch(name: executable.rawValue, command: command, environment: inherited.merging(environment) { $1 }, log: log)
        return try await withCheckedThrowingContinuation { continuation in
            SystemThread.start {
                switch launch.spawn() {
                case .failure(let error): continuation.resume(throwing: error)
                case .success(let id):
                    let life = Life(id: id)
                    continuation.resume(returning: RunningProcess(launch, life))
                    life.watch()
                }
            }
        }
    }

    /// What programs need of our environment; nothing else reaches them.
    private static var inherited: [String: String] {
        var environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
        for name in ["LD_LIBRARY_PATH", "SWIFT_BACKTRACE"] { if let value = getenv(name) { environment[name] = String(cString: value) } }
        return environment
    }

    // MARK: its end

    var exit: Exit? { life.exit }

    /// Does nothing if the process has ended.
    func signal(_ number: Int32) { life.signal(number) }

    /// All of its threads stand, as after SIGSTOP (waitid(2), WSTOPPED).
    var isStopped: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(id), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
    }

    func wait(within limit: Duration = .seconds(60)) async throws -> Exit {
        try await eventually("\(name) (\(id)) ends", within: limit, every: .milliseconds(5), evidence: { tail }) { exit }
    }

    /// SIGKILL, and its end.
    func kill() async throws {
        signal(SIGKILL)
        _ = try await wait()
    }

    /// SIGTERM, and its end; SIGKILL if that does not come.
    func terminate(within limit: Duration = .seconds(30)) async throws -> Exit {
        signal(SIGTERM)
        do {
            return try await wait(within: limit)
        } catch {
            try await kill()
            throw error
        }
    }

    /// Throws if it has ended.
    func checkRunning() throws { if let exit { throw ProcessFailure(message: "\(name) has ended with \(exit)", evidence: tail) } }

    // MARK: what it said

    var output: String { Self.text(outputPath) }
    var errors: String { Self.text(errorPath) }
    private static func text(_ path: String) -> String { (try? SourceTree.content(Array(path.utf8))).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// What it wrote to standard error about an item.
    func lines(of item: String) -> String {
        errors.split(separator: "\n").filter { $0.contains("item=\(item) ") || $0.contains("item=\"\(item)\"") }.suffix(60).joined(separator: "\n")
    }

    /// The end of what it wrote to standard error.
    var tail: String {
        let lines = errors.split(separator: "\n")
        return (["--- \(name) (\(id)), \(exit.map { "\($0)" } ?? "running"):"] + lines.suffix(25)).joined(separator: "\n")
    }
}

/// A process that is not as it must be for the test to go on.
struct ProcessFailure: Error, CustomStringConvertible {
    var message: String
    var evidence: String

    var description: String { "\(message)\n\(evidence)" }
}

/// What to start.
private struct Launch: Sendable {
    let name: String
    let command: [String]
    let environment: [String: String]
    let log: String

    /// Starts it from the calling thread, which must outlive it.
    func spawn() -> Result<pid_t, SystemError> {
        var id: pid_t = 0
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(log).out", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "\(log).err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        let code = posix_spawnp(&id, command[0], &actions, nil, arguments, variables)
        return code == 0 ? .success(id) : .failure(SystemError("run \(command[0])", code: code))
    }
}

/// A child process until it is reaped: no signal can reach another process that was given its id.
private final class Life: Sendable {
    let id: pid_t
    private let ended = Mutex<RunningProcess.Exit?>(nil)

    init(id: pid_t) { self.id = id }

    var exit: RunningProcess.Exit? { ended.withLock { $0 } }

    func signal(_ number: Int32) { ended.withLock { if $0 == nil { _ = kill(id, number) } } }

    /// Blocks until the process has ended.
    func watch() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        ended.withLock { ended in
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            ended = status & 0x7f == 0 ? .code((status >> 8) & 0xff) : .signal(status & 0x7f)
        }
    }
}
