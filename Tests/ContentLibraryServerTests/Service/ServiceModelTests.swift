import Glibc
import Testing

/// Random histories against the reference model. `CLSYNCD_MODEL_STEPS` asks for more of them, `CLSYNCD_MODEL_SEED` for others.
@Suite struct ServiceModelTests {
    /// Short histories: each begins with nothing, and ends with a look at everything.
    private static let stepsPerHistory = 1000

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    private static let seeds: [UInt64] = {
        let count = max(1, (number("CLSYNCD_MODEL_STEPS") ?? 10_000) / stepsPerHistory)
        return (0..<UInt64(count)).map { UInt64(number("CLSYNCD_MODEL_SEED") ?? 1) &* 1_000_000 &+ $0 }
    }()

    @Test(arguments: seeds) func `every answer of a random history is the model's, in all three encodings`(_ seed: UInt64) async throws {
        var run = try ModelRun(seed: seed)
        try await run.run(steps: Self.stepsPerHistory)
        // Histories of refusals alone would prove little.
        #expect(run.sessionsCompleted > 2 && run.downloadsRead > 0, "\(run.sessionsCompleted) completed, \(run.downloadsRead) read")
    }
}
