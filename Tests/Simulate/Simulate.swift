import ArgumentParser
import FoundationEssentials
import Glibc
import HTTPTransport
import Logging
import MirrorTesting
import Synchronization

/// Runs many histories of `Simulation`, and says which of them went wrong.
@main struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates a daemon, its server, its directory and everybody who changes either, history by history.",
        discussion: """
            Each history follows from its seed. The first one runs twice, and must be the same both times. The exit code is 1 when anything went wrong; the
            seed is named then, and --first SEED --count 1 --say shows what happened.
            """)
    /// Without it the order of a dictionary's elements follows from where it lies in memory.
    private static let deterministicHashing = "SWIFT_DETERMINISTIC_HASHING"

    @Option(help: "The first seed.") var first: UInt64 = 1
    @Option(help: "How many histories.") var count: UInt64 = 100
    @Option(help: "How many things happen in each.") var operations = 200
    @Option(help: "How many histories run at once.") var threads = 2
    @Flag(help: "Say what happens.") var say = false
    @Flag(help: "Say what the daemon logs as well.") var log = false

    func run() async throws {
        if getenv(Self.deterministicHashing) == nil { try startAgain() }
        let began = ContinuousClock.now
        let pool = ThreadPool(name: "simulation", threads: threads)
        var sum = Simulation.Outcome()
        var failed = 0
        await withTaskGroup(of: (UInt64, Result<Simulation.Outcome, any Error>).self) { group in
            var next = first
            func add() {
                guard next < first + count else { return }
                group.addTask { [next] in (next, await run(next, on: pool)) }
                next += 1
            }
            for _ in 0..<threads { add() }
            for await (seed, result) in group {
                switch result {
                case .success(let outcome): sum += outcome
                case .failure(let error):
                    failed += 1
                    tell("seed \(seed): \(error)")
                }
                add()
            }
        }
        if case .success(let once) = await run(first, on: pool), case .success(let again) = await run(first, on: pool), once.trace != again.trace {
            failed += 1
            tell("seed \(first): its history is not the same when it runs again")
        }
        let hours = sum.lasted.components.seconds / 3600
        tell("\(count) histories, \(hours) h, \(sum.publishes) changes, \(sum.kills) kills, in \((ContinuousClock.now - began).components.seconds) s")
        tell("\(Int(count) + 1 - failed) passed, \(failed) failed")
        if failed > 0 { throw ExitCode(1) }
    }

    private func startAgain() throws {
        setenv(Self.deterministicHashing, "1", 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
        throw ValidationError("cannot start anew: errno \(errno)")
    }

    private func tell(_ line: String) {
        print(line)
        fflush(nil)
    }

    private func run(_ seed: UInt64, on pool: ThreadPool) async -> Result<Simulation.Outcome, any Error> {
        await withCheckedContinuation { continuation in
            let isTaken = pool.submit { continuation.resume(returning: Result { try simulate(seed) }) }
            if !isTaken { continuation.resume(returning: .failure(ExitCode(2))) }
        }
    }

    private func simulate(_ seed: UInt64) throws -> Simulation.Outcome {
        // In memory, where there is such a place: what a simulated server syncs need not reach a disk.
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        let directory = "\(parent)/clsyncd-simulation-\(getpid())-\(seed)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let say: @Sendable (String) -> Void = { tell($0) }
        return try Simulation.run(
            .init(seed: seed, operations: operations), in: directory,
            logger: log ? Logger(label: "daemon") { StreamLogHandler.standardOutput(label: $0) } : nil, say: self.say ? say : nil)
    }
}
