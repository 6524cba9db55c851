import ContentLibraryAPI
import Glibc
import Logging
import MirrorCore
import MirrorEngine
import MirrorJournal

/// A daemon, its server, its directory, and everybody who changes either, in one process and on one thread: a seed says what happens, and the same seed makes
/// the same things happen again.
///
/// At every moment: what others see of the library was at rest in the directory under that name, and nothing that stayed in the directory goes from the
/// library. In the end, when the weather has cleared and a person has approved what waited: the library holds what the directory holds, nothing
/// else that the daemon put there, and no session or open intent is left.
public struct Simulation: Sendable {
    public struct Plan: Sendable {
        public var seed: UInt64
        /// How many things happen, between which time passes.
        public var operations: Int
        public init(seed: UInt64, operations: Int = 200) { (self.seed, self.operations) = (seed, operations) }
    }
    public struct Outcome: Sendable {
        /// One text for the whole course of events.
        public var trace = ""
        /// Of the simulated clock.
        public var lasted = Duration.zero
        /// Changes of the library that the daemon made.
        public var publishes = 0
        public var kills = 0

        public init() {}
        /// Of two histories, which have no trace together.
        public static func += (sum: inout Self, other: Self) {
            sum.trace = ""
            sum.lasted += other.lasted
            (sum.publishes, sum.kills) = (sum.publishes + other.publishes, sum.kills + other.kills)
        }
    }
    /// What must not be.
    public struct Violation: Error, CustomStringConvertible {
        public let description: String
    }

    /// Runs to the end on the calling thread. Throws `Violation`, or what else went wrong.
    /// - Parameter directory: an empty one; memory-backed ones are fastest.
    /// - Parameter say: is told what happens, for whoever looks into a failure.
    public static func run(_ plan: Plan, in directory: String, logger: Logger? = nil, say: (@Sendable (String) -> Void)? = nil) throws -> Outcome {
        let clock = TestClock()
        return try SerialLoop.run(seed: plan.seed, clock: clock) { loop in
            let world = try await SimulatedWorld(plan, directory, clock, loop, logger ?? Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }, say)
            return try await world.run()
        }
    }
}

