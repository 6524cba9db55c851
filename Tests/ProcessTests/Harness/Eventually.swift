/// Asks again and again until `missing` answers nil, and throws what was missing last, with the evidence, when the time is up.
///
/// - Parameters:
///   - evidence: for the failure's message: the state of the processes, the ends of their logs.
///   - missing: what is not yet as it should be. What it throws counts as missing, too.
func eventually(
    _ what: String, within limit: Duration = .seconds(30), every interval: Duration = .milliseconds(50),
    evidence: () async -> String = { "" }, _ missing: () async throws -> String?
) async throws {
    let began = ContinuousClock.now
    while true {
        let last: String
        do {
            guard let answer = try await missing() else { return }
            last = answer
        } catch let error as CancellationError {
            throw error
        } catch let error as ProcessFailure {
            throw error
        } catch {
            last = "\(error)"
        }
        if began.duration(to: .now) > limit { throw NotReached(what: what, limit: limit, missing: last, evidence: await evidence()) }
        try await Task.sleep(for: interval)
    }
}

/// As `eventually`, for a value: what it first is when there is one.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(30), every interval: Duration = .milliseconds(50),
    evidence: () async -> String = { "" }, value: () async throws -> Value?
) async throws -> Value {
    var found: Value?
    try await eventually(what, within: limit, every: interval, evidence: evidence) {
        found = try await value()
        return found == nil ? "there is none" : nil
    }
    guard let found else { throw NotReached(what: what, limit: limit, missing: "there is none", evidence: "") }
    return found
}

/// What did not come in time.
struct NotReached: Error, CustomStringConvertible {
    var what: String
    var limit: Duration
    var missing: String
    var evidence: String

    var description: String { "\(what): not within \(limit): \(missing)" + (evidence.isEmpty ? "" : "\n\(evidence)") }
}
