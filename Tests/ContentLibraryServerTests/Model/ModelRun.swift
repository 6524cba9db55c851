import ContentLibraryAPI

@testable import ContentLibraryServer

/// A random history of calls, whose every answer is held against the reference model. What only looks is asked in all three encodings.
struct ModelRun {
    typealias Model = ReferenceModel
    typealias User = ReferenceModel.User

    /// What an operation answered, or refused with.
    enum Outcome: Hashable, CustomStringConvertible {
        case answered(String)
        case refused(APIError.Kind)

        var description: String {
            switch self {
            case .answered(let text): text
            case .refused(let kind): "refused: \(kind)"
            }
        }
    }

    /// The service and the model do not agree.
    struct Disagreement: Error, CustomStringConvertible {
        let description: String
    }

    /// How much of what matters a history met.
    var (sessionsCompleted, downloadsRead) = (0, 0)

    let directory: TemporaryDirectory
    let clock: TestClock
    let seed: UInt64
    var random: SplitMix64
    var model: Model
    var servers: [User: TestServer] = [:]
    var log: [String] = []

    var libraries: [String] = []
    var items: [String] = []
    var updates: [String] = []
    var downloads: [String] = []
    var uploadPaths: [String] = []
    var downloadPaths: [String] = []
    /// What an upload is to be, by its path.
    var promised: [String: [UInt8]] = [:]

    static let nothing = "00000000-0000-0000-0000-000000000000"
    static let names = ["one", "ONE", "two", "Three", "four", "", "a/b"]
    static let files = ["a.iso", "b", "c d#%", "e", "", ".."]
    static let tokens = (0..<8).map { "b8a2a2e3-2314-43cd-a871-6ede0f42970\($0)" } + ["B8A2A2E3-2314-43CD-A871-6EDE0F429700", "no token"]

    /// - Parameter seed: the history's: the same one gives the same history.
    init(seed: UInt64) throws {
        (directory, clock, self.seed) = (try TemporaryDirectory(), TestClock(), seed)
        random = SplitMix64(seed: seed)
        model = Model(now: clock.now)
    }

    /// Runs that many steps, and looks at everything at the end.
    mutating func run(steps: Int) async throws {
        try await start()
        do {
            // Something to begin with.
            for _ in 0..<3 { try await createLibrary() }
            for _ in 0..<6 { try await createItem() }
            for _ in 0..<steps { try await step() }
            try await lookAtEverything()
            try await servers[.admin]?.service.close()
        } catch {
            try? await servers[.admin]?.service.close()
            throw error
        }
    }

    mutating func start() async throws {
        let server = try await TestServer.start(directory, clock: clock, change: { $0.loginTimeout = .seconds(10 * 365 * 86400) })
        servers = [
            .admin: try await server.loggedIn(), .other: try await server.loggedIn(TestServer.other), .reader: try await server.loggedIn(TestServer.reader),
        ]
    }

    // MARK: how it is held together

    /// Calls in one of the encodings.
    mutating func write(_ user: ReferenceModel.User, _ body: (TestServer) async throws -> String) async throws -> Outcome {
        guard let server = servers[user] else { throw Unexpected("no server") }
        let dialect = pick(Dialect.allCases, or: .api, chanceOfOther: 0)
        return try await Self.outcome { try await body(server.speaking(dialect)) }
    }

    /// Calls in all encodings.
    mutating func look(
        _ what: String, _ user: ReferenceModel.User, expecting: (ReferenceModel) throws -> String, _ body: (TestServer) async throws -> String
    ) async throws {
        guard let server = servers[user] else { throw Unexpected("no server") }
        let expected = predict { try expecting($0) }
        for dialect in Dialect.allCases {
            try hold("\(what), \(dialect)", try await Self.outcome { try await body(server.speaking(dialect)) }, expected)
        }
    }

    static func outcome(_ body: () async throws -> String) async throws -> Outcome {
        do { return .answered(try await body()) } catch let error as APIError { return .refused(error.kind) }
    }

    mutating func predict(_ body: (inout ReferenceModel) throws -> String) -> Outcome {
        do {
            return .answered(try body(&model))
        } catch let refusal as ReferenceModel.Refusal {
            return .refused(refusal.kind)
        } catch {
            return .answered("\(error)")
        }
    }

    mutating func hold(_ what: String, _ actual: Outcome, _ expected: Outcome, into known: WritableKeyPath<ModelRun, [String]>? = nil) throws {
        log.append("\(what): \(actual)")
        guard actual == expected else {
            throw Disagreement(
                description: "seed \(seed), call \(log.count): \(what)\n  found    \(actual)\n  expected \(expected)\n"
                    + log.suffix(400).filter(isRelated(what)).joined(separator: "\n"))
        }
        if let known, case .answered(let id) = actual, !self[keyPath: known].contains(id) { self[keyPath: known].append(id) }
    }

    /// The calls before that named one of the same ids.
    func isRelated(_ what: String) -> (String) -> Bool {
        let ids = what.split(separator: " ").filter { $0.contains("-") || $0.contains("/") }.map { $0.split(separator: ":")[0] }
        return { line in line.contains("pass") || ids.contains { line.contains($0) } }
    }

    mutating func pickUser() -> ReferenceModel.User { pick([.admin, .admin, .admin, .other], or: .reader, chanceOfOther: 8) }
    mutating func pickToken() -> String? { Int.random(in: 0..<4, using: &random) == 0 ? pick(Self.tokens, or: "", chanceOfOther: 2) : nil }
    mutating func pickProgress() -> Int64? { Bool.random(using: &random) ? Int64.random(in: -1...101, using: &random) : nil }

    mutating func pickLibrary() -> String { pick(libraries, preferring: Set(model.libraries.keys)) }
    mutating func pickItem() -> String { pick(items, preferring: Set(model.items.keys)) }
    mutating func pickUpdate() -> String { pick(updates, preferring: Set(model.activeUpdates)) }
    mutating func pickDownload() -> String { pick(downloads, preferring: Set(model.activeDownloads)) }

    /// Mostly what is there now; now and then what is or was, or never was.
    /// What is there is taken in the order of `known`: ids are random, and another order would make another history of the same seed.
    mutating func pick(_ known: [String], preferring live: Set<String>) -> String { pick(known, preferring: known.filter(live.contains)) }

    /// As `pick`, where the order is not one of random ids.
    mutating func pick(_ known: [String], preferring live: [String]) -> String {
        Int.random(in: 0..<100, using: &random) < 85
            ? pick(live, or: Self.nothing, chanceOfOther: 0) : pick(Array(known.suffix(20)), or: Self.nothing, chanceOfOther: 10)
    }

    mutating func pick<Value>(_ values: [Value], or other: Value, chanceOfOther: Int) -> Value {
        if Int.random(in: 0..<100, using: &random) < chanceOfOther { return other }
        return values.randomElement(using: &random) ?? other
    }

    /// What cannot be a part of a path is not sent by this client; other suites send it.
    static func isSegment(_ name: String) -> Bool { !["", ".", ".."].contains(name) }

    static func bytes(_ kind: Int) -> [UInt8] { [[], [1], [1, 2, 3], [3, 2, 1]][kind] }
}