/// Everything of one simulation. One task drives it.
private actor SimulatedWorld {
    private let plan: Simulation.Plan
    private let clock: TestClock
    private let loop: SerialLoop
    private let logger: Logger
    private let say: (@Sendable (String) -> Void)?
    private let server: SimulatedServer
    private let weather: SimulatedWeather
    private let tree: SimulatedTree
    private let rules: MirrorRules
    private let library: SimulatedLibrary
    private var daemon: SimulatedDaemon
    private var generator: SeededGenerator
    private var kills = 0
    /// What the library held when it was last looked at.
    private var seen: [String: [String: String]] = [:]
    private var seenChanges = 0

    static let items = ["alpha", "beta", "gamma", "delta", "Epsilon"]
    static let files = ["a", "b", "disk.img", "README", "c.iso"]

    init(_ plan: Simulation.Plan, _ directory: String, _ clock: TestClock, _ loop: SerialLoop, _ logger: Logger, _ say: (@Sendable (String) -> Void)?)
        async throws
    {
        (self.plan, self.clock, self.loop, self.logger, self.say) = (plan, clock, loop, logger, say)
        var generator = SeededGenerator(seed: plan.seed)
        weather = try SimulatedWeather(clock: clock, seed: generator.next())
        tree = try SimulatedTree(directory: directory) {
            let time = clock.wallTime().milliseconds
            return (time / 1000, time % 1000)
        }
        server = try await SimulatedServer(directory: directory, clock: clock, loop: loop)
        library = try await SimulatedLibrary(server)
        var rules = MirrorRules(name: "mirror", path: tree.path, library: "Library")
        rules.maxDelete = generator.pick([.percent(50), .percent(100), .count(2)]) ?? .percent(50)
        rules.quiet = generator.pick([.zero, .seconds(1), .seconds(5), .seconds(30)]) ?? .seconds(5)
        self.rules = rules
        daemon = try SimulatedDaemon(rules, journal: Journal.inMemory(), server: server, weather: weather, clock: clock, logger: logger)
        self.generator = generator
    }

    func run() async throws -> Simulation.Outcome {
        let began = clock.now()
        for number in 0..<plan.operations {
            try await operate(number)
            await daemon.pump()
            try await clock.sleep(for: pause())
            try await observe()
        }
        try await settle()
        tell("the daemon is stopped")
        try await daemon.stop()
        tell("the server is stopped")
        let left = try await library.sessions()
        guard left.isEmpty else { throw violation("after the end of the daemon sessions are left: \(left)") }
        try await server.stop()
        var outcome = Simulation.Outcome()
        (outcome.trace, outcome.lasted, outcome.publishes, outcome.kills) = (weather.trace, clock.now() - began, weather.changes, kills)
        return outcome
    }

    private func pause() -> Duration {
        switch generator.number(0...99) {
        case 0..<50: generator.seconds(0...3)
        case 50..<96: generator.seconds(3...90)
        default: generator.seconds(90...3600)
        }
    }

    private func violation(_ text: String) -> Simulation.Violation {
        Simulation.Violation(description: "seed \(plan.seed), at \(clock.now().nanoseconds / 1_000_000) ms: \(text)")
    }
    private func tell(_ text: String) {
        weather.note(text)
        say?("\(clock.now().nanoseconds / 1_000_000) \(text)")
    }

    // MARK: what happens

    private var anItem: String { generator.pick(Self.items) ?? "" }
    private var aFile: String { generator.pick(Self.files) ?? "" }
    private var aPath: String { tree.paths.randomElement(using: &generator) ?? "\(anItem)/\(aFile)" }

    private func operate(_ number: Int) async throws {
        let dice = generator.number(0...99)
        switch dice {
        case 0..<68: try await change(dice)
        case 68..<82: try await interfere(dice)
        case 82..<92: setWeather(dice)
        default: try await interrupt(dice)
        }
        try await server.sweep()
    }

    /// Somebody works in the directory.
    private func change(_ dice: Int) async throws {
        switch dice {
        case 0..<20:
            let path = "\(anItem)/\(aFile)"
            tell("replace \(path)")
            try tree.replace(path, &generator)
        case 20..<30:
            let path = "\(anItem)/\(aFile)"
            tell("begin \(path)")
            try tree.begin(path, &generator)
        case 30..<44:
            let closing = generator.isHit(60)
            tell("go on, closing \(closing)")
            try tree.goOn(closing: closing, &generator)
        case 44..<50:
            let path = aPath
            tell("remove \(path)")
            tree.remove(path)
        case 50..<53:
            let item = anItem
            tell("remove the directory \(item)")
            tree.removeDirectory(item)
        case 53..<57:
            let (old, new) = (aPath, "\(anItem)/\(aFile)")
            tell("move \(old) to \(new)")
            tree.move(old, to: new)
        case 57..<61:
            let (old, new) = (anItem, anItem)
            tell("move the directory \(old) to \(new)")
            tree.moveDirectory(old, to: new)
        case 61..<63:
            let item = anItem
            tell("make the directory \(item)")
            tree.makeDirectory(item)
        default:
            // A burst, such as an unpacked archive.
            let item = anItem
            tell("fill \(item)")
            for file in Self.files { try tree.replace("\(item)/\(file)", &generator) }
        }
        for text in tree.takeFresh() { try await library.know(text) }
    }

    /// Somebody works in the library.
    private func interfere(_ dice: Int) async throws {
        let (item, file) = (anItem, aFile)
        switch dice {
        case 68..<71:
            tell("somebody publishes \(item)/\(file)")
            try await library.publish(file, to: item)
        case 71..<73:
            tell("somebody removes \(item)/\(file)")
            try await library.remove(file, of: item)
        case 73..<75:
            tell("somebody deletes \(item)")
            try await library.delete(item)
        case 75..<77:
            let name = anItem
            tell("somebody renames \(item) to \(name)")
            try await library.rename(item, to: name)
        case 77..<79:
            tell("somebody opens a session of \(item)")
            try await library.occupy(item)
        default:
            tell("somebody ends the daemon's sessions")
            try await library.cancelSessions()
        }
    }

    private func setWeather(_ dice: Int) {
        let time = generator.isHit(80) ? generator.seconds(1...120) : generator.seconds(120...2000)
        let kind: SimulatedWeather.Kind =
            switch dice {
            case 82..<84: .outage
            case 84..<86: .maintenance
            case 86..<90: .storm(percent: generator.number(5...60))
            default: .slow(seconds: generator.number(1...40))
            }
        tell("\(kind) for \(time)")
        weather.set(kind, for: time)
    }

    /// Something ends, or loses track.
    private func interrupt(_ dice: Int) async throws {
        switch dice {
        case 92..<95:
            let jobs = generator.number(0...600)
            await loop.after(jobs: jobs)
            tell("the daemon is killed")
            kills += 1
            let left = try await daemon.kill()
            try begin(journal: left)
        case 95:
            tell("the daemon is restarted")
            try await daemon.stop()
            try begin(journal: daemon.journal)
        case 96:
            tell("the server is restarted")
            try await server.stop()
            try await clock.sleep(for: generator.seconds(0...60))
            try await server.start()
        case 97:
            tell("events are lost")
            await daemon.pump(losesEvents: true)
        case 98:
            let time = generator.seconds(1...400)
            tell("the root is away for \(time)")
            tree.setAway(true)
            await daemon.pump()
            try await clock.sleep(for: time)
            tree.setAway(false)
        default:
            let hours = generator.number(-30...30)
            tell("the date moves by \(hours) min")
            clock.setWall(Timestamp(milliseconds: clock.wallTime().milliseconds + Int64(hours) * 60_000))
        }
    }
    private func begin(journal: Journal) throws {
        daemon = try SimulatedDaemon(rules, journal: journal, server: server, weather: weather, clock: clock, logger: logger)
    }

    // MARK: what must hold

    /// At every moment.
    private func observe() async throws {
        try await daemon.check()
        let (touched, foreign) = await (library.touched, library.foreign)
        guard weather.changes != seenChanges || !touched.isEmpty else { return }
        seenChanges = weather.changes
        let present = try await library.items()
        for (item, files) in present {
            for (file, text) in files where !foreign.contains(text) {
                guard tree.rested[file]?.contains(text) == true else {
                    throw violation("\(item)/\(file) holds what was never at rest in the directory: \(text.prefix(80))")
                }
            }
        }
        for (item, files) in seen where !touched.contains(item) {
            for (file, text) in files where present[item]?[file] != text {
                let path = "\(item)/\(file)"
                guard tree.files[path] != text || tree.moved.contains(path) else {
                    throw violation("\(path) went from the library, and has been in the directory all the time")
                }
            }
        }
        seen = present
        tree.forgetMoved()
        await library.forgetTouched()
    }

    private func difference() async throws -> String? {
        let (local, remote, foreign) = (tree.items, try await library.items(), await library.foreign)
        for (item, files) in local.sorted(by: { $0.key < $1.key }) {
            for (file, text) in files.sorted(by: { $0.key < $1.key }) where remote[item]?[file] != text {
                return "\(item)/\(file) is \(remote[item]?[file]?.prefix(60).description ?? "missing"), not \(text.prefix(60))"
            }
        }
        for (item, files) in remote.sorted(by: { $0.key < $1.key }) {
            for (file, text) in files.sorted(by: { $0.key < $1.key }) where local[item]?[file] == nil && !foreign.contains(text) {
                return "\(item)/\(file) should be gone: \(text.prefix(60))"
            }
        }
        return nil
    }

    /// In the end.
    private func settle() async throws {
        tell("settle")
        weather.set(.fair)
        while tree.isBeingWritten { try tree.goOn(closing: true, &generator) }
        for text in tree.takeFresh() { try await library.know(text) }
        var last = ""
        for round in 0..<300 {
            if !last.isEmpty { tell("round \(round): \(last)") }
            await daemon.pump()
            try await clock.sleep(for: .seconds(round < 20 ? 30 : 600))
            try await server.sweep()
            try await observe()
            let status = await daemon.engine.status()
            if status.contains(where: { !$0.holds.isEmpty }), let mirror = await daemon.mirror { _ = try await mirror.approve(digest: nil) }
            let sessions = try await library.sessions()
            let intents = try await daemon.journal.openIntents(onServer: library.serverName()).map { "\($0.item): \($0.state)" }
            let holds = status.flatMap(\.holds).map { "\($0.kind) \($0.item ?? "")" }
            guard let difference = try await difference() else {
                if sessions.isEmpty, intents.isEmpty, holds.isEmpty { return }
                last = "sessions \(sessions), intents \(intents), holds \(holds)"
                continue
            }
            last = difference + "; sessions \(sessions), intents \(intents), holds \(holds), status \(status)"
        }
        throw violation("it does not come to rest: \(last)")
    }
}
