import Testing

struct NeverHappened: Error {}

/// Waits for what other tasks and threads are about to do, looking again and again; gives up after ten seconds.
func until(sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<20_000 {
        if try await condition() { return }
        try await Task.sleep(for: .microseconds(500))
    }
    Issue.record("what was waited for did not happen", sourceLocation: sourceLocation)
    throw NeverHappened()
}
