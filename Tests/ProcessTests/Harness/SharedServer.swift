import Testing

/// Gives a suite one server process for all of its tests: they differ in their libraries. It ends with the suite.
struct SharedServer: SuiteTrait, TestScoping {
    @TaskLocal static var current: ServerProcess?

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        let server = try await ServerProcess.start()
        do {
            try await Self.$current.withValue(server) { try await function() }
        } catch {
            _ = try? await server.stop()
            throw error
        }
        _ = try await server.stop()
    }
}

extension Trait where Self == SharedServer {
    static var sharedServer: Self { Self() }
}
